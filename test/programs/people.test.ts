/** The examples for people: each does what its page or its first lines say, and goes on from what it saved. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileModel } from "../../compiler/compile.js";
import { standalone } from "../../compiler/emit/standalone.js";
import { readModel } from "../../compiler/read/read.js";
import { dist } from "../cli/dist.js";
import { type Browser, chromium, openBrowser } from "../end/environments/browser.js";
import { isLong, onlyInAll } from "../runs.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "optimc-people-"));
  const built = await dist();
  cpSync(built, join(folder, "dist"), { recursive: true });
  cpSync(join(root, "package.json"), join(folder, "package.json"));
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(folder, join(folder, "node_modules/optimc"));
  for (const [example, name, alone] of [
    ["tabular", "flowers", false],
    ["transfer", "transfer", false],
    ["classroom", "classroom", true],
  ] as const) {
    const path = join(folder, "examples", example);
    cpSync(join(root, "examples", example), path, { recursive: true, filter: (file) => !file.endsWith("build") });
    const { model } = await readModel(join(root, "examples", example, `${name}.model.ts`));
    const options = { name, targets: ["js", "wasm"], source: `${name}.model.ts` } as const;
    const { javascript, files, parts } = compileModel(model, options);
    mkdirSync(join(path, "build"));
    writeFileSync(join(path, "build", `${name}.js`), alone ? await standalone(parts) : javascript);
    for (const [ending, bytes] of Object.entries(files)) writeFileSync(join(path, "build", name + ending), bytes);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const run = (path: string): string[] =>
  execFileSync(process.execPath, [join(folder, "examples", path)], { encoding: "utf8" })
    .trim()
    .split("\n");

it("the table of flowers is learnt, and a second start goes on from the first", () => {
  const lines = run("tabular/main.js");
  expect(lines.slice(-2)).toEqual(["5 x 1.5: setosa", "6.4 x 5.2: virginica"]);
  expect(lines.filter((line) => line.startsWith("epoch ")).length).toBeGreaterThan(10);
  // Nothing is left to train.
  expect(run("tabular/main.js").slice(-2)).toEqual(lines.slice(-2));
});

it("the guide has the program of the table", () => {
  const page = readFileSync(join(root, "docs/training.md"), "utf8");
  const model = readFileSync(join(root, "examples/tabular/flowers.model.ts"), "utf8");
  expect(page).toContain(model);
});

it("a head is learnt on what PyTorch trained", () => {
  const [from, result] = run("transfer/main.js");
  expect(from).toBe(
    "from PyTorch: trunk.0.bias, trunk.0.weight, trunk.2.bias, trunk.2.weight; new: head.bias, head.weight",
  );
  const [, accuracy] = /^accuracy ([\d.]+) %; the trunk is as it was$/.exec(result as string) ?? [];
  expect(Number(accuracy)).toBeGreaterThan(90);
});

describe.skipIf(!isLong || !chromium)(onlyInAll("the classroom"), () => {
  let browser: Browser;
  beforeAll(async () => {
    cpSync(fileURLToPath(new URL("../end/environments/report.js", import.meta.url)), join(folder, "report.js"));
    const write = (path: string, content: string | Uint8Array): string => {
      writeFileSync(join(folder, path), content);
      return join(folder, path);
    };
    browser = await openBrowser({ folder, write, remove() {} });
  });
  afterAll(() => browser?.close());

  it("learns its examples in a worker, and has them when it is opened again", async () => {
    const found = await browser.run<{
      ready: string;
      trained: { accuracy: number; took: number; epochs: number; losses: number }[];
      again: string;
      said: string;
    }>(`
      const open = async () => {
        const frame = document.body.appendChild(Object.assign(document.createElement("iframe"), { src: "/examples/classroom/index.html" }));
        await new Promise((resolve) => (frame.onload = resolve));
        const body = frame.contentDocument.body;
        while (!body.dataset.ready) await new Promise((resolve) => setTimeout(resolve, 5));
        return body;
      };
      const body = await open();
      const { ready } = body.dataset;
      body.querySelector("#train").click();
      const said = body.querySelector("#said").textContent;
      body.querySelector("#examples").click();
      const trained = [];
      for (let time = 0; time < 5; time++) {
        delete body.dataset.trained;
        body.querySelector("#train").click();
        while (!body.dataset.trained) await new Promise((resolve) => setTimeout(resolve, 1));
        trained.push(JSON.parse(body.dataset.trained));
      }
      return { ready, trained, said, again: (await open()).dataset.ready };`);
    if (process.env["FRAMES"]) console.log(found.trained);
    expect([found.ready, found.again]).toEqual(["0", "90"]);
    expect(found.said).toContain("draw at least two gestures");
    for (const { accuracy, epochs, losses } of found.trained) {
      expect(accuracy).toBeGreaterThan(0.95);
      expect([epochs, losses]).toEqual([80, 400]);
    }
  });
});
