/** The models of the examples: each compiles, and the figures that are known are met. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { compileModel } from "../../compiler/compile.js";
import type { Model } from "../../compiler/model/model.js";
import { readModel } from "../../compiler/read/read.js";
import { build, numbersOf } from "../run.js";
import { eachTarget } from "../targets.js";

const examples = fileURLToPath(new URL("../../examples", import.meta.url));
const files = readdirSync(examples, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".model.ts"));
const read = async (file: string): Promise<Model> => (await readModel(join(examples, file))).model as Model;

test.each(files)("%s compiles for both targets", async (file) => {
  const made = await read(file);
  const { javascript, files } = compileModel(made, { name: made.name, targets: ["js", "wasm"], source: file });
  expect(javascript).toContain("optimc/runtime");
  expect(Object.keys(files)).toEqual([".wasm", ".relaxed.wasm"]);
});

describe.each(eachTarget)("gradients by hand on %s", (_, target) => {
  const points = 2000;
  const x = Array.from({ length: points }, (_, i) => -Math.PI + (2 * Math.PI * i) / (points - 1));
  const y = x.map(Math.sin);

  test("the Legendre polynomial with its own gradient goes down as in PyTorch", async () => {
    const live = build(await read("autograd-by-hand/legendre.model.ts"), { target });
    const losses = Array.from({ length: 2000 }, () => numbersOf(live.call("train", { x, y })["loss"])[0] as number);
    // PyTorch 2.13.0 in float64. In float32 the tutorial prints 209.958, 50.9785, 14.8779 and 8.94364.
    const wanted = {
      99: 209.95838531757312,
      499: 50.978558439246214,
      999: 14.877817647431229,
      1999: 8.943643355960496,
    };
    for (const [step, loss] of Object.entries(wanted)) {
      expect(Math.abs((losses[Number(step)] as number) / loss - 1)).toBeLessThan(1e-12);
    }
  });

  test("gradients written out and derived ones lead to the same loss", async () => {
    const start = { a: -0.2, b: 0.5, c: 0.1, d: -0.3 };
    const [byHand, derived] = [
      build(await read("autograd-by-hand/by-hand.model.ts"), { target }),
      build(await read("autograd-by-hand/derived.model.ts"), { target }),
    ];
    const saved = byHand.state();
    byHand.load({ ...saved, state: Object.fromEntries(Object.entries(start).map(([name, value]) => [name, [value]])) });
    for (const [name, value] of Object.entries(start)) derived.parameters[name]?.set([value]);
    for (let step = 0; step < 100; step++) {
      const [a, b] = [byHand, derived].map((live) => numbersOf(live.call("train", { x, y })["loss"])[0] as number);
      expect(Math.abs((a as number) / (b as number) - 1)).toBeLessThan(1e-12);
    }
  });
});
