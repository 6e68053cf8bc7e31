/**
 * Groups and what must run before what: edges of values, and edges of order. Groups are known by their slots.
 *
 * Once all edges are there, `rank` gives each group a rank below the ranks of all groups that must run after it; every
 * merge keeps this true. Ranks then rise along each path, so that a search for a path between two groups visits only
 * groups whose rank lies between theirs. Positions of nodes cannot serve as ranks: a path may enter a group of several
 * nodes at a late node and leave it from an early one.
 */
import type { NodeId } from "../../ir/graph.js";
import type { Counted, Numbered, OrderPosition } from "../../ir/ids.js";
import type { Group } from "./group.js";

/** The number by which a group is known: the position of one of its nodes. */
export type Slot = Numbered<"slot">;

/** Runs from 0: lower than that of each group that must run after it. */
type Rank = Counted<"rank">;

/** A group with its edges. */
export interface Linked {
  readonly group: Group;
  /** The position of its last node. */
  readonly last: OrderPosition;
  readonly before: Set<Slot>;
  readonly after: Set<Slot>;
}

export class GroupGraph {
  readonly #groups = new Map<Slot, Linked>();
  readonly #slotOf = new Map<NodeId, Slot>();
  readonly #rank = new Map<Slot, Rank>();

  entries(): Iterable<readonly [Slot, Linked]> {
    return this.#groups;
  }

  has(at: Slot): boolean {
    return this.#groups.has(at);
  }

  at(slot: Slot): Linked {
    const found = this.#groups.get(slot);
    if (!found) throw new Error(`there is no group at ${slot}`);
    return found;
  }

  /** The group that computes a node; undefined for leaves and what is computed where it is used. */
  slotOf(id: NodeId): Slot | undefined {
    return this.#slotOf.get(id);
  }

  /** The group that computes a node which has one. */
  ownSlot(id: NodeId): Slot {
    return this.#slotOf.get(id) as Slot;
  }

  /** Adds the group that a node at this position begins. */
  add(position: OrderPosition, group: Group): Slot {
    const number: number = position;
    const slot = number as Slot;
    this.#groups.set(slot, { group, last: position, before: new Set(), after: new Set() });
    for (const id of group.members) this.#slotOf.set(id, slot);
    return slot;
  }

  addEdge(from: Slot | undefined, to: Slot | undefined): void {
    if (from === undefined || to === undefined || from === to) return;
    this.at(from).after.add(to);
    this.at(to).before.add(from);
  }

  /** Ranks the groups, near the order in which they were added; false if they have no order. Later edges are those of merges. */
  rank(): boolean {
    const open = new Set<Slot>();
    for (const first of this.#groups.keys()) {
      const stack = [first];
      for (let at = stack.at(-1); at !== undefined; at = stack.at(-1)) {
        const missing = [...this.at(at).before].filter((each) => !this.#rank.has(each));
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
  mustRunBetween(a: Slot, b: Slot): boolean {
    const [low, high] = this.#inOrder(a, b);
    const limit = this.#rankOf(high);
    const seen = new Set<Slot>();
    const stack = [...this.at(low).after].filter((each) => each !== high);
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      if (at === high) return true;
      if (seen.has(at) || this.#rankOf(at) > limit) continue;
      seen.add(at);
      for (const next of this.at(at).after) stack.push(next);
    }
    return false;
  }

  /**
   * Makes one group of two between which none must run; it has the second's slot. It costs what the first has of members
   * and edges, and what has to move in the order.
   */
  merge(from: Slot, to: Slot, group: Group): void {
    this.#reorder(from, to);
    const [a, b] = [this.at(from), this.at(to)];
    for (const id of a.group.members) this.#slotOf.set(id, to);
    for (const each of a.before) this.at(each).after.delete(from);
    for (const each of a.after) this.at(each).before.delete(from);
    this.#groups.delete(from);
    this.#groups.set(to, { ...b, group, last: Math.max(a.last, b.last) });
    for (const each of a.before) this.addEdge(each, to);
    for (const each of a.after) this.addEdge(to, each);
  }

  #rankOf(at: Slot): Rank {
    return this.#rank.get(at) as Rank;
  }

  /** The one with the lower rank first. */
  #inOrder(a: Slot, b: Slot): readonly [low: Slot, high: Slot] {
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
  #reorder(from: Slot, to: Slot): void {
    const [low, high] = this.#inOrder(from, to);
    const [bottom, top] = [this.#rankOf(low), this.#rankOf(high)];
    const above = this.#reached(low, ({ after }) => after, bottom, top);
    const below = above.size === 0 ? above : this.#reached(high, ({ before }) => before, bottom, top);
    const byRank = (a: Slot, b: Slot): number => this.#rankOf(a) - this.#rankOf(b);
    const [first, last] = [[...below].sort(byRank), [...above].sort(byRank)];
    const ranks = [...first, ...last].map((at) => this.#rankOf(at));
    ranks.push(above.size === 0 ? top : bottom);
    ranks.sort((a, b) => a - b);
    this.#rank.delete(from);
    [...first, to, ...last].forEach((at, position) => this.#rank.set(at, ranks[position] as Rank));
  }

  /** The groups that one leads to by the edges of one direction, strictly between two ranks. */
  #reached(start: Slot, next: (group: Linked) => ReadonlySet<Slot>, bottom: Rank, top: Rank): Set<Slot> {
    const found = new Set<Slot>();
    const stack = [start];
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      for (const each of next(this.at(at))) {
        const rank = this.#rankOf(each);
        if (rank <= bottom || rank >= top || found.has(each)) continue;
        found.add(each);
        stack.push(each);
      }
    }
    return found;
  }
}
