/** A table of vectors that are looked up by index. */
import { published } from "../../compiler/ir/asTensor.js";
import { checkOptions, entry, requireOption } from "../../compiler/ir/guards.js";
import type { Dim, Shape } from "../../compiler/ir/shape.js";
import { size } from "../../compiler/ir/size.js";
import type { IntTensor, Tensor } from "../../compiler/ir/tensorMethods.js";
import { eq } from "../../compiler/ops/compare.js";
import { concat } from "../../compiler/ops/concat.js";
import { gather, requireIndices } from "../../compiler/ops/gather.js";
import { normal, zeros, type Initializer } from "../../compiler/ops/initializers.js";
import { checkName } from "../../compiler/ops/declarations.js";
import { param } from "../../compiler/ops/param.js";
import { slice } from "../../compiler/ops/slice.js";
import { stopGradient } from "../../compiler/ops/stopGradient.js";
import { unsqueeze } from "../../compiler/ops/unsqueeze.js";
import { where } from "../../compiler/ops/where.js";
import { applying, checkFeatures } from "./features.js";

/** A table of vectors; applying it twice shares them. */
export interface Embedding<Count extends Dim, Features extends Dim> {
  /** The rows of the table at the indices. Indices from an input are checked before the call; see `gather`. */
  <I extends Shape>(indices: IntTensor<I>): Tensor<[...I, Features]>;
  /** [count, features], as PyTorch has it. */
  readonly weight: Tensor<[Count, Features]>;
}

export interface EmbeddingOptions {
  /**
   * A row that starts as zeros and receives no gradient where it is looked up; counted from the end if negative. It
   * stays zeros under every optimizer, unless `weight` itself is used elsewhere. If other values are loaded into it,
   * weight decay changes them, as in PyTorch.
   */
  readonly paddingIndex?: number;
}

export interface EmbeddingLayer {
  /**
   * Declares a table of `count` vectors, the parameter `name.weight` [count, features], normal with mean 0 and standard
   * deviation 1 as in PyTorch. With `{ paddingIndex }`, that row starts as zeros and receives no gradient where it is
   * looked up.
   */
  <Count extends number, Features extends number>(
    name: string,
    count: Count,
    features: Features,
    options?: EmbeddingOptions,
  ): Embedding<Count, Features>;
}

/** Normal, but for one row of zeros. */
function withPadding(padding: number): Initializer {
  return (shape, stream) => {
    const rows = normal()(shape, stream);
    const zero = zeros()([size(1), ...shape.slice(1)], stream);
    const count = Number(shape[0]?.key);
    const before = padding > 0 ? [slice(rows, [[0, padding]])] : [];
    const after = padding + 1 < count ? [slice(rows, [[padding + 1, null]])] : [];
    return concat([...before, zero, ...after], 0);
  };
}

export const embedding = published<EmbeddingLayer>(
  entry("embedding", (name: string, count: number, features: number, options: EmbeddingOptions = {}) => {
    const layer = `embedding '${checkName("embedding", name)}'`;
    checkOptions(layer, options, ["paddingIndex"]);
    checkFeatures(layer, count, features);
    const { paddingIndex } = options;
    let padding: number | null = null;
    if (paddingIndex !== undefined) {
      const valid = Number.isInteger(paddingIndex) && paddingIndex >= -count && paddingIndex < count;
      requireOption(layer, "paddingIndex", paddingIndex, valid, `a whole number in [-${count}, ${count})`);
      padding = paddingIndex < 0 ? paddingIndex + count : paddingIndex;
    }
    const weight = param(`${name}.weight`, [count, features], padding === null ? normal() : withPadding(padding));
    const apply = applying(layer, name, (indices) => {
      requireIndices(layer, indices);
      const rows = gather(weight, indices);
      return padding === null ? rows : where(unsqueeze(eq(indices, padding), -1), stopGradient(rows), rows);
    });
    return Object.freeze(Object.assign(apply, { weight }));
  }),
);
