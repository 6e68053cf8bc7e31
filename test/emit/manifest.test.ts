import { callsOf } from "../../compiler/ir/program.js";
import { describe, expect, test } from "vitest";
import { manifestOf, type Manifest } from "../../compiler/emit/manifest.js";
import { bytesOfBuffer } from "../../compiler/plan/memory/layout.js";
import { aligned } from "../../compiler/plan/memory/arena.js";
import { usesOf } from "../../compiler/ir/kernel.js";
import { compileProgram } from "../../compiler/compile.js";
import type { CompiledFunction, CompiledProgram } from "../../compiler/emit/compiled.js";
import { js } from "../../compiler/targets/js/js.js";
import type { Model } from "../../src/index.js";
import { models } from "../plan/models.js";
import { build } from "../run.js";
import { oddities, polynomial, softmaxClassifier, twoLayerNet } from "./models.js";

const all: Readonly<Record<string, () => Model>> = {
  "two-layer net": () => twoLayerNet([1000, 100, 10, 64]),
  "two-layer net, odd sizes": () => twoLayerNet([997, 101, 11, 63]),
  "polynomial, 2000 points": polynomial,
  "softmax classifier": softmaxClassifier,
  oddities,
  ...models,
};

const compiled = (model: Model): readonly [CompiledProgram, Manifest] => {
  const program = compileProgram(model, { target: js });
  return [program, manifestOf([program], { version: "1.2.3" })];
};

const sum = (parts: object): number => Object.values(parts).reduce<number>((all, each) => all + Number(each), 0);

/** Marks every byte of the block that a function's kernels, results, inputs and optimizer state lie in. */
function touched(program: CompiledProgram, made: CompiledFunction): Uint8Array {
  const { layout, leaves } = program;
  const block = new Uint8Array(layout.total);
  const ids = new Set([
    ...callsOf(made.steps).flatMap(({ kernel }) => [...usesOf(kernel).buffers.keys()]),
    ...made.outputs.map(({ buffer }) => buffer.id),
    ...[...leaves.keys()].filter((id) => id.startsWith(`input:${made.name}:`) || id.startsWith(`kept:${made.name}:`)),
  ]);
  for (const id of ids) {
    const buffer = made.buffers.get(id) ?? leaves.get(id);
    const offset = layout.offsets.get(id);
    if (!buffer || offset === undefined) throw new Error(`${id} has no place`);
    block.fill(1, offset, offset + aligned(bytesOfBuffer(buffer)));
  }
  return block;
}

describe("every byte is accounted for", () => {
  for (const [name, make] of Object.entries(all)) {
    test(name, () => {
      const [program, manifest] = compiled(make());
      expect(manifest.total).toBe(program.layout.total);
      expect(sum(manifest.memory)).toBe(manifest.total);
      const block = new Uint8Array(manifest.total);
      for (const made of program.functions) {
        const { total, scratch, ...parts } = manifest.functions[made.name]?.memory ?? { total: 0, scratch: 0 };
        expect(sum(parts) + scratch).toBe(total);
        const own = touched(program, made);
        expect(sum(parts)).toBe(sum(own));
        own.forEach((each, i) => (block[i] ||= each));
      }
      touched(program, program.initialize).forEach((each, i) => (block[i] ||= each));
      const { arena, scratch } = program.layout;
      expect(sum(block) + scratch.bytes).toBe(manifest.total);
      expect(manifest.memory.arena).toBe(sum(block.subarray(arena.offset, arena.offset + arena.bytes)));
    });
  }
});

test("the manifest is plain data", () => {
  const [, manifest] = compiled(oddities());
  expect(JSON.parse(JSON.stringify(manifest))).toEqual(manifest);
});

test("what an instance allocates is the total without the scratch of the module", () => {
  const { memory, program } = build(oddities());
  const manifest = manifestOf([program]);
  expect(memory.byteLength).toBe(manifest.total - manifest.memory.scratch);
});

describe.each([
  ["1000 to 100 to 10, 64 rows", [1000, 100, 10, 64]],
  ["997 to 101 to 11, 63 rows", [997, 101, 11, 63]],
] as const)("a two-layer net, %s, trained by Adam", (_, sizes) => {
  const [, manifest] = compiled(twoLayerNet(sizes));
  const train = manifest.functions["train"] as Manifest["functions"][string];
  const [from, hidden, to, batch] = sizes;

  test("stores the gradients of the biases only, and says why", () => {
    const reason = "the gradient is not a single contraction but a sum";
    const stored = [...train.storedGradients].sort((a, b) => b.bytes - a.bytes);
    expect(stored).toEqual([
      { parameter: "hidden.bias", bytes: 4 * hidden, reason },
      { parameter: "output.bias", bytes: 4 * to, reason },
    ]);
    expect(train.updates.map((each) => each.class)).toEqual(train.updates.map(() => "elementwise"));
    expect(
      Object.fromEntries(
        train.updates.map(({ parameter, fused, kernel }) => [
          parameter,
          { fused, kernel: train.kernels[kernel]?.name },
        ]),
      ),
    ).toEqual({
      "hidden.weight": { fused: true, kernel: "updateHiddenWeight" },
      "output.weight": { fused: true, kernel: "updateOutputWeight" },
      "hidden.bias": { fused: false, kernel: "updateHiddenBiasAndOutputBias" },
      "output.bias": { fused: false, kernel: "updateHiddenBiasAndOutputBias" },
    });
  });

  test("keeps parameters, two moments, and inputs, aligned to 16 bytes", () => {
    const tensors = [from * hidden, hidden, hidden * to, to].map((length) => aligned(4 * length));
    expect(train.memory.parameters).toBe(sum(tensors));
    expect(train.memory.optimizerState).toBe(2 * sum(tensors));
    expect(train.memory.inputs).toBe(aligned(4 * batch * from) + aligned(4 * batch * to));
    expect(train.memory.gradients).toBeLessThanOrEqual(aligned(4 * hidden) + aligned(4 * to));
    expect(Object.keys(train.memory)).toEqual(
      "parameters optimizerState gradients activations inputs scratch total".split(" "),
    );
  });

  test("predicts without optimizer state", () => {
    expect(manifest.functions["predict"]?.memory).toMatchObject({ optimizerState: 0, gradients: 0 });
  });
});

describe("oddities", () => {
  const [, manifest] = compiled(oddities());

  test("state and constants are categories where there are any", () => {
    expect(manifest.functions["train"]?.memory).toMatchObject({ state: 32, constants: 16 });
    expect(manifest.functions["reset"]?.memory).toEqual({
      parameters: 0,
      optimizerState: 0,
      gradients: 0,
      activations: 0,
      inputs: 0,
      scratch: 0,
      state: 32,
      total: 32,
    });
  });

  test("random streams are listed under their names or numbers", () => {
    const shape = ["batch", 5];
    expect(manifest.functions["train"]?.streams).toEqual(
      expect.arrayContaining([
        { stream: "noise", distribution: "uniform", shape },
        { stream: 0, distribution: "uniform", shape },
      ]),
    );
    expect(manifest.functions["train"]?.streams).toHaveLength(2);
    expect(manifest.functions["predict"]?.streams).toEqual([]);
    expect(manifest.initialStreams).toEqual([{ stream: "class", distribution: "normal", shape: [5, 3] }]);
  });

  test("names, shapes and capacities are those of the model", () => {
    expect(manifest).toMatchObject({
      optimc: "1.2.3",
      name: "2 odd */ names",
      precision: "float32",
      targets: ["js"],
      dims: { batch: 6, time: 9 },
    });
    expect(manifest.parameters).toEqual({ class: { element: "float32", shape: [5, 3], offset: 0, bytes: 60 } });
    expect(manifest.functions["train"]?.dims).toEqual({ batch: 20 });
    expect(manifest.functions["predict"]?.outputs).toMatchObject({
      "the class": { element: "int32", shape: ["batch"], bytes: 24 },
      any: { element: "bool", shape: [], bytes: 1 },
      later: { shape: ["batch", "time-1"] },
    });
  });
});
