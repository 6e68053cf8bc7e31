/** Tensors in the instance's block of memory, and copies between them and compact arrays. */

import type { Dims, Extent, InputSpec } from "./abi.js";

export type View =
  Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>;

/** An array from a caller: a typed or a plain one. */
export type Values = ArrayLike<number>;

/** The values and the shape taken from such an array. */
export interface Given {
  /** A typed array as it is, or a copy of a plain one, because reading it may run code. */
  readonly values: Values;
  /** The sizes of nested arrays; a flat one has one. */
  readonly shape?: readonly number[];
}

export const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array };

/** A size under `dims`; NaN if it depends on an unknown dimension, which is NaN. */
export const sizeOf = (extent: Extent, dims: Dims): number =>
  typeof extent === "function" ? extent(dims) : typeof extent === "string" ? dims[extent]! : extent;

export interface Tensor {
  readonly name: string;
  readonly label: string;
  readonly spec: InputSpec;
  /** The whole capacity. */
  readonly view: View;
  /** Gives the tensor its sizes in a call, and returns the number of its elements. */
  readonly resize: (dims: Dims) => number;
  /** The place in memory of element number `position` of the compact array. */
  readonly place: (position: number) => number;
  /** Copies a compact array of the tensor's sizes in a call into memory, or `out` of it. */
  readonly copy: (compact: Values | View, out?: boolean) => void;
  /** The caller's array for an input, which each call sets before it is read. */
  given?: Given | undefined;
  /**
   * The array that a call reads or writes: an input's values (the view itself, if it was filled in place), an output's
   * target (falsy for a number).
   */
  array: Values;
  /** The length of an input's array; NaN if it was filled in place. */
  length: number;
}

export function bind(memory: ArrayBuffer, name: string, spec: InputSpec, dims: Dims): Tensor {
  const { shape } = spec;
  const sizes: number[] = [];
  let length = 1;
  const resize = (dims: Dims): number => {
    length = 1;
    shape.forEach((extent, axis) => (length *= sizes[axis] = sizeOf(extent, dims)));
    return length;
  };
  // The view is not extensible: members that a caller added would be used in place of the language's.
  const view: View = Object.preventExtensions(new arrays[spec.element](memory, spec.offset, resize(dims)));
  const capacities = [...sizes];

  const place = (position: number): number => {
    let at = 0;
    for (let axis = shape.length, stride = 1; axis--; stride *= capacities[axis]!) {
      const index = position % sizes[axis]!;
      at += index * stride;
      position = (position - index) / sizes[axis]!;
    }
    return at;
  };

  const copy = (compact: Values | View, out?: boolean) => {
    // The longest run that is contiguous in memory: the axes up to the last one below its capacity.
    let run = 1;
    for (let axis = shape.length; axis--;) {
      run *= sizes[axis]!;
      if (sizes[axis] !== capacities[axis]) break;
    }
    if (run < length) {
      for (let start = 0; start < length; start += run) {
        const at = place(start);
        for (let i = 0; i < run; i++)
          if (out) (compact as View)[start + i] = view[at + i]!;
          else view[at + i] = compact[start + i]!;
      }
    } else if (out) view.set.call(compact, view.subarray(0, length));
    else view.set(compact);
  };

  return {
    name,
    label: `input '${name}'`,
    spec,
    view,
    resize,
    place,
    copy,
  } as Tensor;
}
