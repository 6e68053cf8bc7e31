/** How the definitions of this folder are written: parameters in, named parts on the way, one result. */
import {
  add,
  constant,
  lt,
  mul,
  select,
  sub,
  variable,
  type Scalar,
  type ScalarFunction,
  type ScalarType,
} from "../scalar.js";

/** Gives a part of a definition the name that the emitted code and the formulas in comments use. */
export type Local = (name: string, value: Scalar) => Scalar;

/** A scalar function whose parameters all have one type. */
export function define(
  name: string,
  parameters: readonly string[],
  type: ScalarType,
  doc: string,
  build: (local: Local, ...parameters: readonly Scalar[]) => Scalar,
): ScalarFunction {
  const names = new Map<Scalar, string>();
  const local: Local = (label, value) => {
    names.set(value, label);
    return value;
  };
  const result = build(local, ...parameters.map((each) => variable(each, type)));
  return { name, parameters: parameters.map((each) => ({ name: each, type })), result, doc, names };
}

/** `c0 + x (c1 + x (c2 + ...))`. */
export function polynomial(x: Scalar, coefficients: readonly number[]): Scalar {
  return coefficients
    .map((each) => constant(each, x.type))
    .reduceRight((higher, coefficient) => add(coefficient, mul(x, higher)));
}

/** The whole number nearest to x, for |x| up to 2^22 (f32) or 2^51 (f64): the sum is rounded where its last bit counts 1. */
export function nearest(x: Scalar): Scalar {
  const magic = 1.5 * 2 ** (x.type === "f32" ? 23 : 52);
  return sub(add(x, magic), magic);
}

/** x within [low, high], as a SIMD maximum and minimum; NaN stays. */
export function bound(x: Scalar, low: number, high: number): Scalar {
  const raised = select(lt(x, low), constant(low, x.type), x);
  return select(lt(high, raised), constant(high, x.type), raised);
}
