/** Random tensors from a counter-based generator: the same seed, stream, call and element give the same bits. */
import { defineOp, toShape, type ElementType } from "../ir/op.js";
import * as scalars from "../ir/scalar.js";
import { callScalarFunction } from "../ir/evaluate.js";
import { drawOf } from "../ir/random.js";
import type { Size, SizeLike } from "../ir/size.js";
import { linearIndex } from "./reshape.js";
import { nextOrder } from "./order.js";

/** A stream's name, or the order of creation of an operation that has none; numbered when a model is compiled. */
export type Stream = string | { readonly order: number };

interface RandomAttributes extends Record<string, unknown> {
  readonly shape: readonly Size[];
  readonly stream: Stream;
}

function randomOp(distribution: "uniform" | "normal") {
  return defineOp<[shape: readonly SizeLike[], stream?: string], RandomAttributes>({
    name: distribution,
    costly: true,
    parse: (shape, stream) => ({
      args: [],
      attributes: { shape: toShape(shape), stream: stream ?? { order: nextOrder() } },
    }),
    infer: (_, { shape }) => ({ shape, element: "float" as ElementType }),
    lowering: {
      kind: "point",
      read({ index, attributes, shape, random, type }) {
        const { key, call } = random(attributes.stream);
        const element = scalars.indexValue(linearIndex(index, shape));
        return scalars.call(drawOf(distribution, type as "f32" | "f64"), ...key, call, element);
      },
    },
    evaluate(_, { attributes, shape, random, precision }) {
      const draw = drawOf(distribution, precision === "float32" ? "f32" : "f64");
      const { key, call } = random(attributes.stream);
      const count = shape.reduce((a, b) => a * b, 1);
      return Float64Array.from({ length: count }, (_value, element) => callScalarFunction(draw, ...key, call, element));
    },
  });
}

/** Uniform in [0, 1): 24 random bits in float32, 53 in float64. */
export const randomUniform = randomOp("uniform");
/** Standard normal, by the method of Box and Muller. */
export const randomNormal = randomOp("normal");
