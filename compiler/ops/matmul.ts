/** The matrix product with PyTorch's rules for batches and vectors. */
import type { Expression } from "../ir/op.js";
import { addMethods, printType, requireTensor, shapeFault } from "../ir/op.js";
import type { Size } from "../ir/size.js";
import { equal } from "../ir/size.js";
import type { Known, Matmul, MatmulFault, Shape } from "../ir/shape.js";
import { broadcastTo } from "./broadcast.js";
import { dot } from "./dot.js";
import { broadcastShapes } from "./elementwise.js";
import { reshape } from "./reshape.js";

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The matrix product, by PyTorch's rules: `[..., m, k] @ [..., k, n]` is `[..., m, n]`, and the leading axes
     * broadcast. A vector counts as a row on the left and as a column on the right, and the result lacks that axis; two
     * vectors give their dot product. The gradients are `dy @ other^T` and `x^T @ dy`, summed over the axes that were
     * repeated.
     */
    matmul<R extends Shape, B extends Shape>(
      this: Tensor<R>,
      other: Matmul<R, B> extends null ? MatmulFault<R, B> : Tensor<B>,
    ): Tensor<Known<Matmul<R, B>>>;
  }
}

/**
 * `x @ y`. Vectors stand for a row on the left and a column on the right; leading axes are batches and broadcast.
 * A left side with batches against a plain matrix is one product over all its rows.
 */
export function matmul(x: Expression, y: Expression): Expression {
  requireTensor("matmul", x, 1);
  requireTensor("matmul", y, 2);
  const [xRank, yRank] = [x.shape.length, y.shape.length];
  if (xRank === 0 || yRank === 0) {
    return shapeFault(
      "matmul: an operand has rank 0",
      "tensors of rank 1 or more",
      `${printType(x)} @ ${printType(y)}`,
    );
  }
  const inner = yRank === 1 ? 0 : yRank - 2;
  if (yRank <= 2) return dot(x, y, { batch: [], contract: [[xRank - 1, inner]] });
  const row = xRank === 1 ? reshape(x, [1, x.shape[0] as Size]) : x;
  const batch = broadcastShapes("matmul", [row.shape.slice(0, -2), y.shape.slice(0, -2)]);
  const left = broadcastTo(row, [...batch, ...row.shape.slice(-2)]);
  const right = broadcastTo(y, [...batch, ...y.shape.slice(-2)]);
  const n = batch.length;
  if (!equal(left.shape[n + 1] as Size, right.shape[n] as Size)) {
    // The same error as without batches, from the one place that words it.
    return dot(x, y, { batch: [], contract: [[xRank - 1, inner]] });
  }
  const product = dot(left, right, {
    batch: batch.map((_, axis) => [axis, axis] as const),
    contract: [[n + 1, n]],
  });
  return xRank === 1 ? reshape(product, [...batch, y.shape[yRank - 1] as Size]) : product;
}

addMethods({ matmul });
