/** The meaning of an update of some rows: the values that the interpreter reads and leaves. */
import type { Value } from "./errorBound.js";

/** A row that is updated, and the position that lists it last, where its gradient stands. */
export interface Listed {
  readonly row: number;
  readonly position: number;
}

/** The rows that are updated, each once. */
export function listedRows(indices: Value, places: Value): Listed[] {
  const last = (places.shape[0] as number) - 1;
  return [...indices.data].flatMap((index, position) => {
    const row = Math.min(Math.max(index, 0), last);
    return places.data[row] === position ? [{ row, position }] : [];
  });
}

/** The tensor with some rows from another, of the same shape but for the number of rows. */
function put(to: Float64Array, from: Float64Array, moves: readonly { from: number; to: number }[], rows: number) {
  const [made, length] = [to.slice(), to.length / rows];
  for (const move of moves) made.set(from.subarray(move.from * length, (move.from + 1) * length), move.to * length);
  return made;
}

/** The gradient with each sum at its row, and zeros elsewhere; `like` has its shape. */
export function atRows(sums: Value, like: Value, listed: readonly Listed[]): Value {
  const zeros = new Float64Array(like.data.length);
  const moves = listed.map(({ row, position }) => ({ from: position, to: row }));
  const at = (from: Float64Array): Float64Array => put(zeros, from, moves, like.shape[0] as number);
  return { ...sums, shape: like.shape, data: at(sums.data), bound: sums.bound && at(sums.bound) };
}

/** The next value of a target: its new value in listed rows, and its old value elsewhere. */
export function withRows(before: Value, next: Value, listed: readonly Listed[]): Value {
  const moves = listed.map(({ row }) => ({ from: row, to: row }));
  const rows = before.shape[0] as number;
  const bound = next.bound && put(before.bound ?? new Float64Array(before.data.length), next.bound, moves, rows);
  return { ...before, data: put(before.data, next.data, moves, rows), bound };
}
