/** Places buffers in one block: by lifetime, so that what is no longer needed makes room. */
import type { CallPosition } from "../../ir/program.js";
import { Timeline, type Bytes } from "./byteRanges.js";

/** A piece of memory that is in use from one call to another, both included. */
export interface Interval {
  readonly id: string;
  readonly bytes: Bytes;
  readonly from: CallPosition;
  /** Infinity where it is in use until the end and after it. */
  readonly to: CallPosition;
}

/** Typed arrays begin at multiples of their element size; 16 also suits vectors. */
export const alignment = 16;
export const aligned = (bytes: Bytes): Bytes => Math.ceil(bytes / alignment) * alignment;

/**
 * The bytes that a buffer takes, with a gap after large ones. Without the gap, large buffers could lie a multiple of 4
 * KiB apart: equal places in them then compete for the same few cache lines, and stores delay loads whose addresses
 * only seem to overlap theirs (an update that reads and writes four such buffers gains a tenth by the gap).
 */
export function spaced(bytes: Bytes): Bytes {
  const whole = aligned(bytes);
  const apart = whole % 4096;
  return whole >= 32768 && (apart < 512 || apart > 3584) ? whole + 1088 : whole;
}

export interface Arena {
  readonly offsets: ReadonlyMap<string, number>;
  readonly bytes: number;
}

/**
 * First fit, the largest first: each interval gets the lowest place where it overlaps no interval that is alive at the
 * same time.
 */
export function placeIntervals(intervals: readonly Interval[]): Arena {
  const steps = intervals.reduce((most, { from, to }) => Math.max(most, from + 1, Number.isFinite(to) ? to + 1 : 0), 1);
  const taken = new Timeline(steps);
  const offsets = new Map<string, number>();
  let end = 0;
  for (const { id, bytes, from, to } of [...intervals].sort((a, b) => b.bytes - a.bytes || a.from - b.from)) {
    const last: CallPosition = Math.min(to, steps - 1);
    const offset = taken.lowest(from, last, spaced(bytes));
    taken.take(from, last, offset, offset + spaced(bytes));
    offsets.set(id, offset);
    end = Math.max(end, offset + spaced(bytes));
  }
  return { offsets, bytes: end };
}
