/** A number of one kind is not given where one of another is wanted. */
import { expect, expectTypeOf, test } from "vitest";
import {
  append,
  entriesOf,
  idsOf,
  renumbered,
  type ArgumentPosition,
  type NodeId,
  type OrderPosition,
} from "../../compiler/ir/ids.js";
import type { CallPosition } from "../../compiler/ir/program.js";
import type { Slot } from "../../compiler/plan/fuse/groupGraph.js";
import type { Bytes } from "../../compiler/plan/memory/byteRanges.js";

test("only an id passes for an id, and only a slot for a slot", () => {
  expectTypeOf<NodeId>().toExtend<number>();
  expectTypeOf<Slot>().toExtend<number>();
  expectTypeOf<Slot>().not.toExtend<NodeId>();
  expectTypeOf<ArgumentPosition>().not.toExtend<NodeId>();
  expectTypeOf<number>().not.toExtend<NodeId>();
  expectTypeOf<NodeId>().not.toExtend<Slot>();
  expectTypeOf<OrderPosition>().not.toExtend<Slot>();
  expectTypeOf<number>().not.toExtend<Slot>();
});

test("a plain number passes for a position, a number of another kind does not", () => {
  expectTypeOf<number>().toExtend<ArgumentPosition>();
  expectTypeOf<number>().toExtend<CallPosition>();
  expectTypeOf<NodeId>().not.toExtend<ArgumentPosition>();
  expectTypeOf<NodeId>().not.toExtend<OrderPosition>();
  expectTypeOf<Slot>().not.toExtend<OrderPosition>();
  expectTypeOf<Bytes>().not.toExtend<CallPosition>();
  expectTypeOf<CallPosition>().not.toExtend<Bytes>();
});

test("ids are given where tables grow, are walked and are numbered anew", () => {
  const table: string[] = [];
  expect([append(table, "a"), append(table, "b"), append(table, "c", 10)]).toEqual([0, 1, 12]);
  expect(idsOf(table)).toEqual([0, 1, 2]);
  expect(idsOf(table, 2)).toEqual([2]);
  expect([...entriesOf(table)]).toEqual([...table.entries()]);
  expect([...renumbered([...idsOf(table)].reverse())]).toEqual([
    [2, 0],
    [1, 1],
    [0, 2],
  ]);
});
