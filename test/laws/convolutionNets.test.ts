/** Nets of convolutions, trained: fused or not, with named batch and sizes or fixed ones, the same bits. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { minimize, model, type Model } from "../../compiler/model/model.js";
import { conv2d, convTranspose2d } from "../../compiler/ops/conv.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { mean } from "../../compiler/ops/mean.js";
import { param } from "../../compiler/ops/param.js";
import { relu } from "../../compiler/ops/relu.js";
import { square } from "../../compiler/ops/square.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { adam } from "../../library/optimizers/adam.js";
import { between, generator } from "../arbitrary.js";
import { build, poison, type Built } from "../run.js";
import { runs } from "../runs.js";
import { eachTarget } from "../targets.js";
import { bitDifference, type Precision } from "./check.js";

interface Plan {
  readonly batch: number;
  readonly size: readonly [number, number];
  readonly channels: readonly [number, number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly dilation: number;
  readonly padding: number;
  readonly groups: number;
  readonly precision: Precision;
}

const plans: fc.Arbitrary<Plan> = fc.record({
  batch: fc.constantFrom(1, 2, 3, 9),
  size: fc.tuple(fc.constantFrom(9, 12, 17), fc.constantFrom(9, 10, 21)),
  channels: fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(2, 4, 10), fc.constantFrom(2, 6)),
  kernel: fc.tuple(fc.constantFrom(1, 2, 3), fc.constantFrom(1, 3)),
  stride: fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 1, 3)),
  dilation: fc.constantFrom(1, 2),
  padding: fc.constantFrom(0, 1),
  groups: fc.constantFrom(1, 2),
  precision: fc.constantFrom<Precision>("float32", "float64"),
});

type Named = "batch" | "height" | "width";

/** Two convolutions and a transposed one; `named` are dimensions that a call brings. */
function netOf(plan: Plan, named: readonly Named[] = []): Model {
  const { batch, size, channels, kernel, stride, dilation, padding, groups } = plan;
  const [height, width] = size;
  const extents = { batch, height, width };
  const sizeOf = (name: Named): number | string => (named.includes(name) ? name : extents[name]);
  const weight = (name: string, ...shape: number[]): Expression => param(name, shape, uniform(-0.5, 0.5));
  const x = input("x", [sizeOf("batch"), channels[0], sizeOf("height"), sizeOf("width")]);
  const first = relu(conv2d(x, weight("first", channels[1], channels[0], ...kernel), { stride, padding }));
  const second = tanh(
    conv2d(first, weight("second", channels[2], channels[1] / groups, ...kernel), { dilation, groups, padding: 1 }),
  );
  const third = convTranspose2d(second, weight("third", channels[2], 3, 2, 2), { stride: 2 });
  const dims = Object.fromEntries(named.map((name) => [name, extents[name] + 5]));
  return model("net", {
    precision: plan.precision,
    dims,
    functions: { train: minimize(mean(square(third)), adam({ lr: 0.01 })) },
  });
}

function trained(made: Model, plan: Plan, options: Parameters<typeof build>[1]): { live: Built; numbers: number[] } {
  const count = plan.batch * plan.channels[0] * plan.size[0] * plan.size[1];
  const x = Float32Array.from(between(-1, 1, count, generator(count)));
  const live = build(made, options);
  const dims = Object.fromEntries(
    Object.entries({ batch: plan.batch, height: plan.size[0], width: plan.size[1] }).filter(
      ([name]) => name in made.dims,
    ),
  );
  const losses = [0, 1].map(() => {
    poison(live);
    return live.call("train", { x }, { dims })["loss"] as number;
  });
  return { live, numbers: [...losses, ...Object.values(live.state().parameters).flatMap((each) => Array.from(each))] };
}

describe.each(eachTarget)("on %s, a net of convolutions", (_, target) => {
  test("is the same fused and not", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        const fused = trained(netOf(plan), plan, { target, fusion: "all" });
        expect(
          bitDifference("fused", fused.numbers, trained(netOf(plan), plan, { target, fusion: "none" }).numbers),
        ).toBeNull();
        // What a gradient adds up stands in the kernels of its products; depthwise there are none.
        const kinds = fused.live.stages.groups.functions.flatMap(({ grouping }) =>
          grouping.fusion.groups.map(({ kind }) => kind),
        );
        if (plan.groups === 1) expect(kinds).not.toContain("scatter");
      }),
      runs(12, 1),
    );
  });

  test.each([["batch"], ["height", "width"], ["batch", "height", "width"]] as const)(
    "is the same with a named %s",
    (...names) => {
      const named = names.filter((each): each is Named => typeof each === "string");
      fc.assert(
        fc.property(plans, (plan) => {
          const exact = trained(netOf(plan), plan, { target });
          const ragged = trained(netOf(plan, named), plan, { target });
          expect(bitDifference("ragged", ragged.numbers, exact.numbers)).toBeNull();
        }),
        runs(12, 2),
      );
    },
  );
});
