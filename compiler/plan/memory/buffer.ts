/** Pieces of the instance's memory, before they have a place in it. */
import type { NodeId } from "../../ir/ids.js";
import type { ElementType } from "../../ir/op.js";
import type { ScalarType } from "../../ir/scalar.js";
import { add, evaluate, mul, one, size, zero, type Size } from "../../ir/size.js";

export type Category = "parameters" | "optimizerState" | "state" | "constants" | "inputs" | "gradients" | "activations";

export interface Buffer {
  /** Unique in its module. */
  readonly id: string;
  /** In the user's words, for names of locals and for reports: `hidden.weight`, `hidden.weight.exp_avg`. */
  readonly label: string;
  readonly type: ScalarType;
  /** Run-time sizes. */
  readonly shape: readonly Size[];
  /** Elements from one index of an axis to the next, computed from the capacities. */
  readonly strides: readonly number[];
  /** Elements in all, at capacity. */
  readonly length: number;
  readonly category: Category;
  /** The node of its function whose value it holds; null for what lies in memory before the first kernel. */
  readonly node: NodeId | null;
}

export const bytesOf: Readonly<Record<ScalarType, number>> = { f64: 8, f32: 4, i32: 4, bool: 1 };

export function scalarTypeOf(element: ElementType, precision: "float32" | "float64"): ScalarType {
  switch (element) {
    case "float":
      return precision === "float32" ? "f32" : "f64";
    case "int32":
      return "i32";
    case "bool":
      return "bool";
    case "scalar":
    case "double":
      return "f64";
  }
}

/** Row-major strides of a shape whose named dimensions are at their capacities. */
export function capacityStrides(
  shape: readonly Size[],
  dims: Readonly<Record<string, number>>,
): { readonly strides: readonly number[]; readonly length: number } {
  const strides: number[] = [];
  let length = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides.unshift(length);
    length *= evaluate(shape[axis] as Size, (name) => dims[name]);
  }
  return { strides, length };
}

/** The offset of an element, from the first. */
export function offsetAt(buffer: Buffer, index: readonly Size[]): Size {
  return index.reduce((sum, each, axis) => add(sum, mul(each, size(buffer.strides[axis] as number))), zero);
}

/** The shape without the axes of size 1: two loops are the same if these are equal. */
export function spaceOf(shape: readonly Size[]): readonly Size[] {
  return shape.filter((each) => each.key !== one.key);
}
