/** The schedule's verifier and updates of listed rows: good schedules, and planted faults. */
import { callsOf } from "../../compiler/ir/program.js";
import { describe, expect, test } from "vitest";
import type { Statement } from "../../compiler/ir/kernel.js";
import { constant } from "../../compiler/ir/scalar.js";
import { add, one, size } from "../../compiler/ir/size.js";
import { verifyProgram, verifySchedule, type Schedule } from "../../compiler/plan/verify/verify.js";
import { compileStages } from "../../compiler/compile.js";
import { js } from "../../compiler/targets/js/js.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { adagrad, gather, input, minimize, model, normal, param, type Model } from "../../src/index.js";
import {
  changed,
  kernelWhere,
  moved,
  next,
  repeated,
  replaces,
  scheduleOf,
  withExtents,
  withLoadsAt,
  without,
  withScalars,
  withStatements,
  withStoresAt,
} from "./tamper.js";
import { placedOf } from "../stages.js";

function lookup(): Model {
  const table = param("table", [11, 6], normal(0, 1));
  const loss = gather(table, input("at", ["batch"], "int32"))
    .square()
    .sum();
  return model("lookup", { dims: { batch: 5 }, functions: { train: minimize(loss, adagrad()) } });
}

const schedule = scheduleOf(lookup(), "train");
const updating = kernelWhere(schedule, replaces("param:table"));
const summing = kernelWhere(schedule, ({ kernel }) => kernel.name === "compute table.gradient");
const placing = kernelWhere(schedule, ({ kernel }) => kernel.name === "compute places");
const [sums] = callsOf(schedule.steps)[summing]?.writes.map(({ buffer }) => buffer) as [string];
const [table] = callsOf(schedule.steps)[placing]?.writes.map(({ buffer }) => buffer) as [string];

function rejected(spoiled: Schedule, sentence: RegExp): void {
  expect(verifySchedule(schedule)).toEqual([]);
  expect(verifySchedule(spoiled)).toContainEqual(expect.stringMatching(sentence));
}

const isStore = (each: Statement, buffer: string, accumulate: boolean): boolean =>
  each.kind === "store" && each.buffer === buffer && each.accumulate === accumulate;

test.each(["all", "withoutUpdates", "none"] as const)("good schedules, fusion %s", (fusion) => {
  for (const target of [js, wasm])
    expect(verifyProgram(placedOf(compileStages(lookup(), [target], { fusion })))).toEqual([]);
});

describe("planted faults", () => {
  test("sums that do not begin at 0", () => {
    const spoiled = changed(schedule, summing, (kernel) =>
      withStatements(kernel, (each) => (isStore(each, sums, false) ? [] : [each])),
    );
    rejected(spoiled, /computes %\d+ \(.*\) also from what \S+ held before$/);
  });

  test("a row of sums that does not begin at 0", () => {
    const spoiled = changed(schedule, summing, (kernel) => {
      const [zero, ...rest] = kernel.body;
      const shorter = withExtents({ ...kernel, body: [zero as Statement] }, "batch", 4).body;
      return { ...kernel, body: [...shorter, ...rest] };
    });
    rejected(spoiled, /does not write each element of \S+ once/);
  });

  test("a second update of a row that is listed twice", () => {
    const spoiled = changed(schedule, updating, (kernel) =>
      withStatements(kernel, (each) => (each.kind === "if" ? each.then : [each])),
    );
    rejected(spoiled, /writes rows of table again where the list names them again/);
    const always = changed(schedule, updating, (kernel) =>
      withStatements(kernel, (each) => (each.kind === "if" ? [{ ...each, condition: constant(1, "bool") }] : [each])),
    );
    rejected(always, /writes rows of table again where the list names them again/);
    rejected(repeated(schedule, updating), /replaces table, which must hold param:table until then/);
  });

  test("rows summed after the update, and never", () => {
    rejected(moved(schedule, summing, updating + 1), /reads table.gradient, which must hold .*, but/);
    rejected(without(schedule, summing), /reads table.gradient, which must hold .*, but/);
  });

  test("an update before the places are known", () => {
    rejected(moved(schedule, placing, updating + 1), /reads places, which must hold .*, but/);
  });

  test("another row's condition, gradient or elements", () => {
    const otherPlace = changed(schedule, updating, (kernel) => withLoadsAt(kernel, table, next));
    rejected(otherPlace, /writes rows of table again where the list names them again/);
    const otherPosition = changed(schedule, updating, (kernel) =>
      withScalars(kernel, (each) => (each.kind === "index" ? { ...each, value: add(each.value, one) } : each)),
    );
    rejected(otherPosition, /writes rows of table of which the list is not gone through whole/);
    const otherGradient = changed(schedule, updating, (kernel) => withLoadsAt(kernel, sums, next));
    rejected(otherGradient, /reads table.gradient\[.*\], which need not be the gradient of the row that it updates/);
    const moved = (buffer: string) =>
      changed(schedule, updating, (kernel) => withLoadsAt(withStoresAt(kernel, buffer, next), buffer, next));
    for (const buffer of ["param:table", "kept:train:table:sum"])
      rejected(moved(buffer), /of which it does not write each/);
  });

  test("a list that is not gone through whole, and rows that are not", () => {
    const shorter = (at: number) => changed(schedule, at, (kernel) => withExtents(kernel, "batch", size(1)));
    rejected(shorter(updating), /writes rows of table of which the list is not gone through whole/);
    rejected(shorter(placing), /writes rows of places of which the list is not gone through whole/);
    const narrow = changed(schedule, updating, (kernel) => withExtents(kernel, "6", 5));
    rejected(narrow, /writes rows of table of which it does not write each element once/);
  });

  test("places that are no positions", () => {
    const spoiled = changed(schedule, placing, (kernel) =>
      withStatements(kernel, (each) => [
        isStore(each, table, false) ? ({ ...each, value: constant(0, "i32") } as Statement) : each,
      ]),
    );
    rejected(spoiled, /writes rows of places with something else than positions/);
  });
});
