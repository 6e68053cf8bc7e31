/**
 * Own mathematics: each elementary function is defined once, in scalar operations that every engine and every target
 * computes alike, and is printed by the targets as any other code. Only +, -, *, /, sqrt, floor, abs, comparisons,
 * selects and the bit primitives occur; both sides of a select may be computed.
 *
 * A definition of type f32, which a SIMD target wants, is one more row.
 */
import { cos64, sin64 } from "./math/sine.js";
import { exp64 } from "./math/exp.js";
import { log64 } from "./math/log.js";
import { pow64 } from "./math/pow.js";
import { tanh64 } from "./math/tanh.js";
import type { ScalarFunction, ScalarType, UnaryOperator } from "./scalar.js";

export type MathOperator = UnaryOperator | "pow";

const definitions: { readonly [type in ScalarType]?: { readonly [operator in MathOperator]?: ScalarFunction } } = {
  f64: { exp: exp64, log: log64, tanh: tanh64, sin: sin64, cos: cos64, pow: pow64 },
};

/** The definition of an operator for a type; undefined where the operator is primitive or there is none. */
export function mathFunction(operator: MathOperator, type: ScalarType): ScalarFunction | undefined {
  return definitions[type]?.[operator];
}
