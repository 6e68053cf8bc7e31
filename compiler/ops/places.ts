/** One position for each listed row, at which the gradients of a row that is listed several times are summed. */
import { defineOp, type Expression } from "../ir/op.js";
import { convert, indexValue } from "../ir/scalar.js";
import { indexSize, type Size } from "../ir/size.js";
import { requireIndices } from "./gather.js";
import { loop, placeOf } from "./rowProgram.js";

/**
 * For each row in [0, rows) that `indices` [count] names, the position at which it is named last, as int32 [rows]. The
 * elements for other rows are undefined: they are never written, so that the cost does not depend on the number of
 * rows.
 */
export const places = defineOp<[indices: Expression, rows: Size], { rows: Size }>({
  name: "places",
  parse: (indices, rows) => ({ args: [indices], attributes: { rows } }),
  infer([indices], { rows }) {
    requireIndices("places", indices);
    return { shape: [rows], element: "int32" };
  },
  positions: ([indices]) => indices.shape[0] as Size,
  indices: (_, { rows }) => ({ argument: 0, below: rows }),
  lowering: {
    kind: "row",
    axis: () => 0,
    readsOnce: true,
    program(row) {
      const position = row.index("i", row.args[0].shape[0] as Size);
      const body: Parameters<typeof loop>[2][number][] = [];
      const at = placeOf(row, body, row.at(0, indexSize(position)), row.extent);
      body.push(row.store(at, convert(indexValue(indexSize(position)), "i32")));
      return [loop(position, [], body)];
    },
  },
  evaluate([indices], { shape }) {
    const rows = shape[0] as number;
    const result = new Float64Array(rows);
    indices.data.forEach((row, position) => (result[Math.min(Math.max(row, 0), rows - 1)] = position));
    return result;
  },
});
