/** docs/files.md: its program runs as it stands there, and is refused with the words that it shows. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { moduleOf } from "../../compiler/check/instance.js";
import * as files from "../../files/node.js";
import type { AnyInstance } from "../../runtime/node.js";
import { adam, crossEntropy, input, linear, minimize, model } from "../../src/index.js";
import { compiled } from "../end/emit.js";

const page = readFileSync(new URL("../../docs/files.md", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "optimc-docs-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The page's lines in one function, its folder being ours; those that end with words of an error must be refused with them. */
const imported = [...page.matchAll(/^import \{ (.*) \} from "optimc\/files";$/gm)].flatMap(([, names]) =>
  names!.split(", "),
);
const program = [...page.matchAll(/```js\n([\s\S]*?)```/g)]
  .map(([, text]) => text as string)
  .join("\n")
  .replace(/^import .*$/gm, "")
  .replace(/"runs/g, `"${folder}/runs`)
  .replace(/^await (.*); \/\/ ((?:\w+|tensor '\w+'): expected .*)$/gm, (_, call: string, words: string) => {
    return `await refused(async () => ${call}, ${JSON.stringify(words)});`;
  });

it("runs as it stands there", async () => {
  expect(program.match(/^await refused/gm)).toHaveLength(5);
  const x = input("x", ["batch", 4]);
  const make = (seed: number, width = 8): AnyInstance => {
    const logits = linear("output", width, 3)(linear("hidden", 4, width)(x).relu());
    const functions = { train: minimize(crossEntropy(logits, input("labels", ["batch"], "int32")), adam()) };
    const { createSync } = moduleOf(compiled(model("digits", { dims: { batch: 16 }, functions }), ["js"]).parts);
    return createSync({ seed }) as unknown as AnyInstance;
  };
  const refused = async (call: () => Promise<unknown>, words: string) => {
    const error = (await call().catch((error: unknown) => error)) as files.FileError;
    expect(error).toBeInstanceOf(files.FileError);
    expect(error.message).toBe(words);
  };
  const names = ["net", "other", "resumed", "wider", "refused", ...imported];
  const run = new Function(
    ...names,
    `return (async () => { ${program}; return { report, scores, file, shape, data, progress, listed: await store.list() }; })()`,
  ) as (...given: unknown[]) => Promise<Record<string, unknown>>;
  const [net, other, resumed, wider] = [make(1), make(2), make(3), make(4, 9)];
  const values = Object.fromEntries(Object.entries(files));
  const found = await run(net, other, resumed, wider, refused, ...imported.map((name) => values[name]));
  expect(other.parameters).toEqual(net.parameters);
  expect(found["report"]).toEqual({
    loaded: ["hidden.bias"],
    kept: ["hidden.weight", "output.weight", "output.bias"],
    skipped: ["hidden.weight", "output.bias", "output.weight"],
  });
  expect(found["scores"]).toEqual(Float32Array.of(1, 2, 3, NaN));
  expect([found["shape"], found["data"]]).toEqual([[2, 3], Int32Array.of(1, 2, 3, 4, 5, 6)]);
  expect(found["listed"]).toEqual(["digits.safetensors", "epoch 3"]);
  expect(found["progress"]).toEqual({ epoch: 3, losses: [0.9, NaN] });
  expect(resumed.state()).toEqual(net.state());
});

it("names all that the entry exports", () => {
  for (const name of Object.keys(files)) expect(page).toContain(`${name}`);
});
