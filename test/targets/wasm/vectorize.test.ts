/** Which loops may run in lanes: the legal ones do, and each way of being illegal is refused. */
import { describe, expect, test } from "vitest";
import type { Carried, Kernel, Statement } from "../../../compiler/ir/kernel.js";
import { add, constant, convert, load, lt, select, variable, type Scalar } from "../../../compiler/ir/scalar.js";
import * as sizes from "../../../compiler/ir/size.js";
import { indexSize, size, type Index, type Size } from "../../../compiler/ir/size.js";
import { visitCode } from "../../../compiler/targets/wasm/code.js";
import { compileKernel } from "../../../compiler/targets/wasm/kernel.js";
import { canVectorize, Planner, type Loop } from "../../../compiler/targets/wasm/vectorize.js";

const i: Index = { id: "i", extent: size(64) };
const j: Index = { id: "j", extent: size(8) };
const [at, inner] = [indexSize(i), indexSize(j)];
const capacityOf = (each: Size): number => sizes.evaluate(each, () => 64);

const store = (buffer: string, index: Size, value: Scalar, accumulate = false): Statement => ({
  kind: "store",
  buffer,
  type: "f32",
  index,
  value,
  accumulate,
});
const loop = (index: Index, body: readonly Statement[], carried: readonly Carried[] = [], more: object = {}): Loop => ({
  kind: "loop",
  index,
  extent: index.extent as Size,
  carried,
  body,
  ...more,
});
const x = (index: Size): Scalar => load("x", index, "f32");
const sum: Carried = {
  name: "sum",
  result: "sum'",
  type: "f64",
  initial: constant(0),
  next: add(variable("sum", "f64"), convert(x(at), "f64")),
};
const merge = {
  identity: [constant(0)],
  merge: ([a]: readonly Scalar[], [b]: readonly Scalar[]) => [add(a as Scalar, b as Scalar)],
};
const i32 = (value: number): Scalar => constant(value, "i32");

describe("legal", () => {
  test.each<[string, Loop]>([
    ["each element from its own", loop(i, [store("y", at, x(at))])],
    ["an update in place", loop(i, [store("y", at, add(load("y", at, "f32"), x(at)))])],
    ["reading anywhere", loop(i, [store("y", at, x(sizes.floorDiv(at, size(3))))])],
    ["a column of a matrix", loop(i, [loop(j, [store("y", sizes.add(at, sizes.mul(size(64), inner)), x(inner))])])],
    ["a sum in chains", loop(i, [], [sum], { merge })],
    ["adding to each element once", loop(i, [store("y", at, x(at), true)])],
  ])("%s", (_, each) => {
    expect(canVectorize(each, capacityOf)).toBe(true);
  });
});

describe("illegal", () => {
  const computed: Index = { id: "computed", extent: size(9) };
  test.each<[string, Loop]>([
    ["a sum in one chain", loop(i, [], [sum])],
    ["one element for all", loop(i, [store("y", size(0), x(at))])],
    ["the neighbour's element", loop(i, [store("y", at, load("y", sizes.add(at, size(1)), "f32"))])],
    ["the element before", loop(i, [store("y", sizes.add(at, size(1)), load("y", at, "f32"))])],
    ["two places of one buffer", loop(i, [store("y", at, x(at)), store("y", sizes.add(at, size(1)), x(at))])],
    ["every element twice", loop(i, [store("y", sizes.floorDiv(at, size(2)), x(at))])],
    ["diagonals that meet", loop(i, [loop(j, [store("y", sizes.add(at, inner), x(at))])])],
    [
      "adding at computed places",
      loop(i, [
        { kind: "bind", index: computed, value: load("labels", at, "i32") },
        store("y", indexSize(computed), x(at), true),
      ]),
    ],
    [
      "a condition that differs",
      loop(i, [{ kind: "if", condition: lt(x(at), constant(0, "f32")), then: [store("y", at, x(at))] }]),
    ],
    ["inner loops of different lengths", loop(i, [loop({ id: "k", extent: at }, [store("y", at, x(at))])])],
    [
      "a while loop",
      loop(i, [
        { kind: "while", condition: lt(i32(0), i32(1)), limit: size(3), carried: [], body: [] },
        store("y", at, x(at)),
      ]),
    ],
  ])("%s", (_, each) => {
    expect(canVectorize(each, capacityOf)).toBe(false);
  });
});

test("rows that lie side by side run in lanes rather than columns that do not", () => {
  const planner = new Planner(capacityOf);
  const transposed = loop(j, [store("y", sizes.add(at, sizes.mul(size(64), inner)), x(sizes.add(at, inner)))]);
  const columns = loop(i, [transposed]);
  expect(planner.shouldVectorize(columns)).toBe(true);
  const rows = loop(j, [loop(i, [store("y", sizes.add(at, sizes.mul(size(64), inner)), x(sizes.add(at, inner)))])]);
  expect(planner.shouldVectorize(rows)).toBe(false);
});

describe("a loop of 67 elements", () => {
  const odd: Index = { id: "i", extent: size(67) };
  const storesOf = (body: readonly Statement[]): string[] => {
    const kernel: Kernel = { name: "odd", doc: [], body: [loop(odd, body)] };
    const { code } = compileKernel(kernel, () => 0, { relaxed: false });
    const stores: string[] = [];
    visitCode(code.body, (each) => {
      if (each.kind === "memory" && each.value) stores.push(each.name);
    });
    return stores;
  };

  test("ends with four elements that overlap, where doing them again changes nothing", () => {
    const relu = select(lt(x(at), constant(0, "f32")), constant(0, "f32"), x(at));
    expect(storesOf([store("y", at, relu)])).toEqual(["v128.store"]);
  });

  test("ends with the lanes that count, where it writes what it reads", () => {
    const doubled = add(load("y", at, "f32"), load("y", at, "f32"));
    expect(storesOf([store("y", at, doubled)])).toEqual(["v128.store", "v128.store64_lane", "v128.store32_lane"]);
    expect(storesOf([store("y", at, x(at), true)])).toHaveLength(3);
  });
});
