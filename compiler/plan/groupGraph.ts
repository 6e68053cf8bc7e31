/** Groups and what must run before what: edges of values, and edges of order. Groups are known by the position of a node. */
import type { NodeId } from "../ir/graph.js";
import type { Group } from "./group.js";

export interface Slot {
  readonly group: Group;
  /** The position of its first and of its last node. */
  readonly first: number;
  readonly last: number;
  readonly before: Set<number>;
  readonly after: Set<number>;
}

export class GroupGraph {
  readonly #slots = new Map<number, Slot>();
  readonly #slotOf = new Map<NodeId, number>();

  entries(): Iterable<readonly [number, Slot]> {
    return this.#slots;
  }

  has(at: number): boolean {
    return this.#slots.has(at);
  }

  slot(at: number): Slot {
    const slot = this.#slots.get(at);
    if (!slot) throw new Error(`there is no group at ${at}`);
    return slot;
  }

  /** The group that computes a node; undefined for leaves and what is computed where it is used. */
  slotOf(id: NodeId): number | undefined {
    return this.#slotOf.get(id);
  }

  add(at: number, group: Group): void {
    this.#slots.set(at, { group, first: at, last: at, before: new Set(), after: new Set() });
    for (const id of group.members) this.#slotOf.set(id, at);
  }

  addEdge(from: number | undefined, to: number | undefined): void {
    if (from === undefined || to === undefined || from === to) return;
    this.slot(from).after.add(to);
    this.slot(to).before.add(from);
  }

  /** Whether one group must run before another, through a third. No group that begins behind `limit` is looked at. */
  pathAround(from: number, to: number, limit: number): boolean {
    const seen = new Set<number>();
    const stack = [...this.slot(from).after].filter((each) => each !== to);
    while (stack.length > 0) {
      const at = stack.pop() as number;
      if (at === to) return true;
      if (seen.has(at)) continue;
      seen.add(at);
      const slot = this.slot(at);
      if (slot.first > limit) continue;
      for (const next of slot.after) if (!seen.has(next)) stack.push(next);
    }
    return false;
  }

  /** Makes one group of two; it is known by the second's position. It costs what the first has of members and edges. */
  merge(from: number, to: number, group: Group): void {
    const [a, b] = [this.slot(from), this.slot(to)];
    for (const id of a.group.members) this.#slotOf.set(id, to);
    for (const each of a.before) this.slot(each).after.delete(from);
    for (const each of a.after) this.slot(each).before.delete(from);
    this.#slots.delete(from);
    this.#slots.set(to, { ...b, group, first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) });
    for (const each of a.before) this.addEdge(each, to);
    for (const each of a.after) this.addEdge(to, each);
  }
}
