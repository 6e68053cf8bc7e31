/** What the formulas of the schedules have in common. */
import { asHostNumber, published } from "../../compiler/ir/asTensor.js";
import { literal } from "../../compiler/ir/op.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import * as ops from "../../compiler/ops/index.js";

type Operand = HostNumber | number;

/** A number that methods can be called on. */
export const scalarConstant = (value: number): HostNumber => asHostNumber(literal(value, "scalar"));

/** `condition ? x : y`. */
export const choose = published<(condition: HostNumber, x: Operand, y: Operand) => HostNumber>(ops.where);

/** What x leaves when it is divided by `by`: exact for whole numbers. */
export const remainder = (x: HostNumber, by: Operand): HostNumber => x.sub(x.div(by).floor().mul(by));

/** The smaller of x and a number; x is not NaN. */
export const atMost = (x: HostNumber, most: number): HostNumber => choose(x.lt(most), x, most);

/**
 * From 1 at x = 0 to 0 at x = 1 along a cosine: `(1 + cos(pi x)) / 2`, as the square of a sine, which loses no digits where
 * it is small and is never below 0.
 */
export function halfCosine(x: HostNumber): HostNumber {
  const angle = minus(1, x).mul(Math.PI / 2);
  return angle.sin().named("sine").square();
}

/** From a at x = 0 to b at x = 1. */
export function between(a: Operand, b: Operand, x: HostNumber): HostNumber {
  const way = typeof a === "number" && typeof b === "number" ? b - a : a === 0 ? b : minus(b, a);
  const gone = way === 1 ? x : x.mul(way);
  return a === 0 ? gone : gone.add(a);
}

const minus = (x: Operand, y: Operand): HostNumber => (typeof x === "number" ? scalarConstant(x) : x).sub(y);
