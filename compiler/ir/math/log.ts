/**
 * log: x = 2^k m with m in [1/sqrt 2, sqrt 2], and log x = k ln 2 + log m.
 *
 * With f = m - 1 and s = f / (2 + f), log m = 2 artanh s = f - s (f - R(s^2)), and since f - 2s = s f, the large part
 * f - f^2/2 is formed exactly enough for 1 ulp (the arrangement is fdlibm's; the coefficients are ours).
 */
import {
  add,
  and,
  constant,
  div,
  eq,
  lt,
  mul,
  select,
  sub,
  unary,
  type Scalar,
  type ScalarFunction,
} from "../scalar.js";
import { define, polynomial, type Local } from "./define.js";
import { LN2_HIGH, LN2_LOW } from "./exp.js";

/** (2 artanh s - 2s) / s^3 in s^2, for m in [1/sqrt 2, sqrt 2]: minimax, 2^-58.3 after the digits were cut. */
const R = [0.6666666666666734, 0.399999999994135, 0.2857142874337, 0.2222219841, 0.181835756, 0.153137, 0.148];

/** k and m of a positive, finite x, subnormal ones included. */
export function decompose(x: Scalar, local: Local): { k: Scalar; m: Scalar } {
  const subnormal = local("subnormal", lt(x, 2 ** -1022));
  const normal = local("normal", select(subnormal, mul(x, 2 ** 54), x));
  const power = local("power", sub(unary("exponent", normal), select(subnormal, constant(54), constant(0))));
  const fraction = local("fraction", unary("mantissa", normal));
  // 1 from the square root of 2 on, else 0; as a number, because a branch would be taken every second time.
  const upper = local("upper", unary("floor", mul(fraction, Math.SQRT1_2)));
  return {
    k: local("k", add(power, upper)),
    m: local("m", mul(fraction, sub(1, mul(0.5, upper)))),
  };
}

export const log64: ScalarFunction = define(
  "log",
  ["x"],
  "f64",
  "The natural logarithm within 1 ulp: k ln 2 + f - f^2/2 + s (f^2/2 + R(s^2)) with x = 2^k (1 + f), s = f / (2 + f).",
  (local, parameter) => {
    const x = parameter as Scalar;
    const { k, m } = decompose(x, local);
    const f = local("f", sub(m, 1));
    const s = local("s", div(f, add(2, f)));
    const z = local("z", mul(s, s));
    const half = local("half", mul(mul(0.5, f), f));
    const small = add(mul(s, add(half, mul(z, polynomial(z, R)))), mul(k, LN2_LOW));
    const y = sub(mul(k, LN2_HIGH), sub(sub(half, small), f));
    // log 0 = -Infinity, log of a negative is NaN; Infinity and NaN are their own logarithms.
    const edge = select(eq(x, 0), constant(-Infinity), select(lt(x, 0), constant(NaN), x));
    return select(and(lt(0, x), lt(x, Infinity)), y, edge);
  },
);
