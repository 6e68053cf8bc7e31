/** One element of the last axis for each row: the log-probability of a label. */
import type { Expression } from "../ir/op.js";
import { defineOp } from "../ir/op.js";
import { convert, indexValue } from "../ir/scalar.js";
import { one, type Size } from "../ir/size.js";
import { broadcastTo } from "./broadcast.js";
import { eq } from "./compare.js";
import { reshape } from "./reshape.js";
import { where } from "./where.js";

/** The position along the last axis, as int32, for a tensor of the given shape. */
export const iota = defineOp<[shape: readonly Size[]], { shape: readonly Size[] }>({
  name: "iota",
  parse: (shape) => ({ args: [], attributes: { shape } }),
  infer: (_, { shape }) => ({ shape, element: "int32" }),
  positions: (_, { shape }) => shape.at(-1) as Size,
  lowering: { kind: "point", read: ({ index, type }) => convert(indexValue(index[index.length - 1] as Size), type) },
  evaluate(_, { shape }) {
    const last = shape[shape.length - 1] as number;
    return new Float64Array(shape.reduce((a, b) => a * b, 1)).map((_value, i) => i % last);
  },
});

/** Whether each position along the last axis is the one that `labels` names. */
export function isLabel(labels: Expression, shape: readonly Size[]): Expression {
  const column = reshape.node([labels], { shape: [...labels.shape, one] });
  return eq(iota(shape), broadcastTo(column, shape));
}

/** `x[..., labels[...]]`: x without its last axis. */
export const pick = defineOp<[x: Expression, labels: Expression], Record<string, never>>({
  name: "pick",
  noun: "picked",
  parse: (x, labels) => ({ args: [x, labels] }),
  infer: ([x]) => ({ shape: x.shape.slice(0, -1), element: x.element }),
  indices: ([x]) => ({ argument: 1, below: x.shape.at(-1) as Size }),
  gradient({ args: [x, labels], cotangent }) {
    const { shape } = x;
    const column = reshape.node([cotangent], { shape: [...cotangent.shape, one] });
    return [where(isLabel(labels, shape), broadcastTo(column, shape), 0), null];
  },
  lowering: {
    kind: "point",
    read: ({ index, at, args, asIndex }) => {
      const from = args[0].shape;
      return at(0, [...index, asIndex(at(1, index), from[from.length - 1] as Size)]);
    },
  },
  evaluate([x, labels]) {
    const last = x.shape[x.shape.length - 1] as number;
    return labels.data.map((label, row) => x.data[row * last + Math.min(Math.max(label, 0), last - 1)] as number);
  },
});
