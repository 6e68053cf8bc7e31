/**
 * exp: x = k ln 2 + r with |r| <= ln 2 / 2, and exp x = 2^k exp r (Cody and Waite 1980, chapter 6).
 *
 * With r coth(r/2) = 2 + r^2 P(r^2) and q = r - r^2 P(r^2), exp r = 1 + r + r q / (2 - q), the form that fdlibm made
 * known: half the coefficients of a polynomial for one division. ln 2 is subtracted in two parts, the first short
 * enough that k times it is exact; the second joins the small terms.
 */
import { add, call, constant, div, lt, mul, select, sub, unary, type Scalar, type ScalarFunction } from "../scalar.js";
import { define, polynomial } from "./define.js";

/** The first 32 bits of ln 2, and the rest. */
export const LN2_HIGH = 0.6931471803691238;
export const LN2_LOW = 1.9082149292705877e-10;

/** (r coth(r/2) - 2) / r^2 in r^2, for |r| <= ln 2 / 2: minimax, 2^-58.8 after the digits were cut. */
const P = [0.16666666666666602, -0.0027777777777009, 6.613756319e-5, -1.6533899e-6, 4.138e-8];

/** e^(x + rest), for pow, whose exponent is such a sum; |rest| is far below 1. */
export const expSum64: ScalarFunction = define(
  "expSum",
  ["x", "rest"],
  "f64",
  "e^(x + rest), rest being tiny: 2^k (1 + r + r q / (2 - q)) with x = k ln 2 + r.",
  (local, x, rest) => {
    // Beyond these bounds the result is 0 or Infinity all the same; within them k fits two powers of two.
    const bounded = local("bounded", clamp(x as Scalar, -746, 710));
    const k = local("k", unary("floor", add(mul(bounded, Math.LOG2E), 0.5)));
    const high = local("high", sub(bounded, mul(k, LN2_HIGH)));
    const low = local("low", sub(mul(k, LN2_LOW), rest as Scalar));
    const r = local("r", sub(high, low));
    const z = local("z", mul(r, r));
    const q = local("q", sub(r, mul(z, polynomial(z, P))));
    // 1 + high is far above the other terms: its rounding error joins them, and only the rounding of the last addition
    // counts.
    const main = local("main", add(1, high));
    const lost = sub(high, sub(main, 1));
    const y = local("y", add(main, add(lost, sub(div(mul(r, q), sub(2, q)), low))));
    // Two steps: 2^k alone would lose the subnormal results and those near the largest number.
    const half = local("half", unary("floor", mul(k, 0.5)));
    // Below -746 the second is 0: a product that underflows takes processors a hundred times as long.
    const second = select(lt(x as Scalar, -746), constant(0), unary("exp2i", sub(k, half)));
    return mul(mul(y, unary("exp2i", half)), second);
  },
);

export const exp64: ScalarFunction = define("exp", ["x"], "f64", "e^x within 1 ulp.", (_, x) =>
  call(expSum64, x as Scalar, constant(0)),
);

/** x within [low, high]; NaN stays. */
export function clamp(x: Scalar, low: number, high: number): Scalar {
  return select(lt(x, low), constant(low), select(lt(high, x), constant(high), x));
}
