/** The race and the walk of the optimizers, in short: their tables and pages, and that contestants share nothing. */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { contestants } from "../../examples/optimizer-race/contestants.js";
import { dist } from "../cli/dist.js";
import { elementsOf } from "./page.js";
import { isLong, onlyInAll } from "../runs.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "optimc-race-"));
const names = Object.keys(contestants);

/** As the scripts of package.json do, but into pages of our own. */
beforeAll(async () => {
  const cli = join(await dist(), "cli/main.js");
  for (const model of ["optimizer-race/race", "rosenbrock/rosenbrock"]) {
    const out = `examples/${model.split("/")[0]}/build`;
    execFileSync(process.execPath, [cli, "build", `examples/${model}.model.ts`, "--out-dir", out], { cwd: root });
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const page = join(folder, "page.html");
const run = (example: string, ...args: string[]) =>
  spawnSync(process.execPath, [`examples/${example}/main.js`, "--page", page, ...args], {
    encoding: "utf8",
    cwd: root,
  });

/** What it printed, as lines of cells, and the elements of the page. */
function shown(example: string, ...args: string[]) {
  const { stdout, stderr, status } = run(example, ...args);
  expect([stderr, status]).toEqual(["", 0]);
  const lines = stdout.split("\n").map((line) => line.trim().split(/ {3,}/));
  const from = lines.findIndex(([first]) => first === "optimizer");
  const head = lines[from] as string[];
  const end = lines.findIndex((line, i) => i > from && line.length !== head.length);
  const rows = lines.slice(from + 1, end);
  return { stdout, head, rows, elements: elementsOf(readFileSync(page, "utf8")) };
}

type Elements = ReturnType<typeof elementsOf>;
const count = (elements: Elements, name: string, kind: string): number =>
  elements.filter((each) => each.name === name && each.attributes.get("class") === kind).length;
const pathsOf = (elements: Elements): string[] =>
  elements.filter(({ name }) => name === "path").map(({ attributes }) => attributes.get("d") as string);

describe.skipIf(!isLong)(onlyInAll("the race"), () => {
  const short = ["--data", "digits", "--seeds", "2", "--epochs", "0.16"];

  test("has a row and two curves with bands for each contestant", () => {
    const { stdout, head, rows, elements } = shown("optimizer-race", ...short);
    expect(stdout).toContain(`${2 * names.length} of ${2 * names.length} runs`);
    expect(stdout).toContain("8,000 images to train on, 2,000 to test; 784-100-10 net, 20 steps of 64 images, 2 seeds");
    expect(head).toEqual([
      "optimizer",
      "train loss",
      "test accuracy",
      "steps to 90 %",
      "time per step",
      "bytes of state",
    ]);
    expect(rows.map(([name]) => name)).toEqual(names);
    for (const row of rows) {
      expect(row.slice(1).join("  ")).toMatch(/^[\d.]+  [\d.]+ ± [\d.]+ %  (never|\d+)  \d+\.\d+ ms  [\d,]+$/);
    }
    // A net of 79,510 numbers, once or twice.
    const bytes = Object.fromEntries(rows.map((row) => [row[0], Number(row[5]?.replaceAll(",", ""))]));
    for (const [name, copies] of Object.entries({ SGD: 1, Adam: 2, AMSGrad: 3 })) {
      expect(bytes[name]).toBeGreaterThanOrEqual(79_510 * 4 * copies);
      expect(bytes[name]).toBeLessThan(79_510 * 4 * copies + 100);
    }
    expect(count(elements, "figure", "chart")).toBe(2);
    expect(count(elements, "g", "series")).toBe(2 * names.length);
    expect(count(elements, "path", "band")).toBe(2 * names.length);
    expect(
      elements.filter(({ name }) => name === "button").map(({ attributes }) => attributes.get("data-name")),
    ).toEqual(names);
    for (const path of pathsOf(elements)) expect(path).toMatch(/^M[-\d.MLHVZ ]+$/);

    // Alone, one does as it did among the others.
    const same = (row: string[] | undefined) => row?.filter((_, i) => i !== 4);
    const alone = shown("optimizer-race", ...short, "--only", "Adam", "--only", "SGD").rows;
    expect(alone.map(same)).toEqual([rows[names.indexOf("Adam")], rows[names.indexOf("SGD")]].map(same));
  });

  test("all begin alike with one seed, and otherwise with another", async () => {
    const { read, run } = await import("../../examples/optimizer-race/run.js" as string);
    const data = read("digits");
    const first = async (name: string, seed: number) => (await run({ data, name, seed, steps: 1 })).losses[0] as number;
    const losses = await Promise.all(names.map((name) => first(name, 1)));
    expect(new Set(losses).size).toBe(1);
    expect(await first("Adam", 2)).not.toBe(losses[0]);
  });

  test("Adam reads digits after an epoch", () => {
    const { rows } = shown("optimizer-race", "--data", "digits", "--seeds", "1", "--epochs", "1", "--only", "Adam");
    expect(Number.parseFloat(rows[0]?.[2] as string)).toBeGreaterThan(85);
  });

  test("takes files in IDX format", () => {
    // Images of one bright row each, the class being which.
    const idx = (dimensions: readonly number[], bytes: readonly number[]) =>
      Buffer.from([0, 0, 8, dimensions.length, ...dimensions.flatMap((n) => [0, 0, n >> 8, n & 255]), ...bytes]);
    for (const [part, rows] of [
      ["train", 640],
      ["t10k", 50],
    ] as const) {
      // prettier-ignore
      const labels = Array.from({ length: rows }, (_, i) => (i * 7) % 10);
      const images = labels.flatMap((label) =>
        Array.from({ length: 784 }, (_, i) => (Math.floor(i / 28) === 2 * label ? 255 : 0)),
      );
      writeFileSync(join(folder, `${part}-labels-idx1-ubyte`), idx([rows], labels));
      writeFileSync(join(folder, `${part}-images-idx3-ubyte.gz`), gzipSync(idx([rows, 28, 28], images)));
    }
    const { stdout, head, rows } = shown(
      "optimizer-race",
      "--data",
      folder,
      "--seeds",
      "1",
      "--epochs",
      "8",
      "--only",
      "Adam",
    );
    expect(stdout).toContain("640 images to train on, 50 to test; 784-100-10 net, 80 steps");
    expect(head[3]).toBe("steps to 85 %");
    expect(rows[0]?.[2]).toBe("100.00 %");
  });

  test.each([
    [["--only", "Adan2"], /^There is no contestant 'Adan2': choose SGD, /],
    [["--seeds", "0"], /^--seeds takes a number above 0, not '0'\.$/],
    [["--data", "/nowhere"], /^There are no IDX files in \/nowhere/],
  ])("refuses %j", (args, message) => {
    const { status, stderr } = run("optimizer-race", ...args);
    expect(status).toBe(2);
    expect(stderr.trim()).toMatch(message);
  });
});

describe.skipIf(!isLong)(onlyInAll("Rosenbrock's function"), () => {
  test("has a path for each optimizer", () => {
    const { head, rows, elements } = shown("rosenbrock", "--steps", "1000");
    expect(head).toEqual(["optimizer", "rate", "steps to f < 0.0001", "f after 1000", "the end"]);
    const row = (name: string) => rows.find(([first]) => first === name) as string[];
    expect(row("Momentum")).toEqual(["Momentum", "0.003", "285", expect.any(String), "(1.0000, 1.0000)"]);
    expect(row("SGD")[2]).toBe("never");
    expect(count(elements, "g", "series")).toBe(rows.length);
    expect(count(elements, "figure", "series")).toBe(rows.length);
    expect(count(elements, "path", "line")).toBe(3 * rows.length);
    for (const path of pathsOf(elements)) expect(path).toMatch(/^M[-\d.MLHVZ ]+$/);
  });
});
