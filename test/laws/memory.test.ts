/** No value is used that the call did not put there: poisoned memory changes nothing, nor does unused capacity. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { declared, fits, makeModel, modelPlans, optimizers } from "../graphs.js";
import { build, poison, type Built } from "../run.js";
import { eachTarget } from "../targets.js";
import { firstDifference, observe } from "./programs.js";
import { count, runs } from "../runs.js";

const anyOptimizer = fc.oneof(...Object.values({ ...optimizers, ...declared }));
const batches = fc.constantFrom(1, 3, 5, 17);
const times = fc.constantFrom(1, 2, 5);
const fusions = fc.constantFrom("none", "all");

/**
 * What is computed, and how many products are contractions: one whose named dimension a reshape has mixed with another axis
 * runs in plain loops, which add in double, where a fixed size makes it a contraction, which adds in the element type on WebAssembly.
 * A fixed size is a number where a named one is computed.
 */
const structureOf = ({ stages: { graphs, groups } }: Built): string =>
  graphs.functions
    .flatMap(({ stages }, position) => [
      ...stages.graph.nodes.map(({ op, args }) => `${op.definition.name}(${args.join()})`.replace("extent", "literal")),
      String(groups.functions[position]?.grouping.fusion.groups.filter(({ kind }) => kind === "contraction").length),
    ])
    .join();

test.each(eachTarget)("on %s, an arena and inputs full of NaN change nothing", (_, target) => {
  fc.assert(
    fc.property(modelPlans(anyOptimizer), batches, times, fusions, (plan, batch, time, fusion) => {
      const dims = { batch, time };
      const made = makeModel(fits(plan, dims), { batch: 20, time: 7 });
      const wanted = observe(build(made, { fusion, target }), { dims });
      expect(firstDifference(observe(build(made, { fusion, target }), { dims, before: poison }), wanted)).toBeNull();
    }),
    runs(40, 1),
  );
});

describe.each(eachTarget)("on %s, n rows in a larger build equal a build for n rows", (_, target) => {
  test.each(["none", "all"] as const)("fusion %s", (fusion) => {
    fc.assert(
      fc.property(modelPlans(anyOptimizer), batches, times, (plan, batch, time) => {
        const dims = { batch, time };
        const exact = observe(build(makeModel(fits(plan, dims), dims), { fusion, target }), { dims });
        const ragged = observe(build(makeModel(fits(plan, dims), { batch: 64, time: 9 }), { fusion, target }), {
          dims,
          before: poison,
        });
        expect(firstDifference(ragged, exact)).toBeNull();
      }),
      runs(30, 2),
    );
  });

  test("fixed sizes equal named ones", () => {
    let compared = 0;
    fc.assert(
      fc.property(modelPlans(anyOptimizer), (plan) => {
        const dims = { batch: 13, time: 8 };
        const fixed = build(makeModel(plan, {}, dims.batch, dims.time), { target });
        const named = build(makeModel(plan, { batch: 64, time: 9 }), { target });
        // A fixed size can fit where the name of one does not: then the steps made something else.
        if (structureOf(fixed) !== structureOf(named)) return;
        compared++;
        expect(firstDifference(observe(named, { dims, before: poison }), observe(fixed, { dims }))).toBeNull();
      }),
      runs(25, 3),
    );
    expect(compared).toBeGreaterThan(count(25) / 2);
  });
});
