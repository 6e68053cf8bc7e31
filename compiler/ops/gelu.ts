import { fail } from "../diagnostics.js";
import { checkOptions } from "../ir/guards.js";
import type { Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { add } from "./add.js";
import { requireElement } from "./elementwise.js";
import { erf } from "./erf.js";
import { exp } from "./exp.js";
import { mul } from "./mul.js";
import { sub } from "./sub.js";
import { tanh } from "./tanh.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * x times the distribution function of the normal distribution at x (Hendrycks and Gimpel 2016): `x / 2 (1 + erf(x
     * / sqrt(2)))`, or, with `approximate: "tanh"`, `x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))`, as in PyTorch.
     * The gradient is `(p + x p') dy`, where the result is x p.
     */
    gelu<R extends Shape>(this: Tensor<R>, options?: { readonly approximate?: "none" | "tanh" }): Tensor<R>;
  }
}

type Approximate = "none" | "tanh";

const SLOPE = Math.sqrt(2 / Math.PI);
const CUBE = 0.044715;

/** tanh(sqrt(2 / pi) (x + 0.044715 x^3)) */
const inner = (x: Expression): Expression => tanh(mul(mul(x, SLOPE), add(mul(mul(x, x), CUBE), 1)));

/** The factor of x: (1 + erf(x / sqrt 2)) / 2 or its approximation. */
const share = (x: Expression, approximate: Approximate): Expression =>
  mul(add(approximate === "tanh" ? inner(x) : erf(mul(x, Math.SQRT1_2)), 1), 0.5);

/** The derivative of the factor. */
function slope(x: Expression, approximate: Approximate): Expression {
  const square = mul(x, x);
  if (approximate === "none") return mul(exp(mul(square, -0.5)), SLOPE / 2);
  const y = inner(x);
  return mul(sub(1, mul(y, y)), mul(add(mul(square, 3 * CUBE), 1), SLOPE / 2));
}

export const gelu = defineOp<[x: Operand, options?: { approximate?: Approximate }], { approximate: Approximate }>({
  name: "gelu",
  parse(x, options = {}) {
    checkOptions("gelu", options, ["approximate"]);
    const { approximate = "none" } = options;
    if (!["none", "tanh"].includes(approximate)) {
      fail({
        code: "invalid-argument",
        message: "gelu: there is no such approximation",
        expected: `"none" or "tanh"`,
        found: JSON.stringify(approximate),
      });
    }
    return { args: [x], attributes: { approximate } };
  },
  infer([x]) {
    requireElement("gelu", x, ["float"]);
    return x;
  },
  expand: ([x], { approximate }) => mul(x, share(x, approximate)),
  gradient({ args: [x], attributes: { approximate }, cotangent }) {
    return [mul(cotangent, add(share(x, approximate), mul(x, slope(x, approximate))))];
  },
});

addMethods({ gelu });
