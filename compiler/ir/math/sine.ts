/**
 * sin and cos: x = k pi/2 + r with |r| <= pi/4; k mod 4 says which of +-sin r, +-cos r it is (Cody and Waite 1980,
 * chapter 8).
 *
 * pi/2 is subtracted in three parts of 36, 36 and 53 bits. k times either of the first two is exact while |k| < 2^17,
 * that is for |x| up to 205,000, and there the error stays within 2 ulp, at the zeros too. Beyond, the error grows up to
 * 2^-22 of 1 at |x| = 2^30; a larger x counts as 0, so that the result is always in [-1, 1]. Infinities give NaN.
 */
import {
  add,
  call,
  constant,
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
import { define, polynomial } from "./define.js";

const HALF_PI = [1.5707963267923333, 2.5633441515839558e-12, 1.0562999066987428e-23] as const;

/** (sin r - r) / r^3 in r^2, for |r| <= pi/4: minimax, 2^-57.2 after the digits were cut. */
const S = [-0.16666666666666632, 0.00833333333332253, -0.000198412698299, 2.755731372e-6, -2.5050762e-8, 1.5897e-10];

/** (cos r - 1 + r^2/2) / r^4 in r^2, for |r| <= pi/4: minimax, 2^-60.3 after the digits were cut. */
const C = [
  0.0416666666666666, -0.0013888888888874207, 2.4801587289523e-5, -2.7557314362e-7, 2.08757244e-9, -1.13597e-11,
];

const turned: ScalarFunction = define(
  "turnedSine",
  ["x", "turns"],
  "f64",
  "sin(x + turns pi/2) for whole turns: +-sin r or +-cos r with x = k pi/2 + r; |x| to 205,000, less exact to 2^30.",
  (local, parameter, turns) => {
    const given = parameter as Scalar;
    const x = local("near", select(lt(2 ** 30, unary("abs", given)), mul(given, 0), given));
    const k = local("k", unary("floor", add(mul(x, 2 / Math.PI), 0.5)));
    const first = local("first", sub(x, mul(k, HALF_PI[0])));
    const part = local("part", mul(k, HALF_PI[1]));
    const second = local("second", sub(first, part));
    // The rounding error of the previous subtraction is added to the third part.
    const lost = sub(sub(first, second), part);
    const r = local("r", sub(second, sub(mul(k, HALF_PI[2]), lost)));
    const z = local("z", mul(r, r));
    const sine = add(r, mul(mul(r, z), polynomial(z, S)));
    const half = local("half", mul(0.5, z));
    const rest = local("rest", sub(1, half));
    const cosine = add(rest, add(sub(sub(1, rest), half), mul(mul(z, z), polynomial(z, C))));
    const quarter = local("quarter", add(k, turns as Scalar));
    const pair = local("pair", unary("floor", mul(quarter, 0.5)));
    const y = local("y", select(ne(quarter, add(pair, pair)), cosine, sine));
    const odd = ne(unary("floor", mul(pair, 0.5)), mul(pair, 0.5));
    return select(odd, unary("neg", y), y);
  },
);

export const sin64: ScalarFunction = define("sin", ["x"], "f64", "The sine within 2 ulp.", (_, parameter) => {
  const x = parameter as Scalar;
  // sin -0 = -0.
  return select(eq(x, 0), x, call(turned, x, constant(0)));
});

export const cos64: ScalarFunction = define("cos", ["x"], "f64", "The cosine within 2 ulp.", (_, x) =>
  call(turned, x as Scalar, constant(1)),
);
