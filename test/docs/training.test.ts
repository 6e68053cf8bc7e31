/** docs/training.md: the table of flowers becomes a trained file as the page says, and goes on where it was killed. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, it } from "vitest";
import { moduleOf } from "../../compiler/check/instance.js";
import type { Model } from "../../compiler/model/model.js";
import { readModel } from "../../compiler/read/read.js";
import * as files from "../../files/node.js";
import type { AnyInstance } from "../../runtime/node.js";
import * as train from "../../train/default.js";
import * as worker from "../../train/worker.js";
import { compiled } from "../end/emit.js";

const page = readFileSync(new URL("../../docs/training.md", import.meta.url), "utf8");
const blocks = (kind: string): string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${kind}\\n([\\s\\S]*?)^\`\`\``, "gm"))].map(([, text]) => text as string);

const folder = mkdtempSync(join(tmpdir(), "optimc-training-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Flowers whose species can be told from the columns, most of the time. */
function csv(rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const kind = i % 3;
    const noise = (scale: number, at: number) => scale * Math.sin(i * 12.9898 + at);
    const width = i % 11 === 5 ? "" : (1.4 + 2 * kind + noise(0.6, 1)).toFixed(2);
    return [
      (5 + 0.8 * kind + noise(0.5, 0)).toFixed(2),
      width,
      ["sand", "clay", "peat"][(kind + (i % 5 === 0 ? 1 : 0)) % 3],
      ["setosa", "versicolor", "virginica"][kind],
    ].join();
  });
  return `length,width,soil,species\n${lines.join("\n")}\n`;
}

it("runs as it stands there, and goes on where it was killed", async () => {
  const [source] = blocks("ts");
  const file = join(folder, "flowers.model.ts");
  writeFileSync(file, source!);
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(fileURLToPath(new URL("../..", import.meta.url)), join(folder, "node_modules/optimc"));
  const { model } = await readModel(file);
  const flowers = moduleOf(compiled(model as Model, ["js"]).parts) as unknown as {
    create(options?: object): Promise<AnyInstance>;
  };
  const [main, use] = blocks("js");
  const imports = [...page.matchAll(/^import \{ (.*) \} from "optimc\/(train|files)";$/gm)].flatMap(([, names]) =>
    names!.split(", "),
  );
  const names = [...new Set(imports)];
  const run = (text: string, scope: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> => {
    const all: Record<string, unknown> = { ...train, ...files, flowers, ...scope };
    const given = [...names, "flowers", ...Object.keys(scope)];
    const body = text.replace(/^import .*$/gm, "");
    return (
      new Function(...given, `return (async () => { ${body} })()`) as (
        ...all: unknown[]
      ) => Promise<Record<string, unknown>>
    )(...given.map((name) => all[name]));
  };
  const written = new Map<string, string>();
  const scope = (runs: string) => ({
    readFile: async () => csv(150),
    writeFile: async (name: string, text: string) => void written.set(name, text),
    folder: () => files.folder(join(folder, runs)),
    progress: () => train.progress({ log: () => {}, terminal: null }),
  });
  const result = "return { net, history, ending, reason, species };";
  const whole = await run(`${main!}${result}`, scope("whole"));
  expect(whole["ending"]).toMatch(/^(finished|stopped)$/);
  const history = whole["history"] as train.EpochRecord[];
  expect(Math.max(...history.map((each) => each["validation.accuracy"]!))).toBeGreaterThan(0.9);
  expect(JSON.parse(written.get("filled.json")!)).toEqual({ width: expect.closeTo(3.4, 0) as number });

  // Killed in the fifth epoch, and started again.
  const kill = { name: "kill", step: ({ step }: train.Run) => { if (step === 35) throw new Error("killed"); } }; // prettier-ignore
  await expect(run(main!.replace("callbacks: [", "callbacks: [kill, "), { ...scope("cut"), kill })).rejects.toThrow(
    "killed",
  );
  const again = await run(`${main!}${result}`, scope("cut"));
  expect(again["history"]).toEqual(history);
  expect((again["net"] as AnyInstance).state()).toEqual((whole["net"] as AnyInstance).state());

  const found = await run(use!.replace("Array.from(found", "return Array.from(found"), {
    ...scope("whole"),
    species: whole["species"],
  });
  expect(found).toEqual(["setosa", "virginica"]);
});

it("names all that the entry exports, and all options of fit and batches", () => {
  const all = [...Object.keys(train), ...Object.keys(worker)];
  const missing = all.filter((name) => !page.includes(name) && name !== "sparkline");
  expect(missing).toEqual([]);
});
