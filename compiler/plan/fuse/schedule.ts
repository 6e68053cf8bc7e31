/** The order in which groups run: that of the graph, but groups that free memory run as early as possible. */
import type { GroupGraph } from "./groupGraph.js";

/** A value that a group keeps in the arena. */
export interface Value {
  readonly bytes: number;
  /** The groups that use it, its own among them; null if it is a result, which is never free. */
  readonly users: ReadonlySet<number> | null;
}

/**
 * The groups in an order in which every one comes after those that it needs, or null if there is none. Among those that
 * could run, the next is the one that frees most memory, if one frees more than it takes; else the first in the graph.
 * Without this rule an update of weights, which no other group needs, could run late and keep alive the values from
 * which its gradient is computed.
 */
export function schedule(groups: GroupGraph, valuesOf: (at: number) => readonly Value[]): readonly number[] | null {
  const waiting = new Map([...groups.entries()].map(([at, slot]) => [at, slot.before.size]));
  const takes = new Map<number, number>();
  const uses = new Map<number, Held[]>();
  for (const at of waiting.keys()) {
    let bytes = 0;
    for (const value of valuesOf(at)) {
      bytes += value.bytes;
      const held = { bytes: value.bytes, users: new Set(value.users) };
      for (const user of value.users ?? []) uses.set(user, [...(uses.get(user) ?? []), held]);
    }
    takes.set(at, bytes);
  }
  const ready = new Queue((at) => groups.slot(at).last);
  /** Ready groups that free more than they take, and how much. */
  const freeing = new Map<number, number>();
  const consider = (at: number): void => {
    const freed = (uses.get(at) ?? []).reduce((sum, { bytes, users }) => (users.size === 1 ? sum + bytes : sum), 0);
    if (freed > (takes.get(at) as number)) freeing.set(at, freed - (takes.get(at) as number));
  };
  const add = (at: number): void => {
    ready.add(at);
    consider(at);
  };
  for (const [at, count] of waiting) if (count === 0) add(at);
  const order: number[] = [];
  for (let at = next(ready, freeing); at !== undefined; at = next(ready, freeing)) {
    order.push(at);
    for (const { users } of uses.get(at) ?? []) {
      users.delete(at);
      if (users.size === 1) for (const last of users) if (ready.has(last)) consider(last);
    }
    for (const each of groups.slot(at).after) {
      const left = (waiting.get(each) as number) - 1;
      waiting.set(each, left);
      if (left === 0) add(each);
    }
  }
  return order.length === waiting.size ? order : null;
}

/** A value, and the groups that have yet to use it. */
interface Held {
  readonly bytes: number;
  readonly users: Set<number>;
}

function next(ready: Queue, freeing: Map<number, number>): number | undefined {
  let best: number | undefined;
  for (const [at, freed] of freeing) {
    if (best === undefined || freed > (freeing.get(best) as number)) best = at;
  }
  if (best === undefined) return ready.take();
  freeing.delete(best);
  ready.remove(best);
  return best;
}

/** Numbers in the order of a key. */
class Queue {
  readonly #sorted: number[] = [];
  readonly #inside = new Set<number>();
  readonly #keyOf: (at: number) => number;

  constructor(keyOf: (at: number) => number) {
    this.#keyOf = keyOf;
  }

  has(at: number): boolean {
    return this.#inside.has(at);
  }

  add(at: number): void {
    this.#inside.add(at);
    const key = this.#keyOf(at);
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      // In descending order, so that the first in the graph is popped from the end.
      if (this.#keyOf(this.#sorted[middle] as number) > key) low = middle + 1;
      else high = middle;
    }
    this.#sorted.splice(low, 0, at);
  }

  remove(at: number): void {
    this.#inside.delete(at);
  }

  take(): number | undefined {
    for (let at = this.#sorted.pop(); at !== undefined; at = this.#sorted.pop()) {
      if (this.#inside.delete(at)) return at;
    }
    return undefined;
  }
}
