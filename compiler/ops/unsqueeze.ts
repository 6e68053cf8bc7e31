import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import type { Expression } from "../ir/op.js";
import { addMethods } from "../ir/op.js";
import type { CheckPlace, Insert, Shape } from "../ir/shape.js";
import { one, printShape } from "../ir/size.js";
import { reshape } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The same elements with a new axis of size 1 at position `axis` of the result. Negative numbers count from the end
     * of the result: -1 adds a last axis. The gradient is `dy` without it.
     */
    unsqueeze<R extends Shape, const A extends number>(
      this: Tensor<R>,
      axis: A & CheckPlace<R, A, "unsqueeze">,
    ): Tensor<Insert<R, A, [1]>>;
  }

  interface IntTensorMethods {
    /**
     * The same elements with a new axis of size 1 at position `axis` of the result. Negative numbers count from the end
     * of the result: -1 adds a last axis.
     */
    unsqueeze<R extends Shape, const A extends number>(
      this: IntTensor<R>,
      axis: A & CheckPlace<R, A, "unsqueeze">,
    ): IntTensor<Insert<R, A, [1]>>;
  }

  interface BoolTensorMethods {
    /**
     * The same elements with a new axis of size 1 at position `axis` of the result. Negative numbers count from the end
     * of the result: -1 adds a last axis.
     */
    unsqueeze<R extends Shape, const A extends number>(
      this: BoolTensor<R>,
      axis: A & CheckPlace<R, A, "unsqueeze">,
    ): BoolTensor<Insert<R, A, [1]>>;
  }
}

/** Where an axis stands in a tensor that has one more than `x`, counted from 0; negative numbers count from the end. */
export function placeOf(name: string, axis: number, x: Expression): number {
  const rank = x.shape.length;
  const found = axis < 0 ? axis + rank + 1 : axis;
  if (Number.isInteger(axis) && found >= 0 && found <= rank) return found;
  return fail({
    code: "invalid-axis",
    message: `${name}: there is no place ${typeof axis === "number" ? axis : describeValue(axis)} for an axis in ${printShape(x.shape)}`,
    expected: `a place from ${-rank - 1} to ${rank}`,
    found: describeValue(axis),
  });
}

/** One more axis, of size 1. */
export function unsqueeze(x: Expression, axis: number): Expression {
  const place = placeOf("unsqueeze", axis, x);
  return reshape.node([x], { shape: [...x.shape.slice(0, place), one, ...x.shape.slice(place)] });
}

addMethods({ unsqueeze });
