/** Tensors beside each other along a new axis. */
import type { Expression } from "../ir/op.js";
import type { CheckPlace, Insert } from "../ir/shape.js";
import type { ShapeOf } from "./where.js";
import { checkTogether, concat, tensorsOf } from "./concat.js";
import type { AnyTensor, CheckTogether, Cleared, Joined, OneElement, Together } from "./concat.js";
import { placeOf, unsqueeze } from "./unsqueeze.js";

export interface Stack {
  /**
   * Tensors of one shape beside each other along a new axis, which is axis `axis` (default 0) of the result: three of
   * [batch, 10] make [3, batch, 10], or [batch, 10, 3] along -1. The gradient of each operand is its own part of `dy`.
   */
  <const X extends readonly AnyTensor[], const A extends number = 0>(
    tensors: X & CheckTogether<X, null, "stack">,
    axis?: A & CheckPlace<ShapeOf<X[0]>, A, "stack">,
  ): Joined<OneElement<X>, Insert<Cleared<Together<X, null, "stack">>, A, [X["length"]]>>;
}

/** Tensors of one shape beside each other along a new axis. */
export function stack(tensors: readonly Expression[], axis = 0): Expression {
  const list = tensorsOf("stack", tensors);
  checkTogether("stack", list, null);
  const place = placeOf("stack", axis, list[0] as Expression);
  return concat(
    list.map((each) => unsqueeze(each, place)),
    place,
  );
}
