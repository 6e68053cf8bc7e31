import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import { isOp } from "../ir/graph.js";
import type { Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp, shapeFault } from "../ir/op.js";
import type { Size } from "../ir/size.js";
import type { CheckPermutation, Permute, Shape } from "../ir/shape.js";
import { offsetsOf, pick, stridesOf } from "./rowMajor.js";
import { axisOf } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The axes in another order: axis i of the result is axis `permutation[i]` of x. Without a permutation they are
     * reversed, which transposes a matrix. Nothing is copied where a product can read it as it stands. The gradient is
     * permuted back.
     */
    transpose<R extends Shape, const P extends readonly number[] | undefined = undefined>(
      this: Tensor<R>,
      permutation?: P & CheckPermutation<R, P, "transpose">,
    ): Tensor<Permute<R, P>>;
  }

  interface IntTensorMethods {
    /**
     * The axes in another order: axis i of the result is axis `permutation[i]` of x. Without a permutation they are
     * reversed, which transposes a matrix. Nothing is copied where a product can read it as it stands.
     */
    transpose<R extends Shape, const P extends readonly number[] | undefined = undefined>(
      this: IntTensor<R>,
      permutation?: P & CheckPermutation<R, P, "transpose">,
    ): IntTensor<Permute<R, P>>;
  }

  interface BoolTensorMethods {
    /**
     * The axes in another order: axis i of the result is axis `permutation[i]` of x. Without a permutation they are
     * reversed, which transposes a matrix. Nothing is copied where a product can read it as it stands.
     */
    transpose<R extends Shape, const P extends readonly number[] | undefined = undefined>(
      this: BoolTensor<R>,
      permutation?: P & CheckPermutation<R, P, "transpose">,
    ): BoolTensor<Permute<R, P>>;
  }
}

const inverse = (permutation: readonly number[]): number[] => permutation.map((_, axis) => permutation.indexOf(axis));

/** Axis `i` of the result is axis `permutation[i]` of x. The default reverses the axes. */
export const transpose = defineOp<[x: Operand, permutation?: readonly number[]], { permutation: readonly number[] }>({
  name: "transpose",
  parse(x, permutation) {
    const rank = typeof x === "number" ? 0 : x.shape.length;
    if (permutation !== undefined && !Array.isArray(permutation)) {
      fail({
        code: "invalid-axis",
        message: "transpose: the permutation is not an array",
        expected:
          "for each axis of the result the axis of x that it is, such as [1, 0]; or nothing, which reverses them",
        found: describeValue(permutation),
        hint: "a permutation names all axes: [0, 2, 1] swaps the last two of three",
      });
    }
    const reversed = Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
    const axes = permutation?.map((axis) => axisOf("transpose", axis, rank)) ?? reversed;
    if (axes.length !== rank || new Set(axes).size !== rank) {
      shapeFault(
        "transpose: not a permutation of the axes",
        `each of the ${rank} axes once`,
        `[${String(permutation)}]`,
      );
    }
    return { args: [x], attributes: { permutation: axes } };
  },
  infer([x], { permutation }) {
    const { shape, element } = x;
    return { shape: permutation.map((axis) => shape[axis] as Size), element };
  },
  gradient: ({ cotangent, attributes: { permutation } }): [Expression] => [
    transpose.node([cotangent], { permutation: inverse(permutation) }),
  ],
  lowering: {
    kind: "view",
    read: ({ index, at, attributes }) =>
      at(
        0,
        inverse(attributes.permutation).map((axis) => index[axis] as Size),
      ),
  },
  simplify({ args: [from], attributes: { permutation } }): Expression | undefined {
    if (permutation.every((axis, position) => axis === position)) return from.expression;
    const operands = from.args.map(({ expression }) => expression);
    if (!isOp(from, transpose)) return from.op.definition.transposed?.(operands, from.attributes, permutation);
    const inner = from.attributes["permutation"] as readonly number[];
    return transpose.node(operands, { permutation: permutation.map((axis) => inner[axis] as number) });
  },
  evaluate([x], { shape, attributes: { permutation } }) {
    const { shape: from, data } = x;
    const strides = stridesOf(from);
    return pick(
      data,
      offsetsOf(
        shape,
        permutation.map((axis) => strides[axis] as number),
      ),
    );
  },
});

addMethods({ transpose });
