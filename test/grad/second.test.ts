/**
 * Gradients of gradients in whole nets, as PyTorch computes them with create_graph=True (secondGradients.json): a penalty
 * on the slope of a critic, a Hessian times a vector, and training with the penalty in the loss.
 */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  adam,
  compute,
  gradient,
  input,
  minimize,
  model,
  param,
  sgd,
  type Optimizer,
  type Shape,
  type Tensor,
} from "../../src/index.js";
import { difference, magnitudeOf } from "../laws/check.js";
import { build, numbersOf, poison, type Live } from "../run.js";
import { eachTarget, isTriedIn } from "../targets.js";

type Numbers = readonly number[];
type Named = Readonly<Record<string, Numbers>>;

interface Case {
  readonly activation: "tanh" | "softplus" | "relu";
  readonly precision: "float32" | "float64";
  readonly parameters: Named;
  readonly inputs: Named;
  readonly penalty: { readonly value: number; readonly gradients: Named };
  readonly product: { readonly vectors: Named; readonly values: Named };
  readonly training: Readonly<Record<"sgd" | "adam", { readonly losses: Numbers; readonly parameters: Named }>>;
}

const { cases, shapes } = JSON.parse(
  readFileSync(new URL("../reference/secondGradients.json", import.meta.url), "utf8"),
) as {
  cases: readonly Case[];
  shapes: Readonly<Record<string, Shape>>;
};

const w1 = param("w1", [17, 3], 0);
const b1 = param("b1", [17], 0);
const w2 = param("w2", [17, 17], 0);
const b2 = param("b2", [17], 0);
const w3 = param("w3", [1, 17], 0);
const b3 = param("b3", [1], 0);
const all = { w1, b1, w2, b2, w3, b3 };

const [fake, real, mixed] = [input("fake", ["rows", 3]), input("real", ["rows", 3]), input("mixed", ["rows", 3])];
const target = input("target", ["rows", 1]);

type Rows = Tensor<["rows", 3]>;

function critic(x: Rows, activation: Case["activation"]): Tensor<["rows", 1]> {
  const first = x.matmul(w1.transpose()).add(b1)[activation]();
  const second = first.matmul(w2.transpose()).add(b2)[activation]();
  return second.matmul(w3.transpose()).add(b3);
}

const penaltyOf = (activation: Case["activation"]): Tensor<[]> =>
  gradient(critic(mixed, activation).sum(), mixed).norm(2, 1).sub(1).square().mean();

function lossOf(activation: Case["activation"]): Tensor<[]> {
  const distance = critic(fake, activation).mean().sub(critic(real, activation).mean());
  return distance.add(penaltyOf(activation).mul(10));
}

/** The gradient of the sum of (gradient . vector) over all parameters. */
function hessianTimes(vectors: Readonly<Record<keyof typeof all, Tensor<Shape>>>, activation: Case["activation"]) {
  const loss = critic(mixed, activation).sub(target).square().mean();
  const slopes = gradient(loss, all);
  const names = Object.keys(all) as (keyof typeof all)[];
  const along = names
    .map((name): Tensor<[]> => (slopes[name] as Tensor<Shape>).mul(vectors[name]).sum())
    .reduce((sum, each) => sum.add(each));
  return gradient(along, all);
}

const optimizers: Readonly<Record<"sgd" | "adam", () => Optimizer>> = {
  sgd: () => sgd({ lr: 0.005, momentum: 0.5 }),
  adam: () => adam({ lr: 0.01 }),
};

/** Puts the recorded parameters into an instance. */
function start(live: Live, parameters: Named): void {
  for (const [name, values] of Object.entries(parameters)) live.parameters[name]?.set(values);
}

function compare(what: string, found: ArrayLike<number>, wanted: Numbers, by: number): void {
  expect(difference(what, found, wanted, () => by * Math.max(1, magnitudeOf(wanted)))).toBeNull();
}

describe.each(eachTarget)("on %s", (name, target_) => {
  const tried = cases.filter(({ precision }) => isTriedIn(name, precision));
  describe.each(tried.map((each) => [each.activation, each.precision, each] as const))(
    "%s in %s",
    (_, __, recorded) => {
      const { activation, precision, parameters, inputs } = recorded;
      const [unit, slope] = precision === "float64" ? [1e-10, 1e-10] : [1e-5, 1e-4];
      const dims = { rows: 8 };

      test("the penalty and its gradient", () => {
        const penalty = penaltyOf(activation);
        const outputs = { penalty, ...gradient(penalty, all) };
        const live = build(model("penalty", { precision, dims, functions: { run: compute(outputs) } }), {
          target: target_,
        });
        start(live, parameters);
        poison(live);
        const found = live.call("run", { mixed: inputs["mixed"] as Numbers });
        compare("penalty", numbersOf(found["penalty"]), [recorded.penalty.value], unit);
        for (const [name, wanted] of Object.entries(recorded.penalty.gradients)) {
          compare(name, numbersOf(found[name]), wanted, slope);
        }
      });

      test("a Hessian times a vector", () => {
        const vectors = Object.fromEntries(
          Object.keys(all).map((name) => [name, input(`v.${name}`, shapes[name] as Shape)]),
        ) as Record<keyof typeof all, Tensor<Shape>>;
        const live = build(
          model("product", { precision, dims, functions: { run: compute(hessianTimes(vectors, activation)) } }),
          { target: target_ },
        );
        start(live, parameters);
        poison(live);
        const given = Object.fromEntries(
          Object.entries(recorded.product.vectors).map(([name, values]) => [`v.${name}`, values]),
        );
        const found = live.call("run", {
          mixed: inputs["mixed"] as Numbers,
          target: inputs["target"] as Numbers,
          ...given,
        });
        for (const [name, wanted] of Object.entries(recorded.product.values)) {
          compare(name, numbersOf(found[name]), wanted, slope);
        }
      });

      test.each(["sgd", "adam"] as const)("training with %s, the penalty in the loss", (name) => {
        const wanted = recorded.training[name];
        const train = minimize(lossOf(activation), optimizers[name]());
        const live = build(model("critic", { precision, dims, functions: { train } }), { target: target_ });
        start(live, parameters);
        const given = Object.fromEntries(["fake", "real", "mixed"].map((each) => [each, inputs[each] as Numbers]));
        const losses = wanted.losses.map(() => {
          poison(live);
          return live.call("train", given)["loss"] as number;
        });
        compare("losses", losses, wanted.losses, slope);
        for (const [each, values] of Object.entries(wanted.parameters)) {
          compare(each, live.parameters[each] as Float32Array, values, slope);
        }
      });
    },
  );
});
