/**
 * Sets of bytes as sorted ranges, and such sets for each step of a schedule. Both answer without visiting every range.
 */

import type { Counted } from "../../ir/ids.js";
import type { CallPosition } from "../../ir/program.js";

/** The place of a byte, or a number of bytes. */
export type Bytes = Counted<"bytes">;

/** A set of bytes, as ranges that neither overlap nor touch. */
export class Ranges {
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** The number of ranges that end at this byte or before it. */
  #before(at: number): number {
    let [low, high] = [0, this.#ends.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] as number) <= at) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Adds the bytes from `start` to before `end`; gives how many of them are new. */
  add(start: number, end: number): number {
    if (start >= end) return 0;
    // A range that ends exactly at `start` is joined too, hence the search for `start - 1`.
    const first = this.#before(start - 1);
    let [from, to, known, next] = [start, end, 0, first];
    for (; next < this.#starts.length && (this.#starts[next] as number) <= end; next++) {
      const [left, right] = [this.#starts[next] as number, this.#ends[next] as number];
      known += Math.max(0, Math.min(right, end) - Math.max(left, start));
      [from, to] = [Math.min(from, left), Math.max(to, right)];
    }
    this.#starts.splice(first, next - first, from);
    this.#ends.splice(first, next - first, to);
    return end - start - known;
  }

  /** The end of the first range that has one of the bytes from `start` to before `end`; null if no range has one. */
  endOfOverlap(start: number, end: number): number | null {
    const at = this.#before(start);
    return at < this.#starts.length && (this.#starts[at] as number) < end ? (this.#ends[at] as number) : null;
  }
}

/**
 * Bytes that are in use from one step to another: a tree over the steps. Each of its nodes stands for consecutive
 * steps, and knows the bytes in use during all of them and during any of them.
 */
export class Timeline {
  readonly #steps: number;
  readonly #all = new Map<number, Ranges>();
  readonly #any = new Map<number, Ranges>();

  /** For steps from 0 to before `steps`. */
  constructor(steps: number) {
    this.#steps = steps;
  }

  /** Takes the bytes from `start` to before `end` during the steps from `from` to `to`, both included. */
  take(from: CallPosition, to: CallPosition, start: Bytes, end: Bytes): void {
    const visit = (node: number, low: number, high: number): void => {
      if (to < low || high <= from) return;
      rangesAt(this.#any, node).add(start, end);
      if (from <= low && high <= to + 1) {
        rangesAt(this.#all, node).add(start, end);
        return;
      }
      const middle = (low + high) >>> 1;
      visit(2 * node, low, middle);
      visit(2 * node + 1, middle, high);
    };
    visit(1, 0, this.#steps);
  }

  /** The lowest place for so many bytes that is free during all steps from `from` to `to`. */
  lowest(from: CallPosition, to: CallPosition, bytes: Bytes): Bytes {
    const taken: Ranges[] = [];
    const visit = (node: number, low: number, high: number): void => {
      if (to < low || high <= from) return;
      const whole = from <= low && high <= to + 1;
      const found = (whole ? this.#any : this.#all).get(node);
      if (found) taken.push(found);
      if (whole) return;
      const middle = (low + high) >>> 1;
      visit(2 * node, low, middle);
      visit(2 * node + 1, middle, high);
    };
    visit(1, 0, this.#steps);
    let at = 0;
    for (let free = false; !free;) {
      free = true;
      for (const each of taken) {
        const end = each.endOfOverlap(at, at + bytes);
        if (end === null) continue;
        [at, free] = [end, false];
      }
    }
    return at;
  }
}

function rangesAt(map: Map<number, Ranges>, node: number): Ranges {
  let found = map.get(node);
  if (!found) map.set(node, (found = new Ranges()));
  return found;
}
