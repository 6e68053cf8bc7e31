/**
 * exp in float32: x = k ln 2 + r with |r| <= ln 2 / 2, and exp x = 2^k exp r (Cody and Waite 1980, chapter 6), with a
 * polynomial for exp r, because a division costs more than the coefficients that it would save.
 *
 * ln 2 is subtracted in two parts; k times the first, of 16 bits, is exact. k goes from -150 to 128, one power of two
 * only from -126 to 127: the result is formed 2^64 too large where it may be subnormal and else 2 too small, and the
 * last product, which alone rounds there, sets it right. Below -104 that product is with 0: a product that underflows takes
 * processors a hundred times as long, and masked scores are -Infinity.
 */
import { add, constant, lt, mul, select, sub, unary, type Scalar, type ScalarFunction } from "../scalar.js";
import { bound, define, nearest, polynomial } from "./define.js";

const LN2_HIGH = 0.693145751953125;
const LN2_LOW = 1.428606765330187e-6;

/**
 * (exp r - 1 - r) / r^2 for |r| <= ln 2 / 2: minimax of degree 4 with the weight r^2 / exp r, 2^-28.3, cut to float32
 * one after another and their last bits varied against a sample. The largest error of all arguments is 0.989 ulp.
 */
const P = [0.49999994, 0.166665107, 0.0416682474, 0.00836920459, 0.00138173054];

export const exp32: ScalarFunction = define(
  "exp32",
  ["x"],
  "f32",
  "e^x of a float32 within 0.99 ulp, subnormal results included: 2^k (1 + r + r^2 P(r)) with x = k ln 2 + r.",
  (local, parameter) => {
    const x = parameter as Scalar;
    // Beyond these bounds the result is 0 or Infinity all the same.
    const bounded = local("bounded", bound(x, -104, 89));
    const k = local("k", nearest(mul(bounded, Math.LOG2E)));
    const r = local("r", sub(sub(bounded, mul(k, LN2_HIGH)), mul(k, LN2_LOW)));
    const y = local("y", add(1, add(r, mul(mul(r, r), polynomial(r, P)))));
    const small = local("small", lt(x, -60));
    const shift = select(small, constant(64, "f32"), constant(-1, "f32"));
    const scale = select(small, constant(2 ** -64, "f32"), constant(2, "f32"));
    const back = select(lt(x, -104), constant(0, "f32"), scale);
    return mul(mul(y, unary("exp2i", add(k, shift))), back);
  },
);
