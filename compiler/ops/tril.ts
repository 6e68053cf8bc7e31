/** One triangle of each matrix: elements above or below a diagonal become 0. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import { addMethods, defineOp, literal, printType, shapeFault, type Expression } from "../ir/op.js";
import { convert, indexValue } from "../ir/scalar.js";
import type { ShapeFault, Shape, Show } from "../ir/shape.js";
import { printShape, sub, type Size } from "../ir/size.js";
import { ge, le } from "./compare.js";
import { where } from "./where.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The lower triangle of the last two axes: elements above the diagonal become 0, NaN included. `diagonal` 0 (the
     * default) is the main one, 1 the one above it, -1 the one below. The gradient is `dy` where x is kept, else 0.
     */
    tril<R extends Shape>(this: Tensor<R> & Matrices<R, "tril">, diagonal?: number): Tensor<R>;

    /**
     * The upper triangle of the last two axes: elements below the diagonal become 0, NaN included. `diagonal` 0 (the
     * default) is the main one, 1 the one above it, -1 the one below. The gradient is `dy` where x is kept, else 0.
     */
    triu<R extends Shape>(this: Tensor<R> & Matrices<R, "triu">, diagonal?: number): Tensor<R>;
  }

  interface IntTensorMethods {
    /**
     * The lower triangle of the last two axes: elements above the diagonal become 0, NaN included. `diagonal` 0 (the
     * default) is the main one, 1 the one above it, -1 the one below.
     */
    tril<R extends Shape>(this: IntTensor<R> & Matrices<R, "tril">, diagonal?: number): IntTensor<R>;

    /**
     * The upper triangle of the last two axes: elements below the diagonal become 0, NaN included. `diagonal` 0 (the
     * default) is the main one, 1 the one above it, -1 the one below.
     */
    triu<R extends Shape>(this: IntTensor<R> & Matrices<R, "triu">, diagonal?: number): IntTensor<R>;
  }

  interface BoolTensorMethods {
    /**
     * The lower triangle of the last two axes: elements above the diagonal become 0, NaN included. `diagonal` 0 (the
     * default) is the main one, 1 the one above it, -1 the one below.
     */
    tril<R extends Shape>(this: BoolTensor<R> & Matrices<R, "tril">, diagonal?: number): BoolTensor<R>;

    /**
     * The upper triangle of the last two axes: elements below the diagonal become 0, NaN included. `diagonal` 0 (the
     * default) is the main one, 1 the one above it, -1 the one below.
     */
    triu<R extends Shape>(this: BoolTensor<R> & Matrices<R, "triu">, diagonal?: number): BoolTensor<R>;
  }
}

/** To intersect with the receiver: nothing, or a sentence if it has fewer than two axes. */
// prettier-ignore
type Matrices<S extends Shape, Op extends string> =
  S extends readonly [...unknown[], unknown, unknown] ? unknown
  : number extends S["length"] ? unknown
  : ShapeFault<`${Op}: ${Show<S>} has no two axes`>;

/** The column of each element counted from its row, as int32: 0 on the main diagonal. */
const offset = defineOp<[shape: readonly Size[]], { shape: readonly Size[] }>({
  name: "offset",
  parse: (shape) => ({ args: [], attributes: { shape } }),
  infer: (_, { shape }) => ({ shape, element: "int32" }),
  lowering: {
    kind: "point",
    read: ({ index: [row, column], type }) => convert(indexValue(sub(column as Size, row as Size)), type),
  },
  evaluate(_, { shape: [rows, columns] }) {
    const count = (rows as number) * (columns as number);
    return new Float64Array(count).map((_value, i) => (i % (columns as number)) - Math.floor(i / (columns as number)));
  },
});

function triangle(name: string, stays: (from: Expression, diagonal: number) => Expression) {
  return (x: Expression, diagonal = 0): Expression => {
    if (x.shape.length < 2) {
      shapeFault(`${name}: ${printShape(x.shape)} has no two axes`, "a matrix, or several", printType(x));
    }
    if (!Number.isInteger(diagonal)) {
      fail({
        code: "invalid-argument",
        message: `${name}: there is no diagonal ${typeof diagonal === "number" ? diagonal : describeValue(diagonal)}`,
        expected: "a whole number",
        found: describeValue(diagonal),
      });
    }
    return where(stays(offset(x.shape.slice(-2)), diagonal), x, literal(0, x.element));
  };
}

export const tril = triangle("tril", (from, diagonal) => le(from, diagonal));
export const triu = triangle("triu", (from, diagonal) => ge(from, diagonal));

addMethods({ tril, triu });
