/**
 * Results that a kernel reads and changes after it has stored them. It may do so within a row that one loop has stored
 * whole, inside the same turns of the loops around it.
 */
import { constantOf, indicesOf, splitAffine, sub, type Size } from "../../ir/size.js";
import type { Access, Accesses, Loop } from "./access.js";
import type { Holding } from "./schedule.js";

export interface OwnRow {
  /** The store that comes first, and the loop that runs along the row. */
  readonly fill: Access;
  readonly along: Loop;
  /** Elements from one place of the row to the next. */
  readonly step: number;
  /** The first element of the row. */
  readonly start: Size;
}

/** The rows by buffer; a result that breaks the rules has none. */
export function ownRows({ accesses }: Accesses, reads: readonly Holding[]): ReadonlyMap<string, OwnRow> {
  const byBuffer = new Map<string, Access[]>();
  for (const access of accesses) {
    const known = byBuffer.get(access.buffer);
    if (known) known.push(access);
    else byBuffer.set(access.buffer, [access]);
  }
  for (const { buffer } of reads) byBuffer.delete(buffer);
  const rows = new Map<string, OwnRow>();
  for (const [buffer, all] of byBuffer) {
    const row = all.length > 1 ? rowOf(all) : null;
    if (row) rows.set(buffer, row);
  }
  return rows;
}

function rowOf(all: readonly Access[]): OwnRow | null {
  const [fill, ...others] = [...all].sort((a, b) => a.order - b.order) as [Access, ...Access[]];
  if (fill.kind !== "store" || fill.guards.length > 0 || fill.repeated || fill.contraction) return null;
  const around = fill.loops.slice(0, -1);
  const along = fill.loops[fill.loops.length - 1];
  const split = along && splitAffine(fill.index, along.index);
  const step = split && constantOf(split.coefficient);
  if (!along || !split || typeof step !== "number" || step <= 0) return null;
  const row = { fill, along, step, start: split.rest };
  const isInside = (each: Access): boolean =>
    (each.kind === "load" || each.kind === "store") &&
    each.contraction === null &&
    around.every((loop, depth) => each.loops[depth]?.index.id === loop.index.id) &&
    each.loops[around.length]?.index.id !== along.index.id &&
    !indicesOf(offsetIn(row, each)).some(({ id }) => around.some((loop) => loop.index.id === id));
  return others.every(isInside) ? row : null;
}

/** Elements from the start of the row. */
export const offsetIn = ({ start }: OwnRow, { index }: Access): Size => sub(index, start);
