/** Programs along one axis: what joins their kernels, and planted faults that the verifier rejects. */
import { callsOf } from "../../compiler/ir/program.js";
import { describe, expect, test } from "vitest";
import { mapStatements, type Kernel, type Statement } from "../../compiler/ir/kernel.js";
import { constant } from "../../compiler/ir/scalar.js";
import { add, indexSize, mul, size, sub, substitute, type Index } from "../../compiler/ir/size.js";
import { verifySchedule, type Schedule } from "../../compiler/plan/verify/verify.js";
import { compileStages } from "../../compiler/compile.js";
import { js } from "../../compiler/targets/js/js.js";
import { compute, gradient, input, model, sort, topK, type Model } from "../../src/index.js";
import { changed, next, scheduleOf, withExtents, withLoadsAt, withoutLoads, withoutStores, withScalars, withStatements } from "./tamper.js"; // prettier-ignore

const x = input("x", ["batch", 8]);
const y = input("y", ["batch", 8]);

const kernelsOf = (outputs: Parameters<typeof compute>[0]): number[] => {
  const made = model("m", { dims: { batch: 5 }, functions: { run: compute(outputs) } });
  const [run] = compileStages(made, [js]).groups.functions;
  return run?.grouping.fusion.groups.map(({ members }) => members.size) ?? [];
};

describe("what computes an argument", () => {
  test("joins an accumulation, which reads each element once", () => {
    expect(kernelsOf({ c: x.mul(y).exp().cumsum(1) })).toEqual([3]);
    expect(kernelsOf({ c: x.mul(y).exp().cummax(0) })).toEqual([3]);
  });

  test("stays apart if something else needs it, or it reduces", () => {
    expect(kernelsOf({ c: x.exp().cumsum(1), d: x.exp() })).toEqual([1, 1]);
    expect(kernelsOf({ c: x.softmax(1).cumsum(1) })).toHaveLength(2);
  });

  test("stays apart from a sort, which reads an element often", () => {
    expect(kernelsOf({ c: x.exp().argsort(1) })).toEqual([1, 1]);
  });

  test("views are index arithmetic in both", () => {
    expect(kernelsOf({ c: x.transpose().flip(0).cumsum(1) })).toEqual([1]);
    expect(kernelsOf({ c: x.transpose().flip(0).argsort(0) })).toEqual([1]);
  });

  test("what follows is a kernel of its own, and values of a sort join it", () => {
    expect(kernelsOf({ c: x.cumsum(1).mul(2) })).toEqual([1, 1]);
    expect(kernelsOf({ c: sort(x).values.mul(2) })).toEqual([1, 2]);
    expect(kernelsOf({ g: gradient(x.cumsum(1).square().sum(), x) }).length).toBeLessThan(4);
  });
});

function rejected(schedule: Schedule, sentence: RegExp): void {
  expect(verifySchedule(schedule)).toContainEqual(expect.stringMatching(sentence));
}

const made = (outputs: Parameters<typeof compute>[0]): Model =>
  model("m", { dims: { batch: 5 }, functions: { run: compute(outputs) } });

describe("planted faults in an order", () => {
  const schedule = scheduleOf(made({ argsort: x.argsort(1) }), "run");
  const result = callsOf(schedule.steps)[0]?.writes[0]?.buffer as string;
  const spoiled = (change: (kernel: Kernel) => Kernel): Schedule => changed(schedule, 0, change);
  /** The statements of a row, changed. */
  const inRow = (change: (row: readonly Statement[]) => readonly Statement[]): Schedule =>
    spoiled((kernel) => {
      const [rows] = kernel.body as [Statement & { kind: "loop" }];
      return { ...kernel, body: [{ ...rows, body: change(rows.body) }] };
    });

  test("it is good as it is", () => {
    expect(verifySchedule(schedule)).toEqual([]);
  });

  test("the places are not filled in before they are read", () => {
    rejected(
      inRow(([, ...rest]) => rest),
      /in place, but reads argsort|which nothing in it needs/,
    );
    rejected(
      inRow(([fill, ...rest]) => [...rest, fill as Statement]),
      /reads argsort, which nothing in it needs/,
    );
    rejected(
      inRow(([fill, ...rest]) => [...rest, fill as Statement]),
      /computes %\d+ \(argsort\) without input:run:x$/,
    );
  });

  test("not all places are filled in, or only under a condition", () => {
    const [fill] = (callsOf(schedule.steps)[0]?.kernel.body[0] as Statement & { kind: "loop" }).body as [Statement & { kind: "loop" }]; // prettier-ignore
    const shorter: Statement = { ...fill, extent: size(7), index: { ...fill.index, extent: size(7) } };
    rejected(
      inRow(([, ...rest]) => [shorter, ...rest]),
      /does not write each element of argsort once/,
    );
    rejected(
      inRow(([, ...rest]) => [shorter, ...rest]),
      /(reads|changes) argsort\[.*\], which need not lie in the row/,
    );
    const under: Statement = { kind: "if", condition: constant(1, "bool"), then: [fill] };
    rejected(
      inRow(([, ...rest]) => [under, ...rest]),
      /reads argsort, which nothing in it needs/,
    );
  });

  test("rows are filled in by another loop than they are read in", () => {
    const apart = spoiled((kernel) => {
      const [rows] = kernel.body as [Statement & { kind: "loop" }];
      const again: Index = { ...rows.index, id: "again" };
      const [fill, ...rest] = rows.body as [Statement, ...Statement[]];
      const first = mapStatements([fill], {
        size: (each) =>
          substitute(each, (factor) =>
            factor.kind === "index" && factor.index.id === rows.index.id ? indexSize(again) : undefined,
          ),
      });
      return {
        ...kernel,
        body: [
          { ...rows, index: again, body: first },
          { ...rows, body: rest },
        ],
      };
    });
    rejected(apart, /reads argsort, which nothing in it needs/);
  });

  test("a read or a store beside the row", () => {
    rejected(
      spoiled((kernel) => withLoadsAt(kernel, result, (index) => add(index, size(8)))),
      /reads argsort/,
    );
    // The last row reads beyond the buffer; the others must not read the next row either.
    const reversed = (index: Parameters<typeof sub>[0]) => sub(add(mul(size("batch"), size(8)), size(-1)), index);
    rejected(
      spoiled((kernel) => withLoadsAt(kernel, result, reversed)),
      /in place, but reads argsort|which nothing in it needs/,
    );
    let count = 0;
    const moved = spoiled((kernel) =>
      withStatements(kernel, (each) => [
        each.kind === "store" && ++count > 1 ? { ...each, index: next(each.index) } : each,
      ]),
    );
    rejected(moved, /(writes argsort\[\d+\]|changes argsort\[.*\], which need not lie in the row)/);
  });

  test("a place that is not held within the row", () => {
    const loose = spoiled((kernel) =>
      withStatements(kernel, (each) => [
        each.kind === "bind" && each.value.kind === "select" ? { ...each, value: each.value.y } : each,
      ]),
    );
    rejected(loose, /a computed index is not held within \[0, 8\)/);
  });

  test("an order that does not depend on the values", () => {
    rejected(
      spoiled((kernel) => withoutLoads(kernel, "input:run:x")),
      /computes %\d+ \(argsort\) without input:run:x$/,
    );
    rejected(
      spoiled((kernel) => withoutStores(kernel, result)),
      /never writes argsort$/,
    );
  });
});

describe("planted faults in an accumulation", () => {
  const schedule = scheduleOf(made({ cumsum: x.mul(y).cumsum(0) }), "run");
  const spoiled = (change: (kernel: Kernel) => Kernel): Schedule => changed(schedule, 0, change);

  test("an argument is not read", () => {
    expect(verifySchedule(schedule)).toEqual([]);
    rejected(
      spoiled((kernel) => withoutLoads(kernel, "input:run:y")),
      /computes %\d+ \(cumsum\) without input:run:y$/,
    );
  });

  test("it runs to the capacity, or leaves the last out", () => {
    rejected(
      spoiled((kernel) => withExtents(kernel, "batch", 5)),
      /(reads|writes) \w+\[\d+\] \(at .*\), which has the elements 0 to 7 with batch = 1$/,
    );
    rejected(
      spoiled((kernel) => withExtents(kernel, "8", 7)),
      /does not write each element of cumsum once/,
    );
  });

  test("it goes on with what it has stored at another place", () => {
    const [buffer] = callsOf(schedule.steps)[0]?.writes.map((write) => write.buffer) as [string];
    const read = spoiled((kernel) =>
      withScalars(kernel, (each) =>
        each.kind === "load" && each.buffer === "input:run:y" ? { ...each, buffer } : each,
      ),
    );
    rejected(read, /reads cumsum, which nothing in it needs/);
  });
});

test("places of an axis whose size the call brings, of which so many are chosen", () => {
  const schedule = scheduleOf(made({ first: topK(x, 3, 0).indices }), "run");
  expect(verifySchedule(schedule)).toEqual([]);
  expect(schedule.positive.map((each) => each.key)).toContain(sub(size("batch"), size(2)).key);
});
