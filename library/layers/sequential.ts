/** Layers applied one after another. */
import { published } from "../../compiler/ir/asTensor.js";
import { fail, isOptimcError, OptimcError } from "../../compiler/diagnostics.js";
import { describeValue, entry } from "../../compiler/ir/guards.js";
import { isExpression, printType, requireTensor, type Expression } from "../../compiler/ir/op.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { BoolTensor, IntTensor, Tensor } from "../../compiler/ir/tensorMethods.js";

type Input = Tensor<Shape> | IntTensor<Shape> | BoolTensor<Shape>;
type Output = Tensor<Shape>;

export interface Sequential {
  /**
   * A layer that applies layers in order, each to the result of the one before. Any function of a tensor is a layer
   * here: `sequential(linear("hidden", 784, 100), (x) => x.relu(), linear("output", 100, 10))`. It has no name of its
   * own, since its layers have theirs. The types follow up to twelve layers; to apply an array of layers, write
   * `layers.reduce((h, layer) => layer(h), x)`. One `sequential` may be a layer of another.
   */
  <
    A extends Input,
    B extends Output,
    C extends Output = B,
    D extends Output = C,
    E extends Output = D,
    F extends Output = E,
    G extends Output = F,
    H extends Output = G,
    I extends Output = H,
    J extends Output = I,
    K extends Output = J,
    L extends Output = K,
    M extends Output = L,
  >(
    first: (x: A) => B,
    second?: (x: NoInfer<B>) => C,
    third?: (x: NoInfer<C>) => D,
    fourth?: (x: NoInfer<D>) => E,
    fifth?: (x: NoInfer<E>) => F,
    sixth?: (x: NoInfer<F>) => G,
    seventh?: (x: NoInfer<G>) => H,
    eighth?: (x: NoInfer<H>) => I,
    ninth?: (x: NoInfer<I>) => J,
    tenth?: (x: NoInfer<J>) => K,
    eleventh?: (x: NoInfer<K>) => L,
    twelfth?: (x: NoInfer<L>) => M,
  ): (x: A) => M;
}

type Layer = (x: Expression) => unknown;

export const sequential = published<Sequential>(
  entry("sequential", (...layers: readonly Layer[]) => {
    if (layers.length === 0) {
      fail({
        code: "invalid-argument",
        message: "sequential: there are no layers",
        expected: "at least one layer",
        found: "none",
      });
    }
    for (const [position, layer] of layers.entries()) {
      if (typeof layer === "function") continue;
      fail({
        code: "invalid-argument",
        message: `sequential: layer ${position + 1} is not a layer`,
        expected: "a layer, or a function of a tensor such as (x) => x.relu()",
        found: describeValue(layer),
        ...(Array.isArray(layer) && { hint: "sequential(...layers) takes the layers of an array" }),
      });
    }
    const apply = entry("sequential", (x: unknown) =>
      layers.reduce((h, layer, position) => applied(layer, position, h), requireTensor("sequential", x, 1)),
    );
    return Object.freeze(apply);
  }),
);

function applied(layer: Layer, position: number, x: Expression): Expression {
  const made = call(layer, position, x);
  if (isExpression(made)) return made;
  return fail({
    code: "not-a-tensor",
    message: `sequential: layer ${position + 1} does not give a tensor`,
    expected: "a layer, or a function of a tensor that returns one",
    found: describeValue(made),
  });
}

/** What a layer gives; a fault within it says which layer it was. */
function call(layer: Layer, position: number, x: Expression): unknown {
  try {
    return layer(x);
  } catch (error) {
    if (!isOptimcError(error)) throw error;
    const { code, message, place, expected, found, hint, related, layer: name } = error;
    throw new OptimcError({
      code,
      message: `sequential: layer ${position + 1}, given ${printType(x)}: ${message}`,
      place,
      expected,
      found,
      hint,
      related,
      layer: name,
      cause: error,
    });
  }
}
