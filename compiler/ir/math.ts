/**
 * optimc's own mathematics: each elementary function is defined once, in scalar operations that every engine and every
 * target computes alike; targets print the definitions as any other code. Only +, -, *, /, sqrt, floor, abs,
 * comparisons, selects and the bit primitives occur; both sides of a select may be computed.
 *
 * The definitions of type f32 are for a SIMD target: they have no branches and, except for a few that say so, compute
 * in f32 alone, with each operation rounded, so that vectors and single elements get the same bits. Elsewhere an f32
 * function is the f64 one, rounded once.
 */
import { cos32, sin32 } from "./math/sine32.js";
import { cos64, sin64 } from "./math/sine.js";
import { erf32, erf64 } from "./math/erf.js";
import { exp32 } from "./math/exp32.js";
import { exp64 } from "./math/exp.js";
import { log32 } from "./math/log32.js";
import { log64 } from "./math/log.js";
import { pow32, pow64 } from "./math/pow.js";
import { tanh32 } from "./math/tanh32.js";
import { tanh64 } from "./math/tanh.js";
import type { ScalarFunction, ScalarType, UnaryOperator } from "./scalar.js";

export type MathOperator = UnaryOperator | "pow";

const definitions: { readonly [type in ScalarType]?: { readonly [operator in MathOperator]?: ScalarFunction } } = {
  f64: { exp: exp64, log: log64, tanh: tanh64, sin: sin64, cos: cos64, erf: erf64, pow: pow64 },
  f32: { exp: exp32, log: log32, tanh: tanh32, sin: sin32, cos: cos32, erf: erf32, pow: pow32 },
};

/** The definition of an operator for a type; undefined where the operator is primitive or there is none. */
export function mathFunction(operator: MathOperator, type: ScalarType): ScalarFunction | undefined {
  return definitions[type]?.[operator];
}
