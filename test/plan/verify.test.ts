/** The schedule's verifier accepts what the planner makes, and rejects every planted fault with its sentence. */
import { callsOf } from "../../compiler/ir/program.js";
import { describe as group, expect, test } from "vitest";
import { add, dimensionsOf, floorDiv, indexSize, mul, size, sub } from "../../compiler/ir/size.js";
import { indexValue, load, mul as times } from "../../compiler/ir/scalar.js";
import { usesOf, type Axis, type Contraction, type Kernel, type Tiling } from "../../compiler/ir/kernel.js";
import {
  verifyProgram,
  verifySchedule,
  type Schedule,
  type ScheduledKernel,
} from "../../compiler/plan/verify/verify.js";
import { compileProgram, compileStages } from "../../compiler/compile.js";
import { js } from "../../compiler/targets/js/js.js";
import { models } from "./models.js";
import {
  changed,
  kernelWhere,
  moved,
  next,
  placed,
  reads,
  repeated,
  replaces,
  scheduleOf,
  withExtents,
  withKernels,
  withLoadsAt,
  without,
  withoutLoads,
  withoutStores,
  withScalars,
  withStatements,
  withStoresAt,
} from "./tamper.js";
import { placedOf } from "../stages.js";

group("good schedules", () => {
  for (const [name, make] of Object.entries(models)) {
    for (const fusion of ["all", "withoutUpdates", "none"] as const) {
      test(`${name}, fusion ${fusion}`, () => {
        expect(verifyProgram(placedOf(compileStages(make(), [js], { fusion })))).toEqual([]);
      });
    }
  }
});

/** The kernel that stores a node. */
const writesNode = (id: number) => (kernel: ScheduledKernel) =>
  kernel.writes.some(({ value }) => value.startsWith(`%${id} `));

/** That the spoiled schedule is rejected, with this sentence among others that follow from it. */
function rejected(schedule: Schedule, sentence: RegExp): void {
  expect(verifySchedule(schedule)).toContainEqual(expect.stringMatching(sentence));
}

group("planted faults in the order of kernels", () => {
  test("dX after the update of the weight that it reads", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    const weight = "param:output.weight";
    const update = kernelWhere(schedule, replaces(weight));
    const gradient = kernelWhere(schedule, (kernel) => reads(weight)(kernel) && writesNode(26)(kernel));
    rejected(
      moved(schedule, update, gradient),
      /^train: kernel '.*' reads output.weight, which must hold param:output.weight, but it holds param:output.weight after adam %\d+$/,
    );
  });

  test("tied weights: the decoder reads the encoder's weight after the update", () => {
    const schedule = scheduleOf(models.tied(), "train");
    const update = kernelWhere(schedule, replaces("param:weight"));
    const readers = callsOf(schedule.steps).flatMap((kernel, at) =>
      reads("param:weight")(kernel) && at !== update ? [at] : [],
    );
    expect(readers.length).toBeGreaterThan(1);
    for (const reader of readers) {
      rejected(
        moved(schedule, reader, callsOf(schedule.steps).length),
        /^train: kernel '.*' reads weight, which must hold param:weight, but it holds param:weight after adam %\d+$/,
      );
    }
  });

  test("an output that is computed after the update", () => {
    const schedule = scheduleOf(models.polynomial(), "train");
    const output = kernelWhere(schedule, ({ writes }) => writes.some(({ value }) => value.endsWith("(a)")));
    rejected(
      moved(schedule, output, callsOf(schedule.steps).length),
      /reads a, which must hold param:a, but it holds param:a after sgd %\d+$/,
    );
  });

  test("a forgotten buffer: nothing writes what another kernel reads", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    rejected(
      without(schedule, 0),
      /^train: kernel '.*' reads \S+, which must hold %9 \(where\), but nothing has been written there$/,
    );
  });

  test("a forgotten update", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    const update = kernelWhere(schedule, replaces("param:hidden.weight"));
    rejected(
      without(schedule, update),
      /^train: after the last kernel hidden.weight must be param:hidden.weight after adam %\d+, but it holds param:hidden.weight$/,
    );
    const stores = changed(schedule, update, (kernel) => withoutStores(kernel, "kept:train:hidden.weight:exp_avg_sq"));
    rejected(stores, /^train: kernel 'update hidden.weight' never writes hidden.weight.exp_avg_sq$/);
    rejected(stores, /^train: after the last kernel hidden.weight.exp_avg_sq must be .* after adam %\d+, but it holds/);
  });

  test("an update twice", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    const update = kernelWhere(schedule, replaces("param:hidden.weight"));
    const sentence =
      /^train: kernel 'update hidden.weight' replaces hidden.weight, which must hold param:hidden.weight until then, but it holds param:hidden.weight after adam %\d+$/;
    rejected(repeated(schedule, update), sentence);
    const stored = changed(schedule, update, (kernel) =>
      withStatements(kernel, (each) =>
        each.kind === "store" && each.buffer === "param:hidden.weight" ? [each, each] : [each],
      ),
    );
    rejected(stored, /^train: kernel 'update hidden.weight' writes hidden.weight 2 times$/);
  });

  test("a repeated assign, also of a value that does not depend on the old one", () => {
    const schedule = scheduleOf(models.counters(), "observe");
    const assign = kernelWhere(schedule, replaces("state:count"));
    rejected(
      repeated(schedule, assign),
      /replaces count, which must hold state:count until then, but it holds state:count after assign %\d+$/,
    );
    const initialize = scheduleOf(models.multilayer(), "initialize");
    rejected(repeated(initialize, 0), /replaces hidden.weight, which must hold param:hidden.weight until then/);
  });

  test("a missing output, and an output that another value replaced", () => {
    const schedule = scheduleOf(models.adversaries(), "judge");
    const last = callsOf(schedule.steps).length - 1;
    const output = schedule.after.find(({ as }) => as === "the output loss");
    const producer = kernelWhere(schedule, ({ writes }) => writes.some(({ buffer }) => buffer === output?.buffer));
    rejected(without(schedule, producer), /after the last kernel the output loss must be/);
    const spare = callsOf(schedule.steps)[last]?.reads.find(({ buffer }) => !buffer.includes(":judge."));
    expect(spare).toBeDefined();
    const other = schedule.places.get(spare?.buffer as string);
    rejected(
      placed(schedule, output?.buffer as string, () => ({ offset: other?.offset as number })),
      /judge/,
    );
  });
});

group("planted faults in memory", () => {
  test("premature reuse: two live buffers in one place", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    // The hidden layer is read until the update of the last weight; the prediction comes in between.
    const [hidden, output] = [schedule.places.get("train:9"), schedule.places.get("train:14")];
    expect(hidden && output && Math.abs(hidden.offset - output.offset)).toBeGreaterThan(0);
    rejected(
      placed(schedule, "train:26", () => ({ offset: hidden?.offset as number })),
      /writes \S+ over \S+, which it reads too$/,
    );
    rejected(
      placed(schedule, "train:18", () => ({ offset: (hidden?.offset as number) + 128 })),
      /^train: kernel 'update output.weight' reads \S+, which must hold %9 \(where\), but from byte \d+ it holds %18 \(sum\)$/,
    );
  });

  test("buffers that overlap, lie outside or lie crookedly", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    const weight = schedule.places.get("param:hidden.weight");
    const bias = placed(schedule, "param:hidden.bias", () => ({ offset: weight?.offset as number }));
    rejected(bias, /^train: after the last kernel hidden.weight must be|reads hidden.weight, which must hold/);
    rejected(
      placed(schedule, "train:9", () => ({ offset: schedule.total - 4 })),
      /^train: \S+ lies at bytes \d+ to \d+ of \d+$/,
    );
    rejected(
      placed(schedule, "train:9", ({ offset }) => ({ offset: offset + 2 })),
      /begins at byte \d+, which no f32 can$/,
    );
  });

  test("a kernel writes an input, a constant, or what it does not compute", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    const to = (buffer: string) =>
      changed(schedule, 0, (kernel) =>
        withStatements(kernel, (each) => [each.kind === "store" ? { ...each, buffer } : each]),
      );
    rejected(to("input:train:y"), /^train: kernel '.*' writes y, which must not change$/);
    rejected(to("param:hidden.bias"), /^train: kernel '.*' writes hidden.bias, which it does not compute$/);
    rejected(to("train:none"), /^train: kernel '.*' uses train:none, which has no place in memory$/);
  });
});

const tiled = (tiling: Partial<Tiling>) => (kernel: Kernel) =>
  withStatements(kernel, (each) => [
    each.kind === "contract" ? { ...each, tiling: { ...each.tiling, ...tiling } } : each,
  ]);

group("planted faults in products with an update", () => {
  const schedule = scheduleOf(models.multilayer(), "train");
  const update = kernelWhere(schedule, replaces("param:hidden.weight"));

  test("overlapping tiles", () => {
    rejected(
      changed(schedule, update, tiled({ cover: "overlapping" })),
      /^train: kernel 'update hidden.weight' updates hidden.weight in a product whose tiles may overlap$/,
    );
  });

  test("an update for each block", () => {
    rejected(
      changed(schedule, update, tiled({ epilogue: "each" })),
      /^train: kernel 'update hidden.weight' updates hidden.weight.exp_avg after each block of a product, not after the last$/,
    );
  });

  test("overlapping tiles are harmless for plain stores", () => {
    expect(verifySchedule(changed(schedule, 0, tiled({ cover: "overlapping" })))).toEqual([]);
  });

  test("an operand is written in place", () => {
    const swapped = changed(schedule, update, (kernel) =>
      withStatements(kernel, (each) => [
        each.kind === "contract"
          ? ({ ...each, b: { ...each.b, buffer: "param:hidden.weight" } } satisfies Contraction)
          : each,
      ]),
    );
    rejected(
      swapped,
      /^train: kernel 'update hidden.weight' writes hidden.weight in place, which is an operand of its product$/,
    );
  });
});

group("planted faults in products over several axes", () => {
  const schedule = scheduleOf(models.views(), "train");
  const product = callsOf(schedule.steps).findIndex(({ kernel }) =>
    kernel.body.some((each) => each.kind === "contract" && each.depths.length > 1 && each.columns.length > 1),
  );
  const spoiled = (change: (contraction: Contraction) => Partial<Contraction>) =>
    changed(schedule, product, (kernel) =>
      withStatements(kernel, (each) => [each.kind === "contract" ? { ...each, ...change(each) } : each]),
    );

  test("an axis of the depth is left out", () => {
    for (const left of [0, 1]) {
      rejected(
        spoiled(({ depths }) => ({ depths: depths.filter((_, at) => at !== left) })),
        /^train: kernel '.*' the index .* uses 'k\.\d+', which is not defined there$/,
      );
    }
  });

  test("an axis of the columns is left out", () => {
    rejected(
      spoiled(({ columns }) => ({ columns: columns.slice(1) })),
      /^train: kernel '.*' the index .* uses 'j\.\d+', which is not defined there$/,
    );
  });

  test("the left operand moves along a column", () => {
    rejected(
      spoiled(({ a, columns: [column] }) => ({ a: { ...a, index: add(a.index, indexSize(column as Axis)) } })),
      /^train: kernel '.*' the index .* uses 'j\.\d+', which is not defined there$/,
    );
  });

  test("an operand in uneven steps", () => {
    rejected(
      spoiled(({ b, columns: [column] }) => ({
        b: { ...b, index: add(b.index, floorDiv(indexSize(column as Axis), size(2))) },
      })),
      /^train: kernel '.*' a product's operand at .* lies in uneven steps along 'j\.\d+'$/,
    );
  });

  test("an axis that is one too long", () => {
    rejected(
      spoiled(({ depths: [first, ...others] }) => ({
        depths: [{ ...(first as Axis), extent: add((first as Axis).extent, size(1)) }, ...others],
      })),
      /reads \S+\[\d+\] \(at .*\), which has the elements 0 to \d+/,
    );
  });
});

group("planted faults in products that add up", () => {
  const schedule = scheduleOf(models.convolved(), "train");
  const adding = callsOf(schedule.steps).findLastIndex(({ kernel }) =>
    kernel.body.some((each) => each.kind === "contract" && each.tiling.wholeColumns > 0),
  );

  test("blocks of columns that cut an image", () => {
    const whole = callsOf(schedule.steps)[adding]!.kernel.body.flatMap((each) =>
      each.kind === "contract" ? [each.tiling.wholeColumns] : [],
    );
    expect(whole).toEqual([2]);
    for (const wholeColumns of [0, 1]) {
      rejected(
        changed(schedule, adding, tiled({ wholeColumns })),
        /^train: kernel '.*' adds to \S+\[.*\] from several columns of a product, which blocks may separate$/,
      );
    }
    // Larger blocks are harmless.
    expect(verifySchedule(changed(schedule, adding, tiled({ wholeColumns: 3 })))).toEqual([]);
  });

  test("an addition that replaces what was added before", () => {
    rejected(
      changed(schedule, adding, (kernel) =>
        withStatements(kernel, (each) => [each.kind === "store" ? { ...each, accumulate: false } : each]),
      ),
      /does not write each element of \S+ once|again at every step of a loop/,
    );
  });
});

group("planted faults inside kernels", () => {
  test("one of two contributions to a gradient is missing", () => {
    const schedule = scheduleOf(models.tied(), "train");
    const update = kernelWhere(schedule, replaces("param:weight"));
    const kernel = callsOf(schedule.steps)[update] as ScheduledKernel;
    const [contribution] = kernel.reads.filter(
      ({ buffer }) => buffer.startsWith("train:") && withoutLoads(kernel.kernel, buffer) !== kernel.kernel,
    );
    rejected(
      changed(schedule, update, (kernel) => withoutLoads(kernel, contribution?.buffer as string)),
      /^train: kernel 'update weight' computes param:weight after adam %\d+ without %\d+ \(.*\)$/,
    );
  });

  test("a scatter that overwrites instead of adding", () => {
    const schedule = scheduleOf(models.embedding(), "train");
    const scatter = kernelWhere(schedule, ({ writes }) =>
      writes.some(({ buffer }) => schedule.places.get(buffer)?.label === "table.gradient"),
    );
    rejected(
      changed(schedule, scatter, (kernel) =>
        withStatements(kernel, (each) => [each.kind === "store" ? { ...each, accumulate: false } : each]),
      ),
      /overwrites table.gradient at computed places/,
    );
    // Without the zeros at its beginning it adds to what lay there.
    rejected(
      changed(schedule, scatter, (kernel) =>
        withStatements(kernel, (each) => (each.kind === "store" && !each.accumulate ? [] : [each])),
      ),
      /computes %\d+ \(.*\) also from what train:\d+ held before$/,
    );
  });

  test("a second contribution that replaces the first", () => {
    const schedule = scheduleOf(models.adversaries(), "judge", "none");
    const update = kernelWhere(schedule, replaces("param:judge.weight"));
    const gradient = callsOf(schedule.steps)[update]?.reads.find(({ buffer }) => buffer.startsWith("judge:"))?.buffer;
    const sum = kernelWhere(schedule, ({ writes }) => writes.some(({ buffer }) => buffer === gradient));
    const [first, second] = callsOf(schedule.steps)[sum]?.reads.map(({ buffer }) => buffer) as [string, string];
    const inTwoSteps = (accumulate: boolean) =>
      changed(schedule, sum, (kernel) =>
        withStatements(kernel, (each) =>
          each.kind === "store"
            ? [
                { ...each, value: load(first, each.index, each.type), accumulate: false },
                { ...each, value: load(second, each.index, each.type), accumulate },
              ]
            : [each],
        ),
      );
    expect(verifySchedule(inTwoSteps(true))).toEqual([]);
    rejected(inTwoSteps(false), /computes %\d+ \(.*\) without %\d+ \(.*\)$/);
  });

  test("a store outside its buffer", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    rejected(
      changed(schedule, 0, (kernel) => withStoresAt(kernel, "train:9", next)),
      /^train: kernel '.*' writes \S+\[240\] \(at .*\), which has the elements 0 to 239 with batch = 8$/,
    );
    const update = kernelWhere(schedule, replaces("param:output.bias"));
    rejected(
      changed(schedule, update, (kernel) => withExtents(kernel, "5", 6)),
      /^train: kernel '.*' (reads|writes) output.bias(\.\w+)?\[5\] \(at .*\), which has the elements 0 to 4$/,
    );
  });

  test("a loop that runs to the capacity, not to the run-time size", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    const bias = kernelWhere(schedule, ({ writes }) =>
      writes.some(({ buffer }) => schedule.places.get(buffer)?.label === "output.bias.gradient"),
    );
    rejected(
      changed(schedule, bias, (kernel) => withExtents(kernel, "batch", 8)),
      /reads \S+\[\d+\] \(at .*\), which has the elements 0 to 4 with batch = 1$/,
    );
  });

  test("a stride from the run-time size, not from the capacity", () => {
    const schedule = scheduleOf(models.ragged(), "wide");
    const runTime = changed(schedule, 0, (kernel) => {
      const product = withStatements(kernel, (each) => [
        each.kind === "contract" ? { ...each, a: { ...each.a, index: mul(each.a.index, size("batch")) } } : each,
      ]);
      return product;
    });
    expect(dimensionsOf(size("batch"))).toEqual(["batch"]);
    rejected(runTime, /reads x\[\d+\] \(at .*\), which has the elements 0 to \d+ with/);
  });

  test("elements that are left out, or written at every step of a loop", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    const bias = kernelWhere(schedule, replaces("param:output.bias"));
    rejected(
      changed(schedule, bias, (kernel) => withExtents(kernel, "5", 4)),
      /does not write each element of output.bias(\.\w+)? once/,
    );
    const inLoop = changed(schedule, bias, (kernel) => ({
      ...kernel,
      body: [
        { kind: "loop", index: { id: "again", extent: size(3) }, extent: size(3), carried: [], body: kernel.body },
      ],
    }));
    rejected(inLoop, /writes output.bias(\.\w+)?\[.*\] again at every step of a loop of 3$/);
    const conditional = changed(schedule, bias, (kernel) =>
      withStatements(kernel, (each) =>
        each.kind === "store"
          ? [{ kind: "if", condition: { kind: "constant", type: "bool", value: 1 }, then: [each] }]
          : [each],
      ),
    );
    rejected(conditional, /writes output.bias(\.\w+)? only under a condition$/);
  });

  test("an update in place that reads its neighbours", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    for (const parameter of ["hidden.weight", "output.bias"]) {
      const update = kernelWhere(schedule, replaces(`param:${parameter}`));
      rejected(
        changed(schedule, update, (kernel) => withLoadsAt(kernel, `param:${parameter}`, next)),
        new RegExp(`writes ${parameter}\\[(.*)\\] in place, but reads ${parameter}\\[\\1\\+1\\]$`),
      );
      rejected(
        changed(schedule, update, (kernel) =>
          withLoadsAt(kernel, `param:${parameter}`, (index) => sub(index, size(1))),
        ),
        new RegExp(`reads ${parameter}\\[-1\\]`),
      );
    }
  });

  test("an update that reads the old value after it has replaced it", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    const update = kernelWhere(schedule, replaces("param:output.bias"));
    const late = changed(schedule, update, (kernel) =>
      withStatements(kernel, (each) =>
        each.kind === "store" && each.buffer === "param:output.bias"
          ? [each, { kind: "let", name: "late", value: load(each.buffer, each.index, each.type) }]
          : [each],
      ),
    );
    rejected(late, /reads output.bias after it has replaced it$/);
  });

  test("a computed index that is not clamped", () => {
    const schedule = scheduleOf(models.embedding(), "embed");
    const wild = changed(schedule, kernelWhere(schedule, reads("param:table")), (kernel) =>
      withStatements(kernel, (each) => [
        each.kind === "bind" ? { ...each, value: times(each.value, indexValue(size(2))) } : each,
      ]),
    );
    rejected(wild, /a computed index is not held within \[0, 11\)/);
  });

  test("a value that the graph does not name", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    const bias = kernelWhere(schedule, replaces("param:output.bias"));
    const other = changed(schedule, bias, (kernel) =>
      withScalars(kernel, (each) =>
        each.kind === "load" && each.buffer === "param:output.bias" ? { ...each, buffer: "param:hidden.bias" } : each,
      ),
    );
    rejected(other, /computes param:output.bias after adam %\d+ also from param:hidden.bias$/);
    const unknown = changed(schedule, 0, (kernel) =>
      withScalars(kernel, (each) =>
        each.kind === "load" && each.buffer === "param:hidden.bias" ? { ...each, buffer: "input:train:y" } : each,
      ),
    );
    rejected(unknown, /reads y, which nothing in it needs$/);
  });

  test("an index that nothing defines", () => {
    const schedule = scheduleOf(models.multilayer(), "train");
    const undefinedIndex = changed(schedule, 0, (kernel) =>
      withStoresAt(kernel, "train:9", (index) =>
        mul(index, {
          key: "%free",
          terms: [{ coefficient: 1, factors: [{ kind: "index", key: "%free", index: { id: "free", extent: null } }] }],
        }),
      ),
    );
    rejected(undefinedIndex, /uses 'free', which is not defined there$/);
  });
});

/** Whether a kernel reads a value: an index into an axis of one element is not read. */
const needs = ({ kernel, reads: from }: ScheduledKernel, value: string): boolean =>
  from.some((each) => each.value === value && usesOf(kernel).buffers.get(each.buffer)?.read === true);

group("laws", () => {
  for (const [name, make] of Object.entries(models)) {
    for (const fusion of ["all", "none"] as const) {
      const functions = compileProgram(make(), { target: js, fusion }).functions.map((each) => each.name);
      test(`${name}, fusion ${fusion}: no kernel, store or load can be left out, no update repeated`, () => {
        for (const of of functions) {
          const schedule = scheduleOf(make(), of, fusion);
          expect(verifySchedule(schedule)).toEqual([]);
          for (const [position, { kernel, writes, reads: from }] of callsOf(schedule.steps).entries()) {
            const accepted = (what: string, spoiled: Schedule): void =>
              expect(verifySchedule(spoiled).length, `${of}: ${kernel.name} ${what}`).toBeGreaterThan(0);
            const isNeeded = callsOf(schedule.steps).some((other) => writes.some(({ value }) => needs(other, value)));
            const isKept = schedule.after.some(({ value }) => writes.some((write) => write.value === value));
            if (isNeeded || isKept) accepted("left out", without(schedule, position));
            if (writes.some((write) => write.replaces !== null)) accepted("repeated", repeated(schedule, position));
            for (const { buffer } of writes) {
              accepted(
                `without its stores to ${buffer}`,
                changed(schedule, position, (each) => withoutStores(each, buffer)),
              );
            }
            for (const { buffer, value } of from) {
              const spoiled = withoutLoads(kernel, buffer);
              // What a product multiplies too is not missed: the law is about sets of values.
              if (
                !needs({ ...(callsOf(schedule.steps)[position] as ScheduledKernel), kernel }, value) ||
                usesOf(spoiled).buffers.get(buffer)?.read
              )
                continue;
              accepted(
                `without its loads from ${buffer}`,
                changed(schedule, position, () => spoiled),
              );
            }
          }
        }
      });
    }
  }

  test("a kernel may not move before one whose results it reads, nor after one that replaces what it reads", () => {
    for (const make of Object.values(models)) {
      const names = compileProgram(make(), { target: js }).functions.map((each) => each.name);
      for (const name of names) {
        const schedule = scheduleOf(make(), name);
        for (const [position, { writes }] of callsOf(schedule.steps).entries()) {
          for (const [other, reader] of callsOf(schedule.steps).entries()) {
            if (other > position && writes.some(({ value }) => needs(reader, value))) {
              expect(verifySchedule(moved(schedule, other, position)).length).toBeGreaterThan(0);
            }
            if (other < position && writes.some(({ replaces: old }) => old !== null && needs(reader, old))) {
              expect(verifySchedule(moved(schedule, other, position + 1)).length).toBeGreaterThan(0);
            }
          }
        }
      }
    }
  });

  test("an empty schedule of a pure function has no outputs", () => {
    const schedule = scheduleOf(models.multilayer(), "predict");
    expect(verifySchedule(withKernels(schedule, []))).toEqual([
      expect.stringMatching(
        /^predict: after the last kernel the output prediction must be %14 \(add\), but nothing has been written there$/,
      ),
    ]);
  });
});
