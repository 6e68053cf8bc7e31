/**
 * For every elementwise optimizer, a parameter whose gradient is one product stores no gradient; what else is stored is
 * listed with its bytes and the reason. The net has odd sizes.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { input, linear, minimize, model, mse } from "../../src/index.js";
import { manifestOf, type FunctionEntry } from "../../compiler/emit/manifest.js";
import { compileProgram } from "../../compiler/compile.js";
import type { Model } from "../../compiler/model/model.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { optimizers } from "../graphs.js";
import { runs } from "../runs.js";
import { eachTarget } from "../targets.js";

function net(optimizer: Optimizer): Model {
  const [x, y] = [input("x", ["batch", 997]), input("y", ["batch", 11])];
  const scores = linear("output", 101, 11)(linear("hidden", 997, 101)(x).relu());
  const train = minimize(mse(scores, y), optimizer);
  return model("odd", { dims: { batch: 63 }, functions: { train } });
}

/** Those whose formula needs more than one element, by the paper. */
const perTensor = ["adafactor", "lamb", "muon"];
const global = ["swats"];

describe.each(eachTarget)("on %s", (_, target) => {
  test.each(Object.entries(optimizers))("%s", (name, options) => {
    for (const optimizer of fc.sample(options, runs(3, 11))) {
      const program = compileProgram(net(optimizer), { target });
      const { updates, storedGradients, kernels } = manifestOf([program]).functions["train"] as FunctionEntry;
      const classes = new Set(updates.map((each) => each.class));
      const weights = updates.filter(({ parameter }) => parameter.endsWith(".weight"));
      if (perTensor.includes(name)) expect(classes).toContain("per tensor");
      else if (global.includes(name)) expect([...classes].every((each) => each !== "elementwise")).toBe(true);
      else {
        expect([...classes]).toEqual(["elementwise"]);
        expect(weights.map(({ fused }) => fused)).toEqual([true, true]);
        expect(storedGradients.map(({ parameter, bytes }) => [parameter, bytes / 4])).toEqual([
          ["hidden.bias", 101],
          ["output.bias", 11],
        ]);
        // Partial sums of a blocked product, in doubles.
        expect((program.scratch["sums"] ?? 0) * 8).toBeLessThanOrEqual(256 * 1024);
        for (const { reason } of storedGradients)
          expect(reason).toBe("the gradient is not a single contraction but a sum");
        for (const { parameter, kernel } of weights)
          expect(kernels[kernel]?.lines.join()).toContain(`${parameter}.gradient = dot`);
      }
    }
  });
});
