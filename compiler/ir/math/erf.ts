/**
 * erf: x + x S(x^2) below 1 in size, else 1 - exp(-x^2) L(t) with t = (x - 2) / (x + 2), with the sign of x. The term
 * that is added to x or taken from 1 is below a sixth of it, so that its own roundings hardly count. The split of
 * exp(-x^2) from a function that varies slowly is Cody's (1969), the variable t Shepherd and Laframboise's (1981).
 *
 * Beyond 6, where the result is 1 from 5.93 on, x is taken as 6.
 */
import {
  add,
  call,
  constant,
  convert,
  div,
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

/** erf(x) / x - 1 in x^2, for |x| <= 1: minimax relative to erf(x) / x, 2^-55.0 after the digits were cut. */
const S = [
  0.12837916709551256, -0.3761263890318352, 0.11283791670944185, -0.026866170643111458, 0.005223977606118393,
  -0.0008548325929310457, 0.0001205529357677747, -1.492471229961e-5, 1.6447131541262e-6, -1.62063135252e-7,
  1.3710979372e-8, -7.77946654e-10,
];

/** (1 - erf x) exp(x^2) in t, for 1 <= x <= 6: minimax with the weight exp(-x^2) / erf x, 2^-56.8 with the digits cut. */
const L = [
  0.25539567631050575, -0.42718584741395677, 0.24165819424246693, -0.07897858101645597, 0.003732892398590245,
  0.00699746179009296, -0.0008471425724765, -0.00098197658417703, 4.35353126897e-5, 0.0001742876999208, 2.7630884465e-5,
  -2.65870227254e-5, -1.2622091791e-5,
];

export const erf64: ScalarFunction = define(
  "erf",
  ["x"],
  "f64",
  "The error function within 1.5 ulp: x + x S(x^2), and 1 - e^(-x^2) L((x - 2) / (x + 2)) from 1.",
  (local, parameter) => {
    const x = parameter as Scalar;
    const given = unary("abs", x);
    const size = local("size", select(lt(6, given), constant(6), given));
    const z = local("z", mul(size, size));
    const t = local("t", div(sub(size, 2), add(size, 2)));
    const large = local("large", sub(1, mul(call(exp64, unary("neg", z)), polynomial(t, L))));
    const small = add(x, mul(x, polynomial(z, S)));
    return select(lt(size, 1), small, select(lt(x, 0), unary("neg", large), large));
  },
);

/**
 * The gelu needs 1 + erf(x / sqrt 2), where 1 nearly cancels for erf near -1. Hence f64: it costs little beside the
 * exponential, and rounds once.
 */
export const erf32: ScalarFunction = define(
  "erf32",
  ["x"],
  "f32",
  "The error function of a float32 within 0.51 ulp, in f64 and rounded once.",
  (_, x) => convert(call(erf64, convert(x as Scalar, "f64")), "f32"),
);
