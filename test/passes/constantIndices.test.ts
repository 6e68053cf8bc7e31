/** A constant index outside its axis is refused when the model is built: it would read another element. */
import { expect, test } from "vitest";
import { compileModel } from "../../compiler/compile.js";
import { isOptimcError } from "../../compiler/diagnostics.js";
import {
  concat,
  constant,
  crossEntropy,
  embedding,
  gather,
  input,
  model,
  param,
  takeAlongAxis,
  type Tensor,
} from "../../src/index.js";

const table = param("table", [5, 2], 0);
const x = input("x", ["batch", 3]);
const logits = input("logits", [2, 3]);
const index = input("index", [2], "int32");

const run = (result: Tensor): unknown => {
  try {
    compileModel(model("net", { dims: { batch: 4 }, functions: { run: { result } } }), {
      name: "net",
      targets: ["js"],
      source: "net.model.ts",
    });
  } catch (error) {
    if (isOptimcError(error)) return { code: error.code, expected: error.expected, found: error.found };
    throw error;
  }
  return null;
};
const refused = (below: number, found: string) => ({
  code: "index-out-of-range",
  expected: `a whole number from 0 below ${below}`,
  found,
});

const whole = (values: readonly number[]) => constant(values, "int32");

test.each([
  ["of a list", gather(table, whole([0, 7, 1])), refused(5, "7")],
  ["below 0", gather(table, whole([0, -1])), refused(5, "-1")],
  ["alone", gather(table, constant(5, "int32")), refused(5, "5")],
  ["the last", gather(table, whole([4])), null],
  ["in a part that is read", gather(table, whole([9, 1, 8]).slice([[1, null]])), refused(5, "8")],
  ["in a part that is not", gather(table, whole([9, 1, 4]).slice([[1, null]])), null],
  ["beside an input", gather(table, concat([index, whole([6])])), refused(5, "6")],
  ["of an embedding", embedding("words", 3, 2)(whole([3])), refused(3, "3")],
  ["along an axis", takeAlongAxis(logits, constant([[0], [3]], "int32"), 1), refused(3, "3")],
  ["beyond the capacity of a named axis", gather(x, whole([4])), refused(4, "4")],
  ["within it", gather(x, whole([3])), null],
  ["of labels", crossEntropy(logits, whole([0, 3])), refused(3, "3")],
  ["of labels that are ignored", crossEntropy(logits, whole([0, -100]), { ignoreIndex: -100 }), null],
] as const)("%s", (_, result, expected) => {
  expect(run(result as Tensor)).toEqual(expected);
});
