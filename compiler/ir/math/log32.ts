/**
 * log in float32: x = 2^k m with m in [1/sqrt 2, sqrt 2], and log x = k ln 2 + log m, with a polynomial for log m, because
 * a division costs as much as the coefficients that it would save.
 *
 * k is the exponent of sqrt 2 x, which makes m centred without a comparison. x is scaled before: up where it may be
 * subnormal, else by 1/4, so that neither sqrt 2 x nor 2^-k leaves the range of normal numbers.
 */
import { add, constant, eq, le, lt, mul, select, sub, unary, type Scalar, type ScalarFunction } from "../scalar.js";
import { define, polynomial } from "./define.js";

/** The first 16 bits of ln 2, whose product with k is exact, and the rest. */
const LN2_HIGH = 0.693145751953125;
const LN2_LOW = 1.428606765330187e-6;

/**
 * (log (1 + f) - f) / f^2 for 1 + f in [1/sqrt 2, sqrt 2]: minimax of degree 8 with the weight f^2 / log (1 + f) and the
 * first coefficient given, 2^-27.3 (2^-27.0 cut to float32), the last bits varied against a sample. The largest error of all arguments is 0.905 ulp.
 */
const Q = [
  -0.5, 0.333333313, -0.250008345, 0.20001255, -0.166232362, 0.142013997, -0.131628424, 0.127641872, -0.0762322322,
];

export const log32: ScalarFunction = define(
  "log32",
  ["x"],
  "f32",
  "The natural logarithm of a float32 within 0.91 ulp: k ln 2 + f + f^2 Q(f) with x = 2^k (1 + f).",
  (local, parameter) => {
    const x = parameter as Scalar;
    const tiny = local("tiny", lt(x, 2 ** -100));
    const scaled = local("scaled", mul(x, select(tiny, constant(2 ** 24, "f32"), constant(0.25, "f32"))));
    const power = local("power", unary("exponent", mul(scaled, Math.SQRT2)));
    const k = local("k", add(power, select(tiny, constant(-24, "f32"), constant(2, "f32"))));
    const f = local("f", sub(mul(scaled, unary("exp2i", sub(0, power))), 1));
    const small = add(mul(mul(f, f), polynomial(f, Q)), mul(k, LN2_LOW));
    const y = local("y", add(mul(k, LN2_HIGH), add(f, small)));
    // log 0 = -Infinity, log of a negative is NaN; Infinity and NaN are their own logarithms.
    const edge = select(eq(x, 0), constant(-Infinity, "f32"), constant(NaN, "f32"));
    return select(le(x, 0), edge, select(lt(x, Infinity), y, x));
  },
);
