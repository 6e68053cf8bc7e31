/**
 * Groups, and the edges that say which must run before which: edges of values, and edges of order. The position of a
 * node identifies a group.
 *
 * Once all edges are there, `rank` gives each group a rank below the ranks of all groups that must run after it; every
 * merge keeps this true. Ranks then rise along each path, so that a search for a path between two groups visits only
 * groups whose rank lies between theirs. Positions of nodes cannot serve as ranks: a path may enter a group of several
 * nodes at a late node and leave it from an early one.
 */
import type { NodeId } from "../../ir/graph.js";
import type { Group } from "./group.js";

export interface Slot {
  readonly group: Group;
  /** The position of its last node. */
  readonly last: number;
  readonly before: Set<number>;
  readonly after: Set<number>;
}

export class GroupGraph {
  readonly #slots = new Map<number, Slot>();
  readonly #slotOf = new Map<NodeId, number>();
  readonly #rank = new Map<number, number>();

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

  /** The group that computes a node; undefined for leaves and for nodes that are computed where they are used. */
  slotOf(id: NodeId): number | undefined {
    return this.#slotOf.get(id);
  }

  add(at: number, group: Group): void {
    this.#slots.set(at, { group, last: at, before: new Set(), after: new Set() });
    for (const id of group.members) this.#slotOf.set(id, at);
  }

  addEdge(from: number | undefined, to: number | undefined): void {
    if (from === undefined || to === undefined || from === to) return;
    this.slot(from).after.add(to);
    this.slot(to).before.add(from);
  }

  /** Ranks the groups, near the order in which they were added; false if they have no order. Later edges are those of merges. */
  rank(): boolean {
    const open = new Set<number>();
    for (const first of this.#slots.keys()) {
      const stack = [first];
      while (stack.length > 0) {
        const at = stack[stack.length - 1] as number;
        const missing = [...this.slot(at).before].filter((each) => !this.#rank.has(each));
        if (this.#rank.has(at) || missing.length === 0) {
          stack.pop();
          open.delete(at);
          if (!this.#rank.has(at)) this.#rank.set(at, this.#rank.size);
          continue;
        }
        if (open.has(at)) return false;
        open.add(at);
        stack.push(...missing.reverse());
      }
    }
    return true;
  }

  /** Whether one of two groups must run before the other through a third, so that one kernel for both has no place. */
  mustRunBetween(a: number, b: number): boolean {
    const [low, high] = this.#inOrder(a, b);
    const limit = this.#rankOf(high);
    const seen = new Set<number>();
    const stack = [...this.slot(low).after].filter((each) => each !== high);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at === high) return true;
      if (seen.has(at) || this.#rankOf(at) > limit) continue;
      seen.add(at);
      for (const next of this.slot(at).after) stack.push(next);
    }
    return false;
  }

  /**
   * Merges two groups between which no other must run; the second's position identifies the result. The time is
   * proportional to the first group's members and edges, plus the groups that get other ranks.
   */
  merge(from: number, to: number, group: Group): void {
    this.#reorder(from, to);
    const [a, b] = [this.slot(from), this.slot(to)];
    for (const id of a.group.members) this.#slotOf.set(id, to);
    for (const each of a.before) this.slot(each).after.delete(from);
    for (const each of a.after) this.slot(each).before.delete(from);
    this.#slots.delete(from);
    this.#slots.set(to, { ...b, group, last: Math.max(a.last, b.last) });
    for (const each of a.before) this.addEdge(each, to);
    for (const each of a.after) this.addEdge(to, each);
  }

  #rankOf(at: number): number {
    return this.#rank.get(at) as number;
  }

  /** Both, the one with the lower rank first. */
  #inOrder(a: number, b: number): readonly [number, number] {
    return this.#rankOf(a) < this.#rankOf(b) ? [a, b] : [b, a];
  }

  /**
   * Gives new ranks to the groups between two that are about to merge. Let L be the lower one and H the higher one, A
   * the groups below H to which L leads, and B the groups above L that lead to H. No group is in both A and B, since
   * none must run between L and H. The ranks of B, L, H and A are assigned anew, in ascending order: first to B, then
   * to the merged group, last to A, with B and A each in their old order. The highest rank is left over.
   *
   * Ranks still rise along every edge. Those of B only fall and those of A only rise, because L held the lowest of
   * these ranks and H the highest.
   * - An edge into B from elsewhere comes from below L; otherwise its origin would be in B. An edge out of B led
   *   upwards, and still does after B fell. For A it is the mirror image.
   * - An edge from B to A leads upwards. An edge from A to B would make a path from L to H.
   * - Groups that lead to L lie below it, and so below all ranks that are assigned. Groups that lead to H lie there
   *   too, or are in B. For the groups to which L and H lead it is the mirror image.
   *
   * Without A nothing needs to move: the merged group takes the rank of H.
   */
  #reorder(from: number, to: number): void {
    const [low, high] = this.#inOrder(from, to);
    const [bottom, top] = [this.#rankOf(low), this.#rankOf(high)];
    const above = this.#reached(low, (slot) => slot.after, bottom, top);
    const below = above.size === 0 ? above : this.#reached(high, (slot) => slot.before, bottom, top);
    const byRank = (a: number, b: number): number => this.#rankOf(a) - this.#rankOf(b);
    const [first, last] = [[...below].sort(byRank), [...above].sort(byRank)];
    const ranks = [...first, ...last].map((at) => this.#rankOf(at));
    ranks.push(above.size === 0 ? top : bottom);
    ranks.sort((a, b) => a - b);
    this.#rank.delete(from);
    [...first, to, ...last].forEach((at, position) => this.#rank.set(at, ranks[position] as number));
  }

  /** The groups that can be reached from one along edges of one direction, with ranks strictly between two. */
  #reached(start: number, next: (slot: Slot) => ReadonlySet<number>, bottom: number, top: number): Set<number> {
    const found = new Set<number>();
    const stack = [start];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (const each of next(this.slot(at))) {
        const rank = this.#rankOf(each);
        if (rank <= bottom || rank >= top || found.has(each)) continue;
        found.add(each);
        stack.push(each);
      }
    }
    return found;
  }
}
