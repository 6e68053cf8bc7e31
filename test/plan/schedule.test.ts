/** The order of groups: legal, and early where it frees memory. */
import { expect, test } from "vitest";
import { minimize, model } from "../../compiler/model/model.js";
import { normal } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { mean } from "../../compiler/ops/mean.js";
import { param } from "../../compiler/ops/param.js";
import { relu } from "../../compiler/ops/relu.js";
import { square } from "../../compiler/ops/square.js";
import { sgd } from "../../library/optimizers/sgd.js";
import type { Group } from "../../compiler/plan/fuse/group.js";
import { GroupGraph } from "../../compiler/plan/fuse/groupGraph.js";
import { schedule, type Value } from "../../compiler/plan/fuse/schedule.js";
import { nodeId, slotAt } from "../ids.js";
import { build } from "../run.js";

/** Groups by number, and what must run before what. */
function graph(count: number, edges: readonly (readonly [number, number])[]): GroupGraph {
  const groups = new GroupGraph();
  for (let at = 0; at < count; at++) groups.add(at, { members: new Set([nodeId(at)]) } as unknown as Group);
  for (const [from, to] of edges) groups.addEdge(slotAt(from), slotAt(to));
  return groups;
}

const nothing = (): readonly Value[] => [];

test("without memory, the order of the graph as far as edges allow", () => {
  expect(schedule(graph(4, []), nothing)).toEqual([0, 1, 2, 3]);
  expect(
    schedule(
      graph(4, [
        [3, 1],
        [1, 0],
      ]),
      nothing,
    ),
  ).toEqual([2, 3, 1, 0]);
});

test("a cycle has no order", () => {
  const edges = [
    [0, 1],
    [1, 2],
    [2, 1],
  ] as const;
  expect(schedule(graph(3, edges), nothing)).toBeNull();
});

test("what ends a value runs as soon as it can", () => {
  // 0 makes a value for 1 and 3; 1 makes one for 2; 3 makes nothing.
  const edges = [
    [0, 1],
    [1, 2],
    [0, 3],
  ] as const;
  const users = (...numbers: readonly number[]) => new Set(numbers.map(slotAt));
  const values = (at: number): readonly Value[] =>
    at === 0 ? [{ bytes: 8, users: users(0, 1, 3) }] : at === 1 ? [{ bytes: 8, users: users(1, 2) }] : [];
  expect(schedule(graph(4, edges), values)).toEqual([0, 1, 3, 2]);
  // A value that is returned is never free.
  const returned = (at: number): readonly Value[] =>
    values(at).map((value) => (at === 0 ? { ...value, users: null } : value));
  expect(schedule(graph(4, edges), returned)).toEqual([0, 1, 2, 3]);
});

test("a deep net keeps its activations and two gradients, not a gradient of every layer", () => {
  const [layers, width, batch] = [10, 16, 32];
  let at = input("x", ["batch", width]);
  for (let i = 0; i < layers; i++) at = relu(matmul(at, param(`w${i}`, [width, width], normal())));
  const { program } = build(
    model("deep", { dims: { batch }, functions: { train: minimize(mean(square(at)), sgd({ lr: 1 })) } }),
  );
  const activation = 4 * width * batch;
  expect(program.layout.arena.bytes).toBeLessThanOrEqual((layers + 2) * activation + 256);
});
