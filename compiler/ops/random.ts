/** Random tensors from a counter-based generator: the same seed, stream, call and element give the same bits. */
import { fail } from "../diagnostics.js";
import { checkOptions, describeValue } from "../ir/guards.js";
import { defineOp, toShape, type ElementType, type Expression } from "../ir/op.js";
import * as scalars from "../ir/scalar.js";
import { callScalarFunction } from "../ir/evaluate.js";
import { drawOf } from "../ir/random.js";
import type { Shape, Writable } from "../ir/shape.js";
import type { Size, SizeLike } from "../ir/size.js";
import type { Tensor } from "../ir/tensorMethods.js";
import { add } from "./add.js";
import { checkName, checkShape } from "./declarations.js";
import { mul } from "./mul.js";
import { linearIndex } from "../ir/linearIndex.js";
import { nextOrder } from "./order.js";
import { ge } from "./compare.js";
import { where } from "./where.js";

export interface RandomNormal {
  /**
   * Normal numbers of a mean (default 0) and a standard deviation (default 1), drawn anew in every call, in training
   * and in evaluation. They depend on the seed, the function, the number of the call (saved with the state), and the
   * stream: `name` if given, else the number of this operation among the model's random operations. The shape may name
   * dimensions: an element's number is row-major in the sizes of the call. No gradient flows.
   */
  <const S extends Shape>(shape: S, options?: NormalOptions): Tensor<Writable<S>>;
}

export interface RandomUniform {
  /**
   * Uniform numbers in [low, high) (defaults 0 and 1), drawn anew in every call, in training and in evaluation. They
   * depend on the seed, the function, the number of the call (saved with the state), and the stream: `name` if given,
   * else the number of this operation among the model's random operations. The shape may name dimensions: an element's
   * number is row-major in the sizes of the call. No gradient flows.
   */
  <const S extends Shape>(shape: S, options?: UniformOptions): Tensor<Writable<S>>;
}

interface NormalOptions {
  readonly mean?: number;
  readonly std?: number;
  readonly name?: string;
}

interface UniformOptions {
  readonly low?: number;
  readonly high?: number;
  readonly name?: string;
}

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
      attributes: { shape: toShape(distribution, shape), stream: stream ?? { order: nextOrder() } },
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
export const standardUniform = randomOp("uniform");
/** Standard normal, by the method of Box and Muller. */
export const standardNormal = randomOp("normal");

/** Normal with the given mean and standard deviation. */
export function randomNormal(shape: readonly SizeLike[], options: NormalOptions = {}): Expression {
  checkOptions("randomNormal", options, ["mean", "std", "name"]);
  const { mean = 0, std = 1, name } = options;
  checkFinite("randomNormal", { mean, std });
  if (std < 0) {
    fail({
      code: "invalid-argument",
      message: "randomNormal: std is negative",
      expected: "0 or more",
      found: describeValue(std),
    });
  }
  const scaled = mul(standardNormal(...drawn("randomNormal", shape, name)), std);
  return mean === 0 ? scaled : add(scaled, mean);
}

/** Uniform in [low, high). */
export function randomUniform(shape: readonly SizeLike[], options: UniformOptions = {}): Expression {
  checkOptions("randomUniform", options, ["low", "high", "name"]);
  const { low = 0, high = 1, name } = options;
  checkFinite("randomUniform", { low, high });
  if (low > high) {
    fail({
      code: "invalid-argument",
      message: "randomUniform: low is above high",
      expected: "an interval from low to high",
      found: `low ${low} and high ${high}`,
    });
  }
  const value = add(mul(standardUniform(...drawn("randomUniform", shape, name)), high - low), low);
  return isRoundedTo(high, low) ? where(ge(value, high), low, value) : value;
}

/** Whether the largest number below 1, scaled to the interval, may be rounded to its end, in either precision. */
function isRoundedTo(high: number, low: number): boolean {
  const below = Math.fround(Math.fround(high - low) * (1 - 2 ** -24));
  const single = Math.fround(below + Math.fround(low));
  return single >= Math.fround(high) || (high - low) * (1 - 2 ** -53) + low >= high;
}

function drawn(what: string, shape: readonly SizeLike[], name: string | undefined): [readonly Size[], stream?: string] {
  const sizes = checkShape(what, toShape(what, shape), true);
  return name === undefined ? [sizes] : [sizes, checkName(what, name)];
}

function checkFinite(what: string, numbers: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(numbers)) {
    if (typeof value === "number" && Number.isFinite(value)) continue;
    fail({
      code: "invalid-argument",
      message: `${what}: ${name} is not a finite number`,
      expected: "a finite number",
      found: describeValue(value),
    });
  }
}
