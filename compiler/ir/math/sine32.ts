/**
 * sin and cos in float32: x = k pi + r with |r| <= pi/2, and sin x = +-sin r by the parity of k (Cody and Waite 1980,
 * chapter 8). For cos, k is half of an odd number.
 *
 * r is formed in f64: in f32 a large x would need pi in many parts. Of two parts of pi, the first has 24 bits, so that
 * its product with k and the subtraction are exact up to |x| = 2^30; r is then right to 2^-47. Up to |x| = 2^21 that
 * disappears in the result even where it is nearest to 0 (1.94 ulp, all arguments tried); farther, results nearest to 0 are
 * off by more of their own ulps (36 up to 2^24, 5,600 up to 2^30), and all stay within 2^-23. A larger x counts as 0, as
 * in f64. All the rest is f32: a polynomial on [-pi/2, pi/2] costs less than two on half of it and a choice.
 */
import {
  add,
  and,
  constant,
  convert,
  eq,
  lt,
  mul,
  ne,
  select,
  sub,
  unary,
  type Scalar,
  type ScalarFunction,
} from "../scalar.js";
import { define, nearest, polynomial, type Local } from "./define.js";

const PI = [3.141592502593994, 1.5099579909788781e-7] as const;

/**
 * (sin r - r) / r^3 in r^2 for |r| <= pi/2: minimax of degree 3 with the weight r^3 / sin r, 2^-27.3, cut to float32 and the
 * last bits varied over all r: the largest error went from 2.07 to 1.85 ulp, and no result is above 1.
 */
const S = [-0.166666597, 0.00833307113, -0.000198096866, 2.60551246e-6];

/** x, or 0 where it is too large, or NaN. */
function near(x: Scalar, size: Scalar, local: Local): Scalar {
  return convert(local("near", select(lt(2 ** 30, size), mul(x, 0), x)), "f64");
}

/** sin r for r = x - turns pi. */
function sine(x: Scalar, turns: Scalar, local: Local): Scalar {
  const r = local("r", convert(sub(sub(x, mul(turns, PI[0])), mul(turns, PI[1])), "f32"));
  const z = local("z", mul(r, r));
  return local("y", add(r, mul(z, mul(r, polynomial(z, S)))));
}

function isOdd(whole: Scalar): Scalar {
  return ne(and(convert(whole, "i32"), 1), 0);
}

export const sin32: ScalarFunction = define(
  "sin32",
  ["x"],
  "f32",
  "The sine of a float32 within 2 ulp for |x| up to 2^21, within 2^-23 up to 2^30: +-sin r with x = k pi + r.",
  (local, parameter) => {
    const given = parameter as Scalar;
    const x = near(given, unary("abs", given), local);
    const k = local("k", nearest(mul(x, 1 / Math.PI)));
    const y = sine(x, k, local);
    // sin -0 = -0.
    return select(eq(given, 0), given, select(isOdd(k), unary("neg", y), y));
  },
);

export const cos32: ScalarFunction = define(
  "cos32",
  ["x"],
  "f32",
  "The cosine of a float32 within 2 ulp for |x| up to 2^21, within 2^-23 up to 2^30: +-sin r with |x| = (k + 1/2) pi + r.",
  (local, parameter) => {
    const size = local("size", unary("abs", parameter as Scalar));
    const x = near(size, size, local);
    const k = local("k", nearest(sub(mul(x, 1 / Math.PI), 0.5)));
    const y = sine(x, add(k, constant(0.5)), local);
    return select(isOdd(k), y, unary("neg", y));
  },
);
