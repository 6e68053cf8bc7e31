/** Row-major arithmetic on dense arrays, for the plain meanings of operations. */

export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides.unshift(stride);
    stride *= shape[axis] as number;
  }
  return strides;
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/** Every index of a shape in row-major order. The array is reused: copy it to keep it. */
export function* coordinates(shape: readonly number[]): Generator<readonly number[]> {
  const at = shape.map(() => 0);
  const count = countOf(shape);
  for (let n = 0; n < count; n++) {
    yield at;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (shape[axis] as number)) break;
      at[axis] = 0;
    }
  }
}

export function offsetOf(at: readonly number[], strides: readonly number[]): number {
  return strides.reduce((sum, stride, axis) => sum + stride * (at[axis] as number), 0);
}

/** Where each index of a shape lies, in row-major order of the indices, along axes with these strides. */
export function offsetsOf(shape: readonly number[], strides: readonly number[]): Int32Array {
  let offsets = new Int32Array(1);
  for (const [axis, extent] of shape.entries()) {
    const [outer, stride] = [offsets, strides[axis] as number];
    offsets = new Int32Array(outer.length * extent);
    let position = 0;
    for (const offset of outer) for (let i = 0; i < extent; i++) offsets[position++] = offset + i * stride;
  }
  return offsets;
}

/** The elements at these places. */
export function pick(data: Float64Array, offsets: Int32Array): Float64Array {
  const result = new Float64Array(offsets.length);
  for (let i = 0; i < result.length; i++) result[i] = data[offsets[i] as number] as number;
  return result;
}
