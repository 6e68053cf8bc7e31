/**
 * Checks in-place writes. A kernel may overwrite a buffer that it reads only element by element, each in the turn of
 * the loops that reads it, and never an operand of a product.
 */
import { bytesOf } from "../memory/buffer.js";
import type { Access, Accesses } from "./access.js";
import type { OwnRow } from "./ownRows.js";
import type { MemoryPlace, ScheduledKernel } from "./schedule.js";

const isWrite = ({ kind }: Access): boolean => kind === "store" || kind === "add";

interface Use {
  readonly buffer: string;
  readonly place: MemoryPlace;
  readonly from: number;
  readonly to: number;
  written: boolean;
}

export function inPlaceFaults(
  { writes, reads }: ScheduledKernel,
  { accesses, contractions }: Accesses,
  places: ReadonlyMap<string, MemoryPlace>,
  own: ReadonlyMap<string, OwnRow>,
): string[] {
  const faults: string[] = [];
  const byBuffer = new Map<string, Access[]>();
  const uses = new Map<string, Use>();
  for (const access of accesses) {
    const place = places.get(access.buffer);
    if (!place) continue;
    const known = byBuffer.get(access.buffer);
    if (known) known.push(access);
    else byBuffer.set(access.buffer, [access]);
    const use = uses.get(access.buffer);
    const to = place.offset + place.length * bytesOf[place.type];
    if (use) use.written ||= isWrite(access);
    else uses.set(access.buffer, { buffer: access.buffer, place, from: place.offset, to, written: isWrite(access) });
  }

  // Different buffers: no written byte may belong to another buffer of the kernel.
  const sorted = [...uses.values()].sort((a, b) => a.from - b.from);
  for (const [position, a] of sorted.entries()) {
    for (let next = position + 1; next < sorted.length; next++) {
      const b = sorted[next] as Use;
      if (b.from >= a.to) break;
      if (a.written)
        faults.push(`writes ${a.place.label} over ${b.place.label}, which it ${b.written ? "writes" : "reads"} too`);
      else if (b.written) faults.push(`writes ${b.place.label} over ${a.place.label}, which it reads too`);
    }
  }

  // The same buffer: each element only in the turn that reads it.
  const needed = new Set(reads.map(({ buffer }) => buffer));
  const effects = new Set(writes.flatMap((write) => (write.replaces === null ? [] : [write.buffer])));
  const inPlace = new Set<string>();
  for (const [buffer, all] of byBuffer) {
    // `bounds.ts` checks that these accesses stay in their row.
    if (own.has(buffer) && !effects.has(buffer)) continue;
    const { label } = places.get(buffer) as MemoryPlace;
    const stores = all.filter(isWrite);
    const loads = all.filter((access) => !isWrite(access));
    if (stores.length === 0) continue;
    const replacing = stores.filter(({ kind }) => kind === "store").length;
    if (effects.has(buffer) && replacing > 1) faults.push(`writes ${label} ${replacing} times`);
    if (stores.some(({ kind }) => kind === "add") && (needed.has(buffer) || replacing === 0)) inPlace.add(buffer);
    if (loads.length === 0) continue;
    inPlace.add(buffer);
    if (loads.some(({ kind }) => kind === "operand")) {
      faults.push(`writes ${label} in place, which is an operand of its product`);
      continue;
    }
    const first = Math.min(...stores.map(({ order }) => order));
    const keys = new Set(stores.map(({ index }) => index.key));
    const elsewhere = loads.find(({ index }) => keys.size > 1 || !keys.has(index.key));
    if (elsewhere) {
      faults.push(`writes ${label}[${[...keys].join("] and [")}] in place, but reads ${label}[${elsewhere.index.key}]`);
    } else if (loads.some(({ order }) => order > first)) faults.push(`reads ${label} after it has replaced it`);
  }

  // An update acts once on each element: not for each tile that covers it, nor for each block of the sum.
  for (const contraction of contractions) {
    const { tiling } = contraction;
    const updated = accesses.filter((access) => {
      return (
        access.contraction === contraction &&
        isWrite(access) &&
        (inPlace.has(access.buffer) || effects.has(access.buffer))
      );
    });
    for (const buffer of new Set(updated.map((access) => access.buffer))) {
      const { label } = places.get(buffer) as MemoryPlace;
      if (tiling.cover !== "exact") faults.push(`updates ${label} in a product whose tiles may overlap`);
      if (tiling.epilogue !== "last") faults.push(`updates ${label} after each block of a product, not after the last`);
    }
  }
  return faults;
}
