/** Targets agree: what one computes from a state lies as near to what the other does as both may lie off the meaning. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkAlike } from "../../compiler/emit/checkSharedHost.js";
import { evaluate, type Value } from "../../compiler/meaning/interpreter.js";
import { callOf, declared, fits, makeModel, modelPlans, optimizers } from "../graphs.js";
import { build, numbersOf } from "../run.js";
import { targets } from "../targets.js";
import { difference, magnitudeOf } from "./check.js";
import { accepted, circumstances } from "./programs.js";
import { runs } from "../runs.js";
import { graphOf } from "../stages.js";

const anyOptimizer = fc.oneof(...Object.values({ ...optimizers, ...declared }));

describe.each(["float64", "float32"] as const)("in %s", (precision) => {
  test("one step from one state", () => {
    let [tight, compared] = [0, 0];
    fc.assert(
      fc.property(
        modelPlans(anyOptimizer, "random", fc.constant(precision)),
        fc.constantFrom(1, 3, 5, 17),
        (drawn, batch) => {
          const plan = fits(drawn, { batch, time: 3 });
          const made = makeModel(plan, { batch: 17, time: 3 });
          const [js, wasm] = [targets.js, targets.wasm].map((target) => build(made, { target, seed: 7 })) as [
            ReturnType<typeof build>,
            ReturnType<typeof build>,
          ];
          // One description and one host part serve both.
          expect(() => checkAlike([js.program, wasm.program])).not.toThrow();
          // Initial values are the same bits: the generator is integers, its distributions are computed in double.
          const before = js.state();
          expect(wasm.state()).toEqual(before);
          const inputs = callOf({ batch, time: 3 }, 1);
          const graph = graphOf(js.stages, "train").stages.update;
          const given = circumstances(js, before, "train", inputs);
          const bounds = (name: "js" | "wasm") => evaluate(graph, given, targets[name].rounding[precision]);
          const [ofJs, ofWasm] = [bounds("js"), bounds("wasm")];
          const results = [js, wasm].map((live) => live.call("train", accepted(live.program, "train", inputs)));
          const after = [js, wasm].map((live) => live.state());
          const compare = (name: string, found: ArrayLike<number>[], a: Value, b: Value): void => {
            const allowed = (i: number): number => 2 * ((a.bound?.[i] as number) + (b.bound?.[i] as number));
            compared++;
            if (a.data.every((_, i) => allowed(i) <= 1e-4 * magnitudeOf(a.data))) tight++;
            expect(difference(name, found[1] ?? [], found[0] ?? [], allowed)).toBeNull();
          };
          for (const [name, value] of Object.entries(ofJs.outputs)) {
            const found = results.map((result) => numbersOf(result[name]));
            compare(name, found, value, ofWasm.outputs[name] as Value);
          }
          for (const [name, value] of Object.entries(ofJs.parameters)) {
            const found = after.map(({ parameters }) => parameters[name] ?? []);
            compare(name, found, value, ofWasm.parameters[name] as Value);
          }
        },
      ),
      runs(40, 1),
    );
    // The law says something only while most bounds are tight.
    expect(tight / compared).toBeGreaterThan(0.7);
  });
});
