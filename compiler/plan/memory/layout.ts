/** The instance's one block of memory: leaves that are kept, inputs, and the arena that all functions share. */
import { bytesOf, type Buffer, type Category } from "./buffer.js";
import { aligned, placeIntervals, spaced, type Arena, type Interval } from "./arena.js";

/** The places of all buffers outside the arena, in this order. */
const kept: readonly Category[] = ["parameters", "optimizerState", "state", "constants", "inputs"];

export interface Layout {
  /** Byte offsets of all buffers, by id. */
  readonly offsets: ReadonlyMap<string, number>;
  /** The arena's place in the block. */
  readonly arena: { readonly offset: number; readonly bytes: number };
  /**
   * The target's scratch memory. It belongs to the module, not to the instance; its offset is the end of the instance's
   * block.
   */
  readonly scratch: { readonly offset: number; readonly bytes: number };
  readonly total: number;
}

export const bytesOfBuffer = (buffer: Buffer): number => buffer.length * bytesOf[buffer.type];

/**
 * Places all buffers of a module. `leaves` are those of parameters, state, constants and inputs, in order; `lifetimes` are
 * those of each function's values in the arena.
 */
export function layOut(
  leaves: readonly Buffer[],
  lifetimes: readonly (readonly Interval[])[],
  scratchBytes: number,
): Layout {
  const offsets = new Map<string, number>();
  let at = 0;
  for (const category of kept) {
    for (const buffer of leaves) {
      if (buffer.category !== category) continue;
      offsets.set(buffer.id, at);
      at += spaced(bytesOfBuffer(buffer));
    }
  }
  const arenas: Arena[] = lifetimes.map(placeIntervals);
  for (const arena of arenas) for (const [id, offset] of arena.offsets) offsets.set(id, at + offset);
  const bytes = Math.max(0, ...arenas.map((arena) => arena.bytes));
  const arena = { offset: at, bytes };
  const scratch = { offset: at + bytes, bytes: aligned(scratchBytes) };
  return { offsets, arena, scratch, total: scratch.offset + scratch.bytes };
}
