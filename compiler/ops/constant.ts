/** Fixed tensors. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import type { Node } from "../ir/graph.js";
import { defineOp, literal, toShape, type Expression } from "../ir/op.js";
import { size, type Size } from "../ir/size.js";
import type { ShapeFault, Known, NestedNumbers, NestedShape, Shape, Writable } from "../ir/shape.js";
import type { TensorOf } from "../ir/tensorMethods.js";
import { checkShape } from "./declarations.js";

type Shaped = { readonly shape: Shape; readonly data: ArrayLike<number> };

type ConstantShape<V> = V extends { readonly shape: infer S extends Shape } ? Writable<S> : Known<NestedShape<V>>;

type CheckConstant<V> = V extends Shaped
  ? unknown
  : NestedShape<V> extends null
    ? ShapeFault<"constant: the rows differ in length">
    : unknown;

export interface Constant {
  /**
   * A tensor of known values: a number, nested lists of equal lengths (up to five deep), or `{ shape, data }` with the
   * data in row-major order. The elements are floats, unless the second argument is `"int32"` or `"bool"`. A constant
   * receives no gradient and is part of the built module.
   */
  <const V extends NestedNumbers | Shaped, E extends "float" | "int32" | "bool" = "float">(
    values: V & CheckConstant<V>,
    element?: E,
  ): TensorOf<E, ConstantShape<V>>;
}

/** The values of a constant. It is a function, so that no rewrite of a graph walks through the data. */
export type DataHandle = () => Float64Array;

interface DataAttributes extends Record<string, unknown> {
  readonly shape: readonly Size[];
  readonly element: "float" | "int32" | "bool";
  readonly values: DataHandle;
}

const data = defineOp<[DataAttributes], DataAttributes>({
  name: "constant",
  parse: (attributes) => ({ args: [], attributes }),
  infer: (_, { shape, element }) => ({ shape, element }),
  lowering: { kind: "leaf" },
  evaluate: (_, { attributes }) => attributes.values(),
});

/** The elements of a node that is a constant, in row-major order; null for any other. */
export function constantElements({
  op,
  attributes,
  shape,
}: Pick<Node, "op" | "attributes" | "shape">): Float64Array | null {
  if (op === data) return (attributes as DataAttributes).values();
  return op === literal && shape.length === 0 ? Float64Array.of(attributes["value"] as number) : null;
}

export type Nested = number | readonly Nested[];

/**
 * A fixed tensor from a number, nested arrays of equal lengths, or `{ shape, data }` in row-major order. The element
 * type is float unless "int32" or "bool" is asked for.
 */
export function constant(
  values: Nested | { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  element: "float" | "int32" | "bool" = "float",
): Expression {
  if (!["float", "int32", "bool"].includes(element)) {
    fail({
      code: "invalid-argument",
      message: "constant: unknown element type",
      expected: '"float", "int32" or "bool"',
      found: describeValue(element),
    });
  }
  const { shape, flat } = flatten(values);
  const { holds, words } = elementsOf[element];
  const wrong = flat.findIndex((value) => typeof value !== "number" || !holds(value));
  if (wrong >= 0) badConstant(words, describeValue(flat[wrong]));
  if (shape.length === 0) return literal(flat[0] as number, element);
  const copy = Float64Array.from(flat);
  return data({ shape: shape.map(size), element, values: () => copy });
}

/** The numbers that each element type can hold, as a test and in words. */
const elementsOf = {
  float: { holds: () => true, words: "numbers" },
  int32: { holds: (value: number) => (value | 0) === value, words: "whole numbers of 32 bits" },
  bool: { holds: (value: number) => value === 0 || value === 1, words: "0 or 1 for each element" },
} as const;

function badConstant(expected: string, found: string): never {
  return fail({ code: "invalid-argument", message: "constant: the values make no tensor", expected, found });
}

function flatten(values: Parameters<typeof constant>[0]): { shape: readonly number[]; flat: readonly number[] } {
  if (typeof values === "number") return { shape: [], flat: [values] };
  if (typeof values === "object" && values !== null && "data" in values) {
    checkShape("constant", toShape("constant", values.shape), false);
    const count = values.shape.reduce((a, b) => a * b, 1);
    const { data } = values;
    if (!Array.isArray(data) && !ArrayBuffer.isView(data)) badConstant("data that is an array", describeValue(data));
    if (data.length !== count)
      badConstant(`${count} numbers for [${values.shape.join(", ")}]`, `${data.length} numbers`);
    return { shape: values.shape, flat: Array.from(data) };
  }
  if (!Array.isArray(values) || values.length === 0)
    return badConstant("a number or non-empty nested arrays", describeValue(values));
  const parts = (values as readonly Nested[]).map(flatten);
  const [first] = parts as [(typeof parts)[number]];
  for (const part of parts) {
    if (String(part.shape) !== String(first.shape)) {
      badConstant("rows of equal shape", `[${String(first.shape)}] beside [${String(part.shape)}]`);
    }
  }
  return { shape: [parts.length, ...first.shape], flat: parts.flatMap((part) => part.flat) };
}
