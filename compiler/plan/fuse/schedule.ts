/** The order in which groups run: as they stand in the graph, but what frees memory comes as soon as it can. */
import type { OrderPosition } from "../../ir/ids.js";
import type { GroupGraph, Slot } from "./groupGraph.js";

/** A value that a group keeps in the arena. */
export interface Value {
  readonly bytes: number;
  /** The groups that use it, its own among them; null: it is returned, and never free. */
  readonly users: ReadonlySet<Slot> | null;
}

/**
 * The groups in an order in which every one comes after those that it needs, or null if there is none. Among those that
 * could run, the next is the one that frees most memory, if one frees more than it takes; else the first in the graph.
 * Without this rule an update of weights, which no other group needs, could run late and keep alive the values from
 * which its gradient is computed.
 */
export function schedule(groups: GroupGraph, valuesOf: (at: Slot) => readonly Value[]): readonly Slot[] | null {
  const waiting = new Map([...groups.entries()].map(([at, { before }]) => [at, before.size]));
  const takes = new Map<Slot, number>();
  const uses = new Map<Slot, Held[]>();
  for (const at of waiting.keys()) {
    let bytes = 0;
    for (const value of valuesOf(at)) {
      bytes += value.bytes;
      const held = { bytes: value.bytes, users: new Set(value.users) };
      for (const user of value.users ?? []) uses.set(user, [...(uses.get(user) ?? []), held]);
    }
    takes.set(at, bytes);
  }
  const ready = new Queue((at) => groups.at(at).last);
  /** Ready groups that free more than they take, and how much. */
  const freeing = new Map<Slot, number>();
  const consider = (at: Slot): void => {
    const freed = (uses.get(at) ?? []).reduce((sum, { bytes, users }) => (users.size === 1 ? sum + bytes : sum), 0);
    if (freed > (takes.get(at) as number)) freeing.set(at, freed - (takes.get(at) as number));
  };
  const add = (at: Slot): void => {
    ready.add(at);
    consider(at);
  };
  for (const [at, count] of waiting) if (count === 0) add(at);
  const order: Slot[] = [];
  for (let at = next(ready, freeing); at !== undefined; at = next(ready, freeing)) {
    order.push(at);
    for (const { users } of uses.get(at) ?? []) {
      users.delete(at);
      if (users.size === 1) for (const last of users) if (ready.has(last)) consider(last);
    }
    for (const each of groups.at(at).after) {
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
  readonly users: Set<Slot>;
}

function next(ready: Queue, freeing: Map<Slot, number>): Slot | undefined {
  let best: Slot | undefined;
  for (const [at, freed] of freeing) {
    if (best === undefined || freed > (freeing.get(best) as number)) best = at;
  }
  if (best === undefined) return ready.take();
  freeing.delete(best);
  ready.remove(best);
  return best;
}

/** Groups in the order of the graph. */
class Queue {
  readonly #sorted: Slot[] = [];
  readonly #inside = new Set<Slot>();
  readonly #positionOf: (at: Slot) => OrderPosition;

  constructor(positionOf: (at: Slot) => OrderPosition) {
    this.#positionOf = positionOf;
  }

  has(at: Slot): boolean {
    return this.#inside.has(at);
  }

  add(at: Slot): void {
    this.#inside.add(at);
    const position = this.#positionOf(at);
    let [low, high] = [0, this.#sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#sorted[middle];
      // Descending: the first of the graph is taken from the end.
      if (other !== undefined && this.#positionOf(other) > position) low = middle + 1;
      else high = middle;
    }
    this.#sorted.splice(low, 0, at);
  }

  remove(at: Slot): void {
    this.#inside.delete(at);
  }

  take(): Slot | undefined {
    for (let at = this.#sorted.pop(); at !== undefined; at = this.#sorted.pop()) {
      if (this.#inside.delete(at)) return at;
    }
    return undefined;
  }
}
