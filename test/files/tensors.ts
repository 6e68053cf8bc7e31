/** Random tensors to be written. */
import fc from "fast-check";
import type { Tensor } from "../../files/node.js";

const shapes = fc.array(fc.nat(4), { maxLength: 4 });

/** With all bits that there are, those of NaN among them. */
export const tensor: fc.Arbitrary<Tensor> = shapes.chain((shape) => {
  const count = shape.reduce((product, size) => product * size, 1);
  const bytes = (width: number) => fc.uint8Array({ minLength: count * width, maxLength: count * width });
  const of = (array: typeof Float32Array | typeof Float64Array | typeof Int32Array | typeof Uint8Array) =>
    bytes(array.BYTES_PER_ELEMENT).map((each): Tensor => ({ shape, data: new array(each.slice().buffer) }));
  return fc.oneof(
    of(Float32Array),
    of(Float64Array),
    of(Int32Array),
    of(Uint8Array),
    bytes(1).map((each): Tensor => ({ shape, data: each.map((byte) => byte & 1), dtype: "BOOL" })),
  );
});

const names = fc
  .oneof(fc.string(), fc.string({ unit: "binary" }), fc.constantFrom("__proto__", "toString", "10", "2"))
  .filter((name) => name !== "__metadata__");

export const tensors: fc.Arbitrary<ReadonlyMap<string, Tensor>> = fc
  .array(fc.tuple(names, tensor), { maxLength: 6 })
  .map((entries) => new Map(entries));
