/** Inputs: the tensors that a call provides. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import { defineOp, toShape, type ElementType } from "../ir/op.js";
import type { Size } from "../ir/size.js";
import type { Shape, Writable } from "../ir/shape.js";
import type { TensorOf } from "../ir/tensorMethods.js";
import { checkName, checkShape } from "./declarations.js";

export interface Input {
  /**
   * A named tensor that each call provides. A dimension is a size, or a name for a size that each call decides, up to
   * the model's capacity: `input("x", ["batch", 1000])`. The elements are floats of the model's precision, unless the
   * third argument is `"int32"` or `"bool"`.
   */
  <const S extends Shape, E extends "float" | "int32" | "bool" = "float">(
    name: string,
    shape: S,
    element?: E,
  ): TensorOf<E, Writable<S>>;
}

export type InputElement = "float" | "int32" | "bool";

export const input = defineOp<
  [name: string, shape: readonly (number | string)[], element?: InputElement],
  { name: string; shape: readonly Size[]; element: ElementType }
>({
  name: "input",
  parse(name, shape, element = "float") {
    const what = `input '${checkName("input", name)}'`;
    if (!["float", "int32", "bool"].includes(element)) {
      fail({
        code: "invalid-argument",
        message: `${what}: unknown element type`,
        expected: '"float", "int32" or "bool"',
        found: describeValue(element),
        hint: 'the float precision belongs to the model: model(name, { precision: "float64", ... })',
      });
    }
    const sizes = checkShape(what, toShape(what, shape), true);
    return { args: [], attributes: { name, shape: sizes, element } };
  },
  infer: (_, { shape, element }) => ({ shape, element }),
  lowering: { kind: "leaf" },
});
