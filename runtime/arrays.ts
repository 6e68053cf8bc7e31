/** Arrays from callers: recognized by their internal slots, never by their own properties, and read once. */

import { bufferOf, kindOf, lengthOf, reading, refuseFound, typed } from "./refuse.js";
import type { Given, Values, View } from "./tensor.js";

const floats = "Float32Array, Float64Array, Uint8Array, Uint8ClampedArray";
/** For each kind of view, the kinds of arrays from which it can be filled. */
const accepted: Readonly<Record<string, string>> = {
  Float32Array: floats,
  Float64Array: floats,
  Int32Array: "Int32Array, Int16Array, Int8Array, Uint32Array, Uint16Array, Uint8Array, Uint8ClampedArray",
  Uint8Array: "Uint8Array",
};

/**
 * Takes an array from which `view` can be filled; arrays may be nested up to `rank` deep, and a number is taken if
 * `rank` is 0.
 */
export function takeArray(label: string, value: unknown, view: View, rank = 1): Given {
  reading(label);
  const kind = typed(value);
  if (kind && accepted[kindOf(view)]!.includes(kind)) return { values: value as Values };
  const values: unknown[] = [];
  const shape: number[] = [];
  let isEven = true;
  let isDeep = false;
  const add = (row: ArrayLike<unknown>, depth: number): void => {
    const length = typed(row) ? lengthOf(row) : +row.length;
    isDeep ||= depth >= (rank || 1);
    isEven &&= length === (shape[depth] ??= length) && !isDeep;
    // One value more than the capacity is enough: the length is then refused.
    if (isEven && length <= view.length)
      for (let i = 0; i < length; i++) {
        const each = row[i];
        if (typed(each) || Array.isArray(each)) add(each as ArrayLike<unknown>, depth + 1);
        else values.push(each);
      }
  };
  if (Array.isArray(value)) add(value, 0);
  else if (rank || typeof value === "object")
    refuseFound(label, `one of ${accepted[kindOf(view)]}, Array`, kindOf(value));
  else values.push(value);
  if (!isEven || (values.length && values.length !== product(shape)))
    refuseFound(
      label,
      `flat values${rank > 1 ? ", or arrays nested as its shape is" : ""}`,
      isDeep ? (rank > 1 ? "arrays nested deeper" : "nested arrays") : "rows that differ",
    );
  return { values: values as unknown as Values, shape };
}

const product = (shape: readonly number[]): number => shape.reduce((length, size) => length * size, 1);

/** The number of values. */
export const countOf = ({ values, shape }: Given): number => (shape ? product(shape) : lengthOf(values));

/**
 * The values in an array that nothing else can write during the call: not over the net's own memory, and not a shared
 * one.
 */
export const settled = ({ values }: Given, view: View): Values =>
  typed(values) && (bufferOf(values) === view.buffer || !(bufferOf(values) instanceof ArrayBuffer))
    ? new Float64Array(values)
    : values;
