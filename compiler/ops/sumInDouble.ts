/** The sum of a whole tensor, kept in double: decisions about an update rest on such sums. */
import type { Expression } from "../ir/op.js";
import { defineOp } from "../ir/op.js";
import { add, constant, convert, type Scalar } from "../ir/scalar.js";
import { cast } from "./cast.js";
import { requireElement } from "./elementwise.js";

const sumInDouble = defineOp<[x: Expression], { axes: readonly number[] }>({
  name: "total",
  parse: (x) => ({ args: [x], attributes: { axes: x.shape.map((_, axis) => axis) } }),
  infer([x]) {
    requireElement("total", x, ["float"]);
    return { shape: [], element: "double" };
  },
  lowering: {
    kind: "reduce",
    axes: ({ axes }) => axes,
    reducer: {
      initial: () => [constant(0, "f64")],
      step: ([sum], value) => [add(sum as Scalar, convert(value, "f64"))],
      merge: ([left], [right]) => [add(left as Scalar, right as Scalar)],
      result: ([sum]) => sum as Scalar,
    },
  },
  perturbation: (run, _, bound) => run(bound),
  evaluate: ([x]) => Float64Array.of(x.data.reduce((sum, each) => sum + each, 0)),
});

/** The sum of all elements of a float tensor, a number that kernels keep in double whatever the model's precision. */
export const total = (x: Expression): Expression =>
  x.shape.length === 0 ? cast.node([x], { to: "double" }) : sumInDouble(x);
