import { addMethods } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { unaryOp } from "./elementwise.js";
import { exp } from "./exp.js";
import { mul } from "./mul.js";
import { neg } from "./neg.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** The error function, elementwise. The gradient is `2 / sqrt(pi) e^(-x^2) dy`. */
    erf<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** The error function. */
    erf(): HostNumber;
  }
}

/**
 * erf in double, for the interpreter: its series below 1, from there 1 minus the continued fraction of erfc. It shares
 * nothing with the definition that the targets print.
 */
function errorFunction(x: number): number {
  const size = Math.abs(x);
  if (Number.isNaN(x) || size > 6) return Math.sign(x);
  if (size >= 1) {
    let fraction = size;
    for (let k = 300; k > 0; k--) fraction = size + k / 2 / fraction;
    return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / fraction);
  }
  let sum = 0;
  // The smallest terms first.
  for (let n = 25; n >= 0; n--) {
    let term = 1 / (2 * n + 1);
    for (let k = 1; k <= n; k++) term *= (-x * x) / k;
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * x * sum;
}

// d(erf x) = 2 / sqrt(pi) e^(-x^2) dx
export const erf = unaryOp({
  name: "erf",
  scalar: "erf",
  evaluate: errorFunction,
  gradient: (cotangent, x) => mul(cotangent, mul(exp(neg(mul(x, x))), 2 / Math.sqrt(Math.PI))),
});

addMethods({ erf });
