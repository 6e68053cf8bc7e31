/**
 * tanh in float32, by the addition theorem: x = k (ln 2 / 2) + h with |h| <= ln 2 / 4. With s = 2^k,
 * tanh(k ln 2 / 2) = (s - 1) / (s + 1), and tanh h = h / (1 + w) with 1 + w = h coth h. So
 *
 *   tanh x = ((s - 1) (1 + w) + (s + 1) h) / ((s + 1) (1 + w) + (s - 1) h)
 *
 * which has one form for all x, needs two coefficients for its one division, and is odd to the last bit, because -x
 * changes only a power of two on both sides of the fraction. The 1 is multiplied out: s - 1 and s + 1, the large parts,
 * are exact where it matters.
 *
 * ln 2 / 2 in float32 has 21 bits and the next 8 are right by luck: its product with k is exact or, for k > 8, wrong by
 * less than the slope of tanh there lets through. No second part is subtracted.
 */
import { add, div, mul, sub, unary, type Scalar, type ScalarFunction } from "../scalar.js";
import { bound, define, nearest, polynomial } from "./define.js";

/**
 * (h coth h - 1) / h^2 in h^2 for |h| <= ln 2 / 4: minimax of degree 1 with the weight h^2, 2^-28.8. The error, at most
 * 2.596 ulp over all arguments, comes from the roundings of numerator, denominator and quotient.
 */
const W = [0.33333250880241394, -0.022133702412247658];

export const tanh32: ScalarFunction = define(
  "tanh32",
  ["x"],
  "f32",
  "The hyperbolic tangent of a float32 within 2.6 ulp: that of k ln 2 / 2 + h with h coth h = 1 + w and s = 2^k.",
  (local, x) => {
    // tanh 9.02 rounds to 1.
    const bounded = local("bounded", bound(x as Scalar, -9.02, 9.02));
    const k = local("k", nearest(mul(bounded, 2 * Math.LOG2E)));
    const h = local("h", sub(bounded, mul(k, Math.LN2 / 2)));
    const z = local("z", mul(h, h));
    const w = local("w", mul(z, polynomial(z, W)));
    const s = local("s", unary("exp2i", k));
    const sum = local("sum", add(s, 1));
    // 1 - s, not s - 1, whose zero would turn the result for -0 into 0.
    const difference = local("difference", sub(1, s));
    const numerator = sub(sub(mul(sum, h), mul(difference, w)), difference);
    const denominator = add(sub(mul(sum, w), mul(difference, h)), sum);
    return div(numerator, denominator);
  },
);
