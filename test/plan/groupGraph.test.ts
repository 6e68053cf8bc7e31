/** Merging groups: never across a third that must run between. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { NodeId } from "../../compiler/ir/ids.js";
import type { Group } from "../../compiler/plan/fuse/group.js";
import { GroupGraph, type Slot } from "../../compiler/plan/fuse/groupGraph.js";
import { schedule } from "../../compiler/plan/fuse/schedule.js";
import { nodeId, slotAt } from "../ids.js";

type Edge = readonly [number, number];

const groupOf = (members: readonly NodeId[]): Group => ({ members: new Set(members) }) as unknown as Group;

function graphOf(count: number, edges: readonly Edge[]): GroupGraph {
  const groups = new GroupGraph();
  for (let at = 0; at < count; at++) groups.add(at, groupOf([nodeId(at)]));
  for (const [from, to] of edges) groups.addEdge(slotAt(from), slotAt(to));
  return groups;
}

/** Whether a path through a third group leads from one to the other, found by looking at every group. */
function leadsAround(groups: GroupGraph, from: Slot, to: Slot): boolean {
  const seen = new Set([...groups.at(from).after].filter((each) => each !== to));
  for (const at of seen) for (const each of groups.at(at).after) seen.add(each);
  return seen.has(to);
}

/** The bound that suggests itself, and does not hold: values flow to later nodes, so what begins behind the goal is skipped. */
function leadsAroundByPosition(groups: GroupGraph, from: Slot, to: Slot): boolean {
  const firstOf = (at: Slot): number => Math.min(...groups.at(at).group.members);
  const seen = new Set([...groups.at(from).after].filter((each) => each !== to));
  for (const at of seen) {
    if (at !== to && firstOf(at) > groups.at(to).last) continue;
    for (const each of groups.at(at).after) seen.add(each);
  }
  return seen.has(to);
}

/** Edges of values lead to later nodes; those of order, here one in ten, lead either way. */
const drawn = fc.integer({ min: 2, max: 14 }).chain((count) => {
  const node = fc.nat(count - 1);
  const edge = fc.record({ a: node, b: node, order: fc.nat(9) });
  return fc.record({
    count: fc.constant(count),
    edges: fc.array(edge, { maxLength: 3 * count }),
    merges: fc.array(fc.tuple(node, node), { maxLength: 2 * count }),
  });
});

type Drawn = typeof drawn extends fc.Arbitrary<infer T> ? T : never;

/** Merges what may merge, and reports each answer; null if the graph has a cycle from the start. */
function mergeAll(
  { count, edges, merges }: Drawn,
  mustRunBetween: (groups: GroupGraph, a: Slot, b: Slot) => boolean,
): { readonly groups: GroupGraph; readonly wrong: number; readonly merged: number } | null {
  const groups = graphOf(
    count,
    edges.map(({ a, b, order }): Edge => (order === 0 ? [a, b] : [Math.min(a, b), Math.max(a, b)])),
  );
  if (!groups.rank()) return null;
  let [wrong, merged] = [0, 0];
  for (const [x, y] of merges) {
    const [a, b] = [groups.ownSlot(nodeId(x)), groups.ownSlot(nodeId(y))];
    if (a === b) continue;
    const answer = mustRunBetween(groups, a, b);
    if (answer !== (leadsAround(groups, a, b) || leadsAround(groups, b, a))) wrong++;
    if (answer) continue;
    groups.merge(a, b, groupOf([...groups.at(a).group.members, ...groups.at(b).group.members]));
    merged++;
  }
  return { groups, wrong, merged };
}

const hasOrder = (groups: GroupGraph): boolean => schedule(groups, () => []) !== null;

test("the answer is that of a search through all groups, after any merges, and no merge closes a cycle", () => {
  let mergers = 0;
  fc.assert(
    fc.property(drawn, (each) => {
      const done = mergeAll(each, (groups, a, b) => groups.mustRunBetween(a, b));
      if (!done)
        return !hasOrder(
          graphOf(
            each.count,
            each.edges.map(({ a, b, order }): Edge => (order === 0 ? [a, b] : [Math.min(a, b), Math.max(a, b)])),
          ),
        );
      mergers += done.merged;
      return done.wrong === 0 && hasOrder(done.groups);
    }),
    { numRuns: 3000, seed: 1 },
  );
  expect(mergers).toBeGreaterThan(3000);
});

test("the same property sees a bound by the positions of nodes", () => {
  const { failed } = fc.check(
    fc.property(drawn, (each) => {
      const done = mergeAll(
        each,
        (groups, a, b) => leadsAroundByPosition(groups, a, b) || leadsAroundByPosition(groups, b, a),
      );
      return !done || (done.wrong === 0 && hasOrder(done.groups));
    }),
    { numRuns: 3000, seed: 1 },
  );
  expect(failed).toBe(true);
});

test("a path that enters a merged group at its late node and leaves it from its early one", () => {
  const groups = graphOf(5, [
    [0, 3],
    [3, 4],
    [1, 2],
  ]);
  expect(groups.rank()).toBe(true);
  expect(groups.mustRunBetween(slotAt(0), slotAt(2))).toBe(false);
  groups.merge(slotAt(1), slotAt(4), groupOf([nodeId(1), nodeId(4)]));
  // 0 leads to 3, behind 2, and 3 by way of the merged group back to 2.
  expect(groups.mustRunBetween(slotAt(0), slotAt(2))).toBe(true);
  expect(groups.mustRunBetween(slotAt(2), slotAt(0))).toBe(true);
});

test("groups in a cycle have no ranks", () => {
  const groups = graphOf(3, [
    [0, 1],
    [1, 2],
    [2, 1],
  ]);
  expect(groups.rank()).toBe(false);
});
