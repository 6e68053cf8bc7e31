/** Lists of tensors, new axes, parts, copies and triangles: what the build says of wrong ones, and what it makes. */
import { callsOf } from "../../compiler/ir/program.js";
import { describe, expect, test } from "vitest";
import { isOptimcError } from "../../compiler/diagnostics.js";
import type { Expression } from "../../compiler/ir/op.js";
import { printShape } from "../../compiler/ir/size.js";
import { model } from "../../compiler/model/model.js";
import { concat } from "../../compiler/ops/concat.js";
import { expand } from "../../compiler/ops/expand.js";
import { flatten } from "../../compiler/ops/flatten.js";
import { flip } from "../../compiler/ops/flip.js";
import { input } from "../../compiler/ops/input.js";
import { oneHot } from "../../compiler/ops/oneHot.js";
import { outer } from "../../compiler/ops/outer.js";
import { split } from "../../compiler/ops/split.js";
import { squeeze } from "../../compiler/ops/squeeze.js";
import { stack } from "../../compiler/ops/stack.js";
import { tile } from "../../compiler/ops/tile.js";
import { tril, triu } from "../../compiler/ops/tril.js";
import { unsqueeze } from "../../compiler/ops/unsqueeze.js";
import { build } from "../run.js";
import { eachTarget } from "../targets.js";

const x = input("x", ["batch", 3]);
const y = input("y", ["time", 3]);
const labels = input("labels", ["batch"], "int32");

const faults: Readonly<Record<string, () => unknown>> = {
  "unsqueeze: there is no place 3 for an axis in [batch, 3]": () => unsqueeze(x, 3),
  "squeeze: axis 0 of [batch, 3] is not of size 1": () => squeeze(x, 0),
  "squeeze: there is no axis 2": () => squeeze(x, 2),
  "flatten: axis 0 stands before axis 1": () => flatten(x, 1, 0),
  "expand: axis 0 is new and has no size yet": () => expand(x, [-1, -1, 3]),
  "expand: [batch, 3] does not broadcast to [batch, 4]": () => expand(x, [-1, 4]),
  "flip: an axis is named twice": () => flip(x, [0, -2]),
  "concat: [batch, 3] and [time, 3] differ beside axis 1": () => concat([x, y], 1),
  "concat: [batch, 3] and [batch] differ beside axis 0": () => concat([x, input("v", ["batch"])]),
  "concat: the operands have different element types": () => concat([labels, input("f", ["batch"])]),
  "concat: the operand is not a list of tensors": () => concat([]),
  "concat: there is no axis 0": () => concat([input("s", [])]),
  "stack: [batch, 3] and [time, 3] differ": () => stack([x, y]),
  "stack: there is no place -4 for an axis in [batch, 3]": () => stack([x, x], -4),
  "stack: the operand is not a list of tensors": () => stack(x as never),
  "split: more than one size is -1": () => split(x, [-1, -1]),
  "split: the sizes [1, 1] do not add up to 3": () => split(x, [1, 1], 1),
  "split: a part of 3 would be empty": () => split(x, [3, -1], 1),
  "split: the sizes [2, time] do not add up to batch": () => split(x, [2, "time"]),
  "split: operand 1 is not a tensor": () => split([x] as never, [1, 2]),
  "tile: the repeats are not numbers of copies": () => tile(x, [0, 1]),
  "oneHot: the indices are not integers": () => oneHot(x, 3),
  "outer: the operand is not a vector: [batch, 3]": () => outer(x, y),
  "tril: [batch] has no two axes": () => tril(labels),
  "triu: there is no diagonal 0.5": () => triu(x, 0.5),
};

test.each(Object.entries(faults))("%s", (sentence, make) => {
  let message = "";
  try {
    make();
  } catch (error) {
    message = isOptimcError(error) ? error.message : String(error);
  }
  expect(message.split("\n")[0]).toContain(sentence);
});

const shapes: readonly (readonly [string, Expression])[] = [
  ["[batch+time, 3]", concat([x, y])],
  ["[2*batch+time, 3]", concat([x, y, x])],
  ["[batch, 9]", concat([x, x, x], -1)],
  ["[batch, 2, 3]", stack([x, x], 1)],
  ["[batch-2, 3]", split(x, [2, -1])[1] as Expression],
  ["[time, 3]", split(concat([x, y]), ["batch", -1])[1] as Expression],
  ["[2*batch, 9]", tile(x, [2, 3])],
  ["[3*batch]", flatten(x)],
  ["[batch, 7]", oneHot(labels, 7)],
  ["[batch, classes]", oneHot(labels, "classes")],
];

test.each(shapes)("%s is the shape of what is made", (shape, made) => {
  expect(printShape(made.shape)).toBe(shape);
});

describe.each(eachTarget)("on %s, one kernel makes", (_, target) => {
  test.each<readonly [string, Expression]>([
    ["a concatenation", concat([x, y, x])],
    ["a stack", stack([x, x, x], -1)],
    ["a flip", flip(x)],
    ["a tile", tile(x, [2, 2])],
    ["rows with a one", oneHot(labels, 7)],
    ["an outer product", outer(labels, labels)],
    ["a triangle", tril(input("m", ["batch", "time"]))],
  ])("%s", (_, result) => {
    const live = build(model("m", { dims: { batch: 8, time: 4 }, functions: { run: { result } } }), { target });
    expect(live.program.functions.map(({ steps }) => callsOf(steps).length)).toEqual([1]);
  });
});
