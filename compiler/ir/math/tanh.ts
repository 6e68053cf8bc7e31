/**
 * tanh: x - x w / (1 + w) below 0.55 in size, where x coth x = 1 + w(x^2), else 1 - 2 / (exp 2x + 1), with the sign of x
 * (the split is Cody and Waite's 1980, chapter 13). Both sides are one number plus one quotient, so that they share the
 * division; each has its correction below half of the result.
 */
import {
  add,
  call,
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
import { define, polynomial } from "./define.js";
import { exp64 } from "./exp.js";

/** (x coth x - 1) / x^2 in x^2, for |x| <= 0.55: minimax, 2^-54.2 after the digits were cut. */
const W = [
  0.33333333333332216, -0.0222222222212366, 0.00211640208762, -0.0002116398163, 2.1374901e-5, -2.1527e-6, 1.945e-7,
];

export const tanh64: ScalarFunction = define(
  "tanh",
  ["x"],
  "f64",
  "The hyperbolic tangent within 2 ulp: x - x w / (1 + w) with x coth x = 1 + w, and 1 - 2 / (e^2x + 1) from 0.55.",
  (local, parameter) => {
    const x = parameter as Scalar;
    const size = local("size", unary("abs", x));
    const small = local("small", lt(size, 0.55));
    const z = local("z", mul(x, x));
    const w = local("w", mul(z, polynomial(z, W)));
    const numerator = select(small, mul(size, w), constant(2));
    const denominator = select(small, add(1, w), add(call(exp64, add(size, size)), 1));
    const y = local("y", sub(select(small, size, constant(1)), div(numerator, denominator)));
    // tanh -0 = -0.
    return select(lt(x, 0), unary("neg", y), select(eq(x, 0), x, y));
  },
);
