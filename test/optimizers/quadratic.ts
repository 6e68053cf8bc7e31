/**
 * A noisy quadratic with known steps. The gradient in step t is `H p + 0.1 cos(t + i)` with H = [1, 10, 0.1] and
 * i = 0, 1, 2, from p = [1.5, -2, 0.25]; the numbers are the parameters after 1, 10 and 100 steps, made in double from the
 * formulas that each optimizer's documentation names.
 */
import { expect } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { minimize, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { zeros } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { square } from "../../compiler/ops/square.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import type { Target } from "../../compiler/targets/target.js";
import { build, type Live } from "../run.js";

export interface Row {
  readonly optimizer: () => Optimizer;
  /** By the number of steps. */
  readonly after: Readonly<Record<number, readonly number[]>>;
  /** What other functions read after the last steps, and what is kept then. */
  readonly evaluated?: readonly number[];
  readonly state?: Readonly<Record<string, readonly number[]>>;
}

/** A parameter whose gradient is `h p + c`, both given to the call: `train` updates it, `read` reads it. */
export function quadratic(
  optimizer: Optimizer,
  shape: readonly number[],
  precision: "float64" | "float32",
  target: Target,
): Live {
  const [h, c, p] = [input("h", shape), input("c", shape), param("p", shape, zeros())];
  const loss: Expression = sum(add(mul(mul(h, 0.5), square(p)), mul(c, p)));
  const functions = { train: minimize(loss, optimizer), read: { p: mul(p, 1) } };
  return build(model("table", { precision, functions }), { target });
}

/** Relative to the number in double; in float32 to the largest of the tensor. */
function near(
  what: string,
  found: ArrayLike<number>,
  wanted: readonly number[],
  precision: "float64" | "float32",
): void {
  expect(found.length).toBe(wanted.length);
  const largest = Math.max(...wanted.map(Math.abs));
  wanted.forEach((each, i) => {
    const allowed = precision === "float64" ? 1e-11 * Math.abs(each) + 1e-13 : 1e-4 * largest;
    const apart = Math.abs((found[i] as number) - each);
    expect(apart, `${what}[${i}] is ${found[i]}, not ${each}`).toBeLessThanOrEqual(allowed);
  });
}

/** The start, the factors of the gradient, and the offset of element i within the cosine. */
export interface Problem {
  readonly shape: readonly number[];
  readonly start: readonly number[];
  readonly factors: readonly number[];
}

export const vector: Problem = { shape: [3], start: [1.5, -2, 0.25], factors: [1, 10, 0.1] };

export function follow(
  { shape, start, factors }: Problem,
  { optimizer, after, evaluated, state }: Row,
  precision: "float64" | "float32",
  target: Target,
): void {
  const live = quadratic(optimizer(), shape, precision, target);
  live.parameters["p"]?.set(start);
  const last = Math.max(...Object.keys(after).map(Number));
  for (let t = 1; t <= last; t++) {
    live.call("train", { h: [...factors], c: start.map((_, i) => 0.1 * Math.cos(t + i)) });
    const wanted = after[t];
    if (wanted) near(`step ${t} p`, live.parameters["p"] as Float64Array, wanted, precision);
  }
  if (evaluated) near("read", live.call("read")["p"] as Float64Array, evaluated, precision);
  const kept = live.state().functions["train"]?.parameters?.["p"];
  for (const [name, wanted] of Object.entries(state ?? {}))
    near(name, kept?.[name] as ArrayLike<number>, wanted, precision);
}
