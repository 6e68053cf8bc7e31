/**
 * Decides which nodes share a kernel. Every fusion is tried by lowering the nodes together, and is taken only if no
 * other kernel would have to run in between. Decisions are made one after another, each on the graph of groups that the
 * earlier ones left: two fusions that are legal alone can be impossible together.
 */
import { isInline, isLeaf, nodeAt, readArgs, type Graph, type NodeId } from "../../ir/graph.js";
import { topologicalOrder } from "../../ir/order.js";
import { bodiesOf, type Body } from "../../ir/body.js";
import { idAt, type OrderPosition } from "../../ir/ids.js";
import { isEffect, isPlainWrite, targetsOf } from "../../ir/effects.js";
import { NotFusable, type LoweringContext } from "../lower/lowerElement.js";
import { refusal } from "./updateFusion.js";
import { asLoops, groupOf, lowerGroup, type Group, type RootedGroup } from "./group.js";
import { GroupGraph, type Slot } from "./groupGraph.js";
import { updatesOf } from "../lower/lowerScatter.js";
import { joinSpaces } from "../lower/loopSpace.js";
import { bytesOf } from "../memory/buffer.js";
import { schedule, type Value } from "./schedule.js";
import { equalAll } from "../../ir/size.js";

/** How much is fused: nothing, all but updates into contractions, or everything. Results are the same bit for bit. */
export type FusionLevel = "none" | "withoutUpdates" | "all";

export type FusedGroup = Group & {
  /** Members whose values are kept in memory; effects among them write their targets. */
  readonly stored: readonly NodeId[];
};

export interface Fusion {
  /** In an order in which they can run. */
  readonly groups: readonly FusedGroup[];
  /** Why an update stays outside the kernel of its gradient, by the update's node. */
  readonly refusals: ReadonlyMap<NodeId, string>;
}

/**
 * The most nodes in one kernel. A longer chain is cut: lowering recurses along it, and the printed expression nests as
 * deep.
 */
const mostMembers = 200;

export function fuse(context: LoweringContext, level: FusionLevel): Fusion {
  return new Fuser(context, level).run();
}

class Fuser {
  readonly #context: LoweringContext;
  readonly #graph: Graph;
  readonly #level: FusionLevel;
  readonly #groups = new GroupGraph();
  readonly #position = new Map<NodeId, OrderPosition>();
  /** The nodes with a kernel or a place in memory that a node needs, through views. */
  readonly #needs = new Map<NodeId, ReadonlySet<NodeId>>();
  /** The nodes that must be computed before a node, though it reads none of them. */
  readonly #awaits = new Map<NodeId, ReadonlySet<NodeId>>();
  readonly #neededBy = new Map<NodeId, Set<NodeId>>();
  readonly #outputs: ReadonlySet<NodeId>;
  readonly #refusals = new Map<NodeId, string>();
  readonly #updates = new WeakMap<Group, "none" | "write" | "optimizer">();

  constructor(context: LoweringContext, level: FusionLevel) {
    this.#context = context;
    this.#graph = context.graph;
    this.#level = level;
    this.#outputs = new Set(this.#graph.outputs.map((output) => output.node));
  }

  run(): Fusion {
    const nodes = topologicalOrder(this.#graph);
    nodes.forEach((id, position) => this.#position.set(id, position));
    for (const id of nodes) this.#addNode(id);
    this.#addOrderEdges(nodes);
    if (!this.#groups.rank()) throw new Error(`${this.#graph.name}: the nodes have no order`);
    if (this.#level !== "none") this.#fuseAll(nodes);
    this.#joinUpdates();
    const stored = new Map([...this.#groups.entries()].map(([at, { group }]) => [at, this.#storedOf(group)]));
    const order = schedule(this.#groups, (at) => this.#valuesOf(stored.get(at) ?? []));
    if (!order) throw new Error(`${this.#graph.name}: the kernels have no order`);
    const groups = order.map((at) => ({ ...this.#groups.at(at).group, stored: stored.get(at) ?? [] }));
    return { groups, refusals: this.#refusals };
  }

  /**
   * The bytes that the stored members of a group take in the arena, and the groups that must run before they are free
   * again.
   */
  #valuesOf(stored: readonly NodeId[]): Value[] {
    return stored.flatMap((id) => {
      if (isEffect(this.#node(id))) return [];
      const { length, type } = this.#context.bufferOf(id);
      const users = [...(this.#neededBy.get(id) ?? [])].map((user) => this.#groups.ownSlot(user));
      const own = this.#groups.ownSlot(id);
      return [{ bytes: length * bytesOf[type], users: this.#outputs.has(id) ? null : new Set(users).add(own) }];
    });
  }

  #node(id: NodeId) {
    return nodeAt(this.#graph, id);
  }

  /** A node that is computed where it is used. */
  #isInline(id: NodeId): boolean {
    return isInline(this.#graph, this.#node(id));
  }

  #addNode(id: NodeId): void {
    const node = this.#node(id);
    const [needs, awaits] = [new Set<NodeId>(), new Set<NodeId>()];
    for (const [position, arg] of node.args.entries()) {
      const into = position < readArgs(node).length ? needs : awaits;
      if (this.#isInline(arg)) for (const each of this.#needs.get(arg) ?? []) into.add(each);
      else into.add(arg);
      for (const each of this.#awaits.get(arg) ?? []) if (this.#isInline(arg)) awaits.add(each);
    }
    this.#needs.set(id, needs);
    this.#awaits.set(id, awaits);
    if (this.#isInline(id) || isLeaf(node)) return;
    let group = groupOf(this.#graph, id);
    if (group.kind === "contraction" && !this.#lowers(group)) group = asLoops(group);
    const slot = this.#groups.add(this.#position.get(id) as OrderPosition, group);
    for (const need of needs) {
      this.#neededBy.set(need, (this.#neededBy.get(need) ?? new Set()).add(id));
      this.#groups.addEdge(this.#groups.slotOf(need), slot);
    }
    for (const each of awaits) this.#groups.addEdge(this.#groups.slotOf(each), slot);
  }

  /** Lets kernels that read the old value of a tensor run before the kernel that replaces it. */
  #addOrderEdges(order: readonly NodeId[]): void {
    for (const id of order) {
      for (const target of targetsOf(this.#graph, id)) {
        for (const reader of this.#neededBy.get(target) ?? []) {
          if (reader !== id) this.#groups.addEdge(this.#groups.slotOf(reader), this.#groups.slotOf(id));
        }
      }
    }
  }

  #lowers(group: Group): boolean {
    try {
      lowerGroup(this.#context, group, this.#storedOf(group));
      return true;
    } catch (error) {
      if (error instanceof NotFusable) return false;
      throw error;
    }
  }

  /** The members that something outside needs, that are returned, or that write. */
  #storedOf(group: Group): NodeId[] {
    const stored = [...group.members].filter((id) => {
      if (isEffect(this.#node(id)) || this.#outputs.has(id)) return true;
      const users = this.#neededBy.get(id);
      return !users || [...users].some((user) => !group.members.has(user));
    });
    return stored.sort((a, b) => (this.#position.get(a) as OrderPosition) - (this.#position.get(b) as OrderPosition));
  }

  #fuseAll(order: readonly NodeId[]): void {
    for (const id of order) {
      if (this.#groups.slotOf(id) === undefined) continue;
      let changed = true;
      while (changed) {
        changed = false;
        const to = this.#groups.ownSlot(id);
        const producers = [...this.#groups.at(to).before].sort((a, b) => b - a);
        for (const from of producers) {
          if (!this.#tryJoin(from, to)) continue;
          changed = true;
          break;
        }
      }
    }
    this.#joinSiblings();
  }

  /** Reductions and maps over the same axes that read the same tensor share their loops. */
  #joinSiblings(): void {
    const readers = new Map<NodeId, Set<Slot>>();
    for (const [at, { group }] of this.#groups.entries()) {
      if (group.kind !== "loops") continue;
      for (const id of group.members) {
        for (const need of this.#needs.get(id) ?? []) {
          if (!group.members.has(need)) readers.set(need, (readers.get(need) ?? new Set()).add(at));
        }
      }
    }
    for (const slots of readers.values()) {
      const sorted = [...slots].sort((a, b) => a - b);
      for (const [position, to] of sorted.entries()) {
        for (const from of sorted.slice(0, position)) {
          if (!this.#groups.has(to)) break;
          if (this.#groups.has(from)) this.#tryJoin(from, to);
        }
      }
    }
  }

  #isUpdate(group: Group): boolean {
    return this.#updatesOf(group) !== "none";
  }

  #isOptimizerUpdate(group: Group): boolean {
    return this.#updatesOf(group) === "optimizer";
  }

  /** Computed once for each group, because each attempt to join another group asks for it. */
  #updatesOf(group: Group): "none" | "write" | "optimizer" {
    const known = this.#updates.get(group);
    if (known !== undefined) return known;
    let found: "none" | "write" | "optimizer" = "none";
    for (const id of group.members) {
      const node = this.#node(id);
      if (!isEffect(node)) continue;
      found = isPlainWrite(node) ? "write" : "optimizer";
      if (found === "optimizer") break;
    }
    this.#updates.set(group, found);
    return found;
  }

  #tryJoin(from: Slot, to: Slot): boolean {
    const [producer, consumer] = [this.#groups.at(from), this.#groups.at(to)];
    const joined = this.#joined(producer.group, consumer.group);
    if (!joined) return false;
    if (this.#groups.mustRunBetween(from, to)) {
      this.#refuse(consumer.group, "another kernel must run between the gradient and the update");
      return false;
    }
    if (!this.#lowers(joined)) {
      this.#refuse(consumer.group, "the update is not aligned with the kernel of its gradient");
      return false;
    }
    this.#groups.merge(from, to, joined);
    for (const id of joined.members) this.#refusals.delete(id);
    return true;
  }

  /** One group for both, or null if their kinds do not allow one. */
  #joined(producer: Group, consumer: Group): Group | null {
    if (producer.members.size + consumer.members.size > mostMembers || this.#isUpdate(producer)) return null;
    if (consumer.kind === "scatter") return this.#addsUp(producer, consumer);
    if (consumer.kind !== "loops" && consumer.kind !== "row") return null;
    const members = new Set([...producer.members, ...consumer.members]);
    if (consumer.kind === "row") return this.#feedsRow(producer, consumer, members) ? { ...consumer, members } : null;
    if (this.#isOptimizerUpdate(consumer)) {
      const reason = refusal(this.#graph, producer, consumer, this.#neededBy, this.#outputs);
      if (reason !== null) {
        if (reason !== "") this.#refuse(consumer, reason);
        return null;
      }
      if (this.#level === "withoutUpdates") return null;
    }
    if (producer.kind === "contraction") {
      if (consumer.space.reduced.includes(true)) return null;
      if (this.#feedsReductionsOnly(consumer) && this.#isNeededOutside(producer, members)) return null;
      const kept = producer.space.axes.filter((_, axis) => !producer.space.reduced[axis]);
      if (equalAll(kept, consumer.space.axes)) return { ...producer, members };
      this.#refuse(consumer, "the kernel of its gradient has the axes in another order");
      return null;
    }
    if (producer.kind !== "loops") return null;
    const space = joinSpaces(producer.space, consumer.space);
    return space && { kind: "loops", members, root: null, space };
  }

  /** Whether a program along an axis computes for itself what it reads once and nobody else reads. */
  #feedsRow(producer: Group, consumer: RootedGroup, members: ReadonlySet<NodeId>): boolean {
    const { lowering } = this.#node(consumer.root).op.definition;
    if (lowering?.kind !== "row" || !lowering.readsOnce || producer.kind !== "loops") return false;
    return !producer.space.reduced.includes(true) && !this.#isNeededOutside(producer, members);
  }

  /** Whether a value of the group must be stored because a node outside `members` or the function's result needs it. */
  #isNeededOutside(group: Group, members: ReadonlySet<NodeId>): boolean {
    return [...group.members].some(
      (id) => this.#outputs.has(id) || [...(this.#neededBy.get(id) ?? [])].some((user) => !members.has(user)),
    );
  }

  /**
   * Whether only reductions need the group's values: these compute it in their own loops, unless the contraction can
   * store it in place of its own result.
   */
  #feedsReductionsOnly(group: Group): boolean {
    const users = [...group.members].flatMap((id) =>
      this.#outputs.has(id) ? [id] : [...(this.#neededBy.get(id) ?? [])],
    );
    return users.length > 0 && users.every((user) => this.#node(user).op.definition.lowering?.kind === "reduce");
  }

  /** What nothing else needs is added up where it is computed: a product, or elements of any expression. */
  #addsUp(producer: Group, consumer: RootedGroup): Group | null {
    const members = new Set([...producer.members, ...consumer.members]);
    if (this.#isNeededOutside(producer, members)) return null;
    if (producer.kind === "loops" && !producer.space.reduced.includes(true)) return { ...consumer, members };
    if (producer.kind !== "contraction" || producer.members.size > 1 || consumer.members.size > 1) return null;
    return updatesOf(this.#node(consumer.root)) === producer.root ? { ...producer, members } : null;
  }

  #refuse(group: Group, reason: string): void {
    for (const id of group.members) {
      if (isEffect(this.#node(id)) && !this.#refusals.has(id)) this.#refusals.set(id, reason);
    }
  }

  /** Updates with one body that stayed alone become one kernel, one loop after another. */
  #joinUpdates(): void {
    if (this.#level === "none") return;
    const alone = [...this.#groups.entries()].filter(([, { group }]) => {
      if (group.kind !== "loops") return false;
      return group.members.size === 1 && this.#isOptimizerUpdate(group);
    });
    const first = new Map<string, { readonly to: Slot; readonly members: Set<NodeId> }>();
    for (const [at, { group }] of alone) {
      const id = idAt([...group.members], 0);
      const [{ key }] = bodiesOf(this.#node(id)) as readonly [Body];
      const other = first.get(key);
      if (other === undefined) {
        first.set(key, { to: at, members: new Set(group.members) });
        continue;
      }
      const { to, members } = other;
      if (this.#groups.mustRunBetween(to, at)) continue;
      // The set grows with each update; it belongs to this group alone.
      members.add(id);
      this.#groups.merge(at, to, { kind: "updates", members, root: null, space: group.space });
    }
  }
}
