/** `optimc print`: the groups and the steps of a model as text, and the names of all stages. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileModel } from "../../compiler/compile.js";
import { stages } from "../../compiler/report/stageNames.js";
import { input, linear, minimize, model, sgd } from "../../src/index.js";
import { models } from "../plan/models.js";

const x = input("x", ["batch", 3]);
const loss = linear("layer", 3, 2)(x).square().sum();
const small = compileModel(model("small", { dims: { batch: 4 }, functions: { train: minimize(loss, sgd()) } }), {
  name: "small",
  targets: ["js"],
  source: "small.model.ts",
});
/** The part about one function. */
const train = (text: string): string => text.slice(0, text.indexOf("\n\ninitialize"));

test("groups: the lines of the graph that will be a kernel each, and what they leave in memory", () => {
  expect(train(small.print("groups"))).toMatchInlineSnapshot(`
    "train: 5 groups

      1 compute layer.gradient: contraction
          %2 = dot(x, layer.weight, contract: [[1, 1]]): [batch, 2]
          %5 = %2 + layer.bias: [batch, 2]
          layer.gradient = %5 * 2: [batch, 2]
        stores layer, layer.gradient

      2 compute loss: loops
          %6 = %5 * %5: [batch, 2]
          %7 = sum(%6, axes: [0, 1]): []
        stores loss

      3 update layer.weight: contraction
          layer.weight.gradient = dot(layer.gradient, x, contract: [[0, 0]]): [2, 3]
          layer.weight <- sgd(layer.weight.gradient)
        replaces layer.weight

      4 compute layer.bias.gradient: loops
          layer.bias.gradient = sum(layer.gradient, axes: [0]): [2]
        stores layer.bias.gradient

      5 update layer.bias: loops
          layer.bias <- sgd(layer.bias.gradient)
        replaces layer.bias"
  `);
});

test("steps: what each kernel reads and writes, and where that lies", () => {
  expect(train(small.print("steps"))).toMatchInlineSnapshot(`
    "train: 5 kernels

      1 computeLayerGradient
        reads x at 48, layer.weight at 0, layer.bias at 32
        writes layer at 96, layer.gradient at 128

      2 computeLoss
        reads layer at 96
        writes loss at 160

      3 updateLayerWeight
        reads layer.gradient at 128, x at 48, layer.weight at 0
        writes layer.weight at 0

      4 computeLayerBiasGradient
        reads layer.gradient at 128
        writes layer.bias.gradient at 96

      5 updateLayerBias
        reads layer.bias at 32, layer.bias.gradient at 96
        writes layer.bias at 32

      arena
        offset  bytes  kernels  type                value
            96     32  1 to 2   float32 [batch, 2]  layer
            96     16  4 to 5   float32 [2]         layer.bias.gradient
           128     32  1 to 4   float32 [batch, 2]  layer.gradient
           160     16  2 to 5   float32 []          loss, returned"
  `);
});

test.each(Object.entries(models))("%s: each kernel is listed, and the tables fit a terminal", (_, make) => {
  const compiled = compileModel(make(), { name: "m", targets: ["js"], source: "m.model.ts" });
  const [groups, steps] = [compiled.print("groups"), compiled.print("steps")];
  for (const [name, { kernels }] of Object.entries(compiled.manifest.functions)) {
    expect(groups).toMatch(new RegExp(`^${name}: ${kernels.length} groups?$`, "m"));
    expect(steps).toMatch(new RegExp(`^${name}: ${kernels.length} kernels?$`, "m"));
    for (const [position, kernel] of kernels.entries()) {
      expect(steps).toContain(`\n  ${position + 1} ${kernel.name}\n`);
      for (const line of kernel.lines) expect(groups).toContain(`      ${line}\n`);
    }
  }
  for (const line of steps.split("\n")) expect(line.length, line).toBeLessThanOrEqual(100);
});

test("the documents name every stage", () => {
  const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), "utf8");
  expect(stages).toEqual(["graph", "gradient", "update", "groups", "steps", "kernels", "wat", "memory"]);
  expect(read("README.md")).toContain(stages.join("|"));
  expect(read("docs/command-line.md")).toContain(stages.map((each) => `\`${each}\``).join(", ").replace("`,", "` (the default),")); // prettier-ignore
});
