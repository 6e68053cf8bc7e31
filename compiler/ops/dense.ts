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
