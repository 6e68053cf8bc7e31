import { abstractNegative } from "../ir/abstractValue.js";
import { isOp } from "../ir/graph.js";
import { addMethods, literal } from "../ir/op.js";
import type { Expression } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { broadcastTo } from "./broadcast.js";
import { unaryOp } from "./elementwise.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /** `-x`, elementwise. The gradient is `-dy`. */
    neg<R extends Shape>(this: Tensor<R>): Tensor<R>;
  }

  interface HostNumber {
    /** `-x`. */
    neg(): HostNumber;
  }
}

export const neg = unaryOp({
  name: "neg",
  noun: "negative",
  scalar: "neg",
  elements: ["float", "int32", "scalar"],
  evaluate: (x) => -x,
  abstract: abstractNegative,
  strict: true,
  exactOnIntegers: true,
  simplify(x, node): Expression | undefined {
    if (x.number !== undefined) return broadcastTo(literal(-x.number, node.element), node.shape);
    return isOp(x, neg) ? x.args[0]?.expression : undefined;
  },
  gradient: (cotangent): Expression => neg(cotangent),
});

addMethods({ neg });
