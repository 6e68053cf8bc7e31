import { describe, expect, test } from "vitest";
import { explainProgram } from "../../compiler/report/explain.js";
import { manifestOf } from "../../compiler/emit/manifest.js";
import { printMemory } from "../../compiler/report/memoryTable.js";
import { table, wrapped } from "../../compiler/emit/text.js";
import { compileStages } from "../../compiler/compile.js";
import { js } from "../../compiler/targets/js/js.js";
import { adam, einsum, input, linear, minimize, model, param, sgd, type Model } from "../../src/index.js";
import { models } from "../plan/models.js";
import { oddities, polynomial, softmaxClassifier, twoLayerNet } from "./models.js";
import { programOf } from "../stages.js";

const compiled = (model: Model) => compileStages(model, [js]);
const all: Readonly<Record<string, () => Model>> = {
  "two-layer net": () => twoLayerNet([1000, 100, 10, 64]),
  "polynomial, 2000 points": polynomial,
  softmaxClassifier,
  oddities,
  ...models,
};

describe.each(Object.entries(all))("%s", (_, make) => {
  const stages = compiled(make());
  const program = programOf(stages);
  const manifest = manifestOf([program]);
  const report = explainProgram(stages);

  test("fits a terminal of 100 columns", () => {
    for (const line of [...report.split("\n"), ...printMemory(program).split("\n")]) {
      expect(line.length, line).toBeLessThanOrEqual(100);
      expect(line, line).toBe(line.trimEnd());
    }
  });

  test("names every kernel, update, and pass", () => {
    for (const [name, { kernels, updates, storedGradients }] of Object.entries(manifest.functions)) {
      expect(report).toContain(`\n${name}: `);
      for (const kernel of kernels) expect(report).toMatch(new RegExp(`^ +\\d+  ${kernel.name} `, "m"));
      for (const { parameter, class: kind } of updates)
        expect(report).toMatch(new RegExp(`^    ${parameter} +${kind} +\\d+  `, "m"));
      for (const { parameter } of storedGradients) expect(report).toMatch(new RegExp(`${parameter} .* (bytes?|kB): `));
    }
    for (const { traces } of stages.graphs.functions)
      for (const { pass } of traces) expect(report).toContain(`    ${pass} `);
  });

  test("the memory map holds every tensor at its place", () => {
    const map = printMemory(program).replaceAll(",", "");
    for (const [name, { offset }] of Object.entries(manifest.parameters)) {
      expect(map).toMatch(new RegExp(`^ +${offset} +\\d+  .*  ${name}$`, "m"));
    }
    for (const { arena } of Object.values(manifest.functions)) {
      for (const { name, offset, bytes } of arena)
        expect(map).toMatch(new RegExp(`^ +${offset} +${bytes}  .*  ${name}( returned( as .*)?)?$`, "m"));
    }
  });
});

test("the report on a small net", () => {
  const report = explainProgram(compiled(twoLayerNet([4, 3, 2, 5])));
  const [, train = ""] = report.split(/\n(?=train: )/);
  expect(train.replace(/\n +passes[^]*/, "")).toMatchInlineSnapshot(`
    "train: adam, elementwise; 9 kernels; 931 flops; 1.6 kB moved; 656 bytes of memory
    ---------------------------------------------------------------------------------
      1  computeHidden                  150 flops  reads 140 bytes  writes 60 bytes
         %2 = dot(x, hidden.weight, contract: [[1, 1]]): [batch, 3]
         %5 = %2 + hidden.bias: [batch, 3]
         %9 = where((%5 <= 0), 0, %5): [batch, 3]

      2  computeOutputGradient           90 flops  reads 132 bytes  writes 80 bytes
         %11 = dot(%9, output.weight, contract: [[1, 1]]): [batch, 2]
         %14 = %11 + output.bias: [batch, 2]
         %16 = %14 - y: [batch, 2]
         output.gradient = %16 * 2: [batch, 2]

      3  computeLoss                     20 flops  reads 40 bytes   writes 4 bytes
         %17 = %16 * %16: [batch, 2]
         %18 = sum(%17, axes: [0, 1]): []

      4  computeHiddenGradient           75 flops  reads 124 bytes  writes 60 bytes
         %25 = dot(output.gradient, output.weight, contract: [[1, 0]]): [batch, 3]
         hidden.gradient = where((%9 <= 0), 0, %25): [batch, 3]

      5  updateOutputWeight             162 flops  reads 172 bytes  writes 72 bytes
         output.weight.gradient = dot(output.gradient, %9, contract: [[0, 0]]): [2, 3]
         output.weight <- adam(output.weight.gradient)

      6  computeOutputBiasGradient       10 flops  reads 40 bytes   writes 8 bytes
         output.bias.gradient = sum(output.gradient, axes: [0]): [2]

      7  updateHiddenWeight             324 flops  reads 284 bytes  writes 144 bytes
         hidden.weight.gradient = dot(hidden.gradient, x, contract: [[0, 0]]): [3, 4]
         hidden.weight <- adam(hidden.weight.gradient)

      8  computeHiddenBiasGradient       15 flops  reads 60 bytes   writes 12 bytes
         hidden.bias.gradient = sum(hidden.gradient, axes: [0]): [3]

      9  updateHiddenBiasAndOutputBias   85 flops  reads 80 bytes   writes 60 bytes
         hidden.bias <- adam(hidden.bias.gradient)
         output.bias <- adam(output.bias.gradient)

      updates, for which 20 bytes of gradients are stored
        parameter      class        kernel  gradient
        hidden.weight  elementwise       7  not stored: the same kernel computes it
        hidden.bias    elementwise       9  12 bytes: not a single contraction but a sum
        output.weight  elementwise       5  not stored: the same kernel computes it
        output.bias    elementwise       9  8 bytes: not a single contraction but a sum

      memory
        parameters       112
        optimizer state  224
        activations      192
        inputs           128
        total            656

      arena
        offset  bytes  kernels  type                value
           544     64  1 to 5   float32 [batch, 3]  hidden
           544     16  8 to 9   float32 [3]         hidden.bias.gradient
           560     16  6 to 9   float32 [2]         output.bias.gradient
           608     48  2 to 3   float32 [batch, 2]  output
           608     64  4 to 8   float32 [batch, 3]  hidden.gradient
           672     48  2 to 6   float32 [batch, 2]  output.gradient
           720     16  3 to 9   float32 []          loss, returned
    "
  `);
});

test("long names and many parameters fit the terminal too", () => {
  const x = input("x", ["batch", 8]);
  const names = Array.from({ length: 30 }, (_, i) => `encoder.blocks.${i}.attention`);
  const end = names.reduce((h, name) => linear(name, 8, 8)(h).tanh(), x);
  const functions = { train: minimize(end.sum(), adam()), aVeryLongNameOfAFunctionThatPredictsSomething: { end } };
  const stages = compiled(model("deep", { dims: { batch: 1234 }, functions }));
  const lines = `${explainProgram(stages)}\n${printMemory(programOf(stages))}`.split("\n");
  expect(lines.filter((line) => line.length > 100)).toEqual([]);
});

test("the memory of a small net", () => {
  expect(printMemory(programOf(compiled(twoLayerNet([4, 3, 2, 5]))))).toMatchInlineSnapshot(`
    "two-layer-net: 736 bytes

    parameters: 112
      offset  bytes  type            name
           0     48  float32 [3, 4]  hidden.weight
          48     16  float32 [3]     hidden.bias
          64     32  float32 [2, 3]  output.weight
          96     16  float32 [2]     output.bias

    optimizer state: 224
      offset  bytes  type            name
         112     48  float32 [3, 4]  train hidden.weight.exp_avg
         160     48  float32 [3, 4]  train hidden.weight.exp_avg_sq
         208     32  float32 [2, 3]  train output.weight.exp_avg
         240     32  float32 [2, 3]  train output.weight.exp_avg_sq
         272     16  float32 [3]     train hidden.bias.exp_avg
         288     16  float32 [3]     train hidden.bias.exp_avg_sq
         304     16  float32 [2]     train output.bias.exp_avg
         320     16  float32 [2]     train output.bias.exp_avg_sq

    inputs: 208
      offset  bytes  type                name
         336     80  float32 [batch, 4]  predict x
         416     80  float32 [batch, 4]  train x
         496     48  float32 [batch, 2]  train y

    arena, which the functions use in turn: 192, at 544

      predict: 2 kernels
      offset  bytes  kernels  type                value
         544     64  1 to 2   float32 [batch, 3]  hidden
         608     48  2        float32 [batch, 2]  prediction, returned

      train: 9 kernels
      offset  bytes  kernels  type                value
         544     64  1 to 5   float32 [batch, 3]  hidden
         544     16  8 to 9   float32 [3]         hidden.bias.gradient
         560     16  6 to 9   float32 [2]         output.bias.gradient
         608     48  2 to 3   float32 [batch, 2]  output
         608     64  4 to 8   float32 [batch, 3]  hidden.gradient
         672     48  2 to 6   float32 [batch, 2]  output.gradient
         720     16  3 to 9   float32 []          loss, returned
    "
  `);
});

test("columns line up, and the last goes on under itself", () => {
  const rows = [
    ["a", "1", "one two three four five six"],
    ["long", "1000", "x"],
  ];
  expect(table(rows, "lrl", 32)).toEqual(["a        1  one two three four", "              five six", "long  1000  x"]);
});

test("a word longer than the room stays whole", () => {
  expect(wrapped("a verylongword b", 6)).toEqual(["a", "  verylongword", "  b"]);
});

test("a gradient whose axes are in another order says so", () => {
  const w = param("w", [4, 7, 5, 2], 0.1);
  const loss = einsum("bcid,ckdm->bikm", input("x", ["batch", 4, 6, 5]), w)
    .square()
    .sum();
  const { programs } = compiled(
    model("m", { dims: { batch: 3 }, functions: { train: minimize(loss, sgd({ lr: 1 })) } }),
  );
  const [stored] = manifestOf(programs).functions["train"]?.storedGradients ?? [];
  expect(stored?.reason).toMatch("the kernel of its gradient has the axes in another order");
});

test("a gradient that plain loops add up says why its update stands apart", () => {
  const x = input("x", [8, "batch"]).reshape(["batch", 8]);
  const loss = linear("l", 8, 4)(x).square().sum();
  const dims = { batch: 3 };
  const { programs } = compiled(model("m", { dims, functions: { train: minimize(loss, sgd({ lr: 1 })) } }));
  const [update] = manifestOf(programs).functions["train"]?.updates ?? [];
  expect(update?.reason).toMatch("a reshape has mixed a named dimension with another axis");
});
