/** Updates of the rows that a gradient lists: bit for bit those of all rows, where it is proved that these are the same. */
import { callsOf } from "../../compiler/ir/program.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  adagrad,
  adam,
  embedding,
  gather,
  hyper,
  input,
  linear,
  minimize,
  model,
  type Model,
  normal,
  optimizer,
  param,
  rmsprop,
  sgd,
  sparseAdam,
  where,
} from "../../src/index.js";
import { evaluate } from "../../compiler/meaning/interpreter.js";
import type { Shape } from "../../compiler/ir/shape.js";
import type { Tensor as TensorOf } from "../../compiler/ir/tensorMethods.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { compileProgram, compileStages } from "../../compiler/compile.js";
import type { FusionLevel } from "../../compiler/plan/fuse/fuse.js";
import { js } from "../../compiler/targets/js/js.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { manifestOf } from "../../compiler/emit/manifest.js";
import { explainProgram } from "../../compiler/report/explain.js";
import { runs } from "../runs.js";
import { build, poison, type Live } from "../run.js";
import { eachTarget } from "../targets.js";
import { graphOf } from "../stages.js";

/** A table whose loss depends on the rows of a batch, so that gradients differ. */
function lookup(rows: number, features: number, by: Optimizer, precision: "float32" | "float64" = "float32"): Model {
  const table = param("table", [rows, features], normal(0, 1));
  const at = input("at", ["batch"], "int32");
  const y = input("y", ["batch", features]);
  const loss = gather(table, at).sub(y).square().sum();
  return model("lookup", { precision, dims: { batch: 17 }, functions: { train: minimize(loss, by) } });
}

const proved: Readonly<Record<string, () => Optimizer>> = {
  sgd: () => sgd({ lr: 0.1 }),
  adagrad: () => adagrad({ lr: 0.1 }),
  "adagrad with a decaying rate": () => adagrad({ lr: 0.1, lrDecay: 0.1, initialAccumulatorValue: 0.5 }),
  "adagrad, rising": () => adagrad({ lr: 0.1, lrDecay: 0.1 }),
  scheduled: () => sgd({ lr: (t) => t.add(1).mul(0.01) }),
};

const bitsOf = (values: ArrayLike<number>): bigint[] => [
  ...new BigInt64Array(Float64Array.from(values, (each) => (Number.isNaN(each) ? NaN : each)).buffer),
];

function bits(live: Live): Readonly<Record<string, bigint[]>> {
  const { parameters, functions } = live.state();
  const kept = Object.entries(functions["train"]?.parameters ?? {}).flatMap(([name, tensors]) =>
    Object.entries(tensors).map(([state, values]) => [`${name}.${state}`, bitsOf(values)] as const),
  );
  const own = Object.entries(parameters).map(([name, values]) => [name, bitsOf(values)] as const);
  return Object.fromEntries([...own, ...kept]);
}

const levels: readonly FusionLevel[] = ["none", "withoutUpdates", "all"];

describe.each(Object.entries(proved))("%s", (_, by) => {
  test.each(eachTarget)("on %s only the listed rows are updated, with the bits of all rows", (_, target) => {
    const sizes = fc.constantFrom(1, 3, 5, 17);
    const value = fc.oneof(
      fc.double({ noNaN: true, min: -3, max: 3 }),
      fc.constantFrom(0, -0, 1e-40, 1e30, Infinity, NaN),
    );
    const plan = fc.record({
      rows: fc.constantFrom(2, 3, 5, 17),
      features: sizes,
      batch: sizes,
      precision: fc.constantFrom("float32" as const, "float64" as const),
      fusion: fc.constantFrom(...levels),
      start: fc.array(value, { minLength: 289, maxLength: 289 }),
      at: fc.array(fc.nat(16), { minLength: 17, maxLength: 17 }),
      y: fc.array(fc.double({ noNaN: true, min: -2, max: 2 }), { minLength: 289, maxLength: 289 }),
    });
    fc.assert(
      fc.property(plan, ({ rows, features, batch, precision, fusion, start, at, y }) => {
        const made = lookup(rows, features, by(), precision);
        const lives = [
          build(made, { target, fusion }),
          build(made, { target, fusion: "none", denseRows: true }),
          build(made, { target, fusion, denseRows: true }),
        ];
        expect(lives.map((live) => graphOf(live.stages).notes.rows.map(({ sparse }) => sparse))).toEqual([
          [true],
          [],
          [],
        ]);
        const found = lives.map((live) => {
          live.parameters["table"]?.set(start.slice(0, rows * features));
          for (let step = 0; step < 3; step++) {
            poison(live);
            const list = at.slice(0, batch).map((each) => (each + step) % rows);
            live.call("train", { at: list, y: y.slice(0, batch * features) });
          }
          return bits(live);
        });
        expect(found[1]).toEqual(found[0]);
        expect(found[2]).toEqual(found[0]);
      }),
      runs(25, 5),
    );
  });
});

type Tensor = TensorOf<Shape>;

/** What is decided for the table of a model. */
function decision(made: Model, parameter = "table"): string {
  const found = compileStages(made, [js]).graphs.functions.flatMap(({ notes }) => notes.rows);
  return found.find((each) => each.parameter === parameter)?.reason ?? "not mentioned";
}

const listed = "only the rows that are listed: the update leaves a row as it is whose gradient is 0";
const moves = (what: string): string => `dense: the update changes rows whose gradient is 0 (${what})`;

/** An optimizer with one state, and a rate that a call may set to anything. */
const declare = (
  update: (of: { p: Tensor; g: Tensor; s: Tensor; lr: Tensor }) => readonly [Tensor, Tensor],
  initial = 0,
): Optimizer =>
  optimizer({
    name: "own",
    hyper: { lr: hyper.number(0.1, { from: 0 }) },
    state: ({ like }) => ({ s: like(initial) }),
    update({ param, grad, state, hyper }) {
      const [p, s] = update({ p: param, g: grad, s: state.s, lr: hyper.lr as unknown as Tensor });
      return { param: p, state: { s } };
    },
  })();

describe("the proof", () => {
  const cases: readonly (readonly [string, Optimizer, string])[] = [
    ["sgd", sgd(), listed],
    ["sgd with a momentum", sgd({ momentum: 0.9 }), moves("momentum_buffer changes")],
    ["sgd with a decay", sgd({ weightDecay: 0.1 }), moves("the parameter changes")],
    ["sgd upwards", sgd({ maximize: true }), moves("the parameter becomes 0 where it is -0")],
    ["adagrad", adagrad(), `${listed}, eps being above 0`],
    ["adagrad that begins above 0", adagrad({ initialAccumulatorValue: 0.1, eps: 0 }), listed],
    ["adagrad without eps", adagrad({ eps: 0 }), moves("the parameter can become NaN")],
    ["adagrad with a decay", adagrad({ weightDecay: 0.1 }), moves("sum changes")],
    ["adam", adam(), moves("exp_avg changes")],
    ["rmsprop", rmsprop(), moves("square_avg changes")],
    ["a state that can become -0", declare(({ p, g, s }) => [p.sub(g), s.sub(g)]), listed],
    [
      "a state that begins subnormal",
      adagrad({ initialAccumulatorValue: 1e-40 }),
      moves("sum begins with 1e-40, and 0 is kept of it"),
    ],
    ["a state that is added to", declare(({ p, g, s }) => [p.sub(g), s.add(g)]), moves("s becomes 0 where it is -0")],
    ["a state of squares", declare(({ p, g, s }) => [p.sub(g), s.add(g.square())]), listed],
    [
      "a division by what can be 0",
      declare(({ p, g, s }) => [p.sub(g.div(s)), s]),
      moves("the parameter can become NaN"),
    ],
    ["a division by what cannot", declare(({ p, g, s }) => [p.sub(g.div(s)), s], 1), listed],
    [
      "a product with what can be infinite",
      declare(({ p, g, s }) => [p.sub(g.mul(p)), s]),
      moves("the parameter can become NaN"),
    ],
    [
      "a condition between equals",
      declare(({ p, g, s }) => [where(g.gt(s), p.sub(g), p), where(g.gt(s), s.add(g.mul(g)), s)]),
      listed,
    ],
    ["a condition", declare(({ p, g, s }) => [where(p.gt(0), p.sub(g), p.neg()), s]), moves("the parameter changes")],
    ["a step that is not 0", declare(({ p, g, s }) => [p.sub(g.sign().add(1)), s]), moves("the parameter changes")],
    ["a number of one", declare(({ p, g, s }) => [p.mul(1).sub(g), s.div(1)]), listed],
    [
      "NaN that a state can have alone",
      declare(({ p, g, s }) => [p.sub(g.div(s.add(1))), s.add(g.mul(g))]),
      moves("the parameter can become NaN"),
    ],
    // The state may be infinite.
    [
      "NaN of an infinite state",
      declare(({ p, g, s }) => [p.sub(s.mul(0)).sub(g), s.add(g.mul(g))], 1),
      moves("the parameter can become NaN"),
    ],
  ];
  test.each(cases)("%s", (_, by, reason) => expect(decision(lookup(5, 3, by))).toBe(reason));

  test("an eps of 0 is refused where the proof needs it above 0", () => {
    const live = build(lookup(5, 3, adagrad()));
    const inputs = { at: [0], y: [1, 2, 3] };
    expect(() => live.call("train", inputs, { eps: 0 })).toThrow(/eps/);
    expect(() => live.call("train", inputs, { eps: 1e-46 })).toThrow(/eps/);
    live.call("train", inputs, { eps: 1e-9 });
    build(lookup(5, 3, adagrad()), { denseRows: true }).call("train", inputs, { eps: 0 });
  });
});

describe("gradients that list rows", () => {
  const at = () => input("at", ["batch", 2], "int32");
  const train = (loss: TensorOf<[]>, by: Optimizer = sgd({ lr: 0.1 })): Model =>
    model("m", { dims: { batch: 5 }, functions: { train: minimize(loss, by) } });
  const table = () => param("table", [7, 4], normal(0, 1));

  test("of which some do not", () => {
    const t = table();
    expect(decision(train(gather(t, at()).square().sum().add(t.sum())))).toBe(
      "dense: the gradient has values in all rows: a literal gives them",
    );
    expect(decision(train(gather(table(), at(), 1).square().sum()))).toBe(
      "dense: the gradient lists places along axis 1",
    );
    expect(decision(train(table().square().sum()))).toBe("not mentioned");
    expect(decision(train(gather(param("table", [1, 4], normal(0, 1)), at()).sum()))).toBe("not mentioned");
    const both = linear("out", 4, 2);
    const mixed = train(both(gather(table(), at())).square().sum(), sparseAdam());
    expect(decision(mixed)).toBe("only the rows that are listed: sparseAdam is declared sparse");
    expect(decision(mixed, "out.weight")).toMatch(/^dense: the gradient has values in all rows: a \w+ gives them$/);
  });

  test("the manifest and the explanation say so", () => {
    const stages = compileStages(train(gather(table(), at()).square().sum(), adam()), [js]);
    const reason = moves("exp_avg changes");
    expect(manifestOf(stages.programs).functions["train"]?.updates[0]?.rows).toEqual({ listed: false, reason });
    expect(explainProgram(stages)).toContain(`table  ${reason}`);
    const sparse = compileProgram(train(gather(table(), at()).square().sum()), { target: js });
    expect(manifestOf([sparse]).functions["train"]?.updates[0]?.rows).toEqual({ listed: true, reason: listed });
    // One row for each index instead of one for each of the table.
    expect(manifestOf([sparse]).functions["train"]?.storedGradients[0]?.bytes).toBe(5 * 2 * 4 * 4);
  });

  const tables: Readonly<Record<string, () => Model>> = {
    "read once, ragged": () => train(gather(table(), at()).square().sum()),
    "read twice": () => {
      const [t, other] = [table(), input("other", ["batch"], "int32")];
      return train(gather(t, at()).square().sum().add(gather(t, other).mul(3).square().sum()));
    },
    "read twice at the same places": () => {
      const [t, places] = [table(), at()];
      return train(gather(t, places).square().sum().add(gather(t, places).tanh().sum()));
    },
    "at computed places": () => train(gather(table(), at().mul(3).sub(4)).square().sum()),
    "at one place": () =>
      train(
        gather(table(), input("at", [], "int32"))
          .square()
          .sum(),
      ),
    "with padding": () => train(embedding("table", 7, 4, { paddingIndex: 2 })(at()).square().sum()),
    "of numbers": () =>
      train(
        gather(param("table", [7], normal(0, 1)), at())
          .square()
          .sum(),
      ),
    "of matrices": () =>
      train(
        gather(param("table", [7, 3, 1, 5], normal(0, 1)), at())
          .square()
          .sum(),
      ),
    "reshaped before": () =>
      train(
        gather(table().reshape([7, 2, 2]), at())
          .square()
          .sum(),
      ),
    "in two tables": () => {
      const places = at();
      const [a, b] = [gather(table(), places), gather(param("second", [7, 4], normal(0, 1)), places)];
      return train(a.mul(b).sum());
    },
  };

  describe.each(Object.entries(tables))("%s", (_, make) => {
    test.each(eachTarget)("on %s", (_, target) => {
      const made = make();
      const name = Object.keys(made.parameters)[0] as string;
      expect(decision(made, name)).toBe(listed);
      for (const fusion of levels) {
        const [live, dense] = [
          build(made, { target, fusion }),
          build(made, { target, fusion: "none", denseRows: true }),
        ];
        for (const batch of [5, 1, 3]) {
          const shape = made.inputs["at"]?.shape.length ?? 0;
          const places = Array.from({ length: shape === 0 ? 1 : 2 * batch }, (_, i) => (i * i + batch) % 7);
          const inputs = { at: places, ...(made.inputs["other"] && { other: places.slice(0, batch) }) };
          for (const each of [live, dense]) {
            poison(each);
            each.call("train", inputs, shape === 0 ? {} : { dims: { batch } });
          }
          expect(bits(live)).toEqual(bits(dense));
        }
      }
    });
  });
});

describe("what is declared sparse", () => {
  test.each(eachTarget)(
    "leaves other rows and their state alone on %s, at every fusion, as the interpreter",
    (_, target) => {
      const made = lookup(9, 5, sparseAdam({ lr: 0.1 }), "float64");
      const found = levels.map((fusion) => {
        const live = build(made, { target, fusion, denseRows: true });
        for (const at of [[1, 2, 1], [3, 3, 3], [1]]) {
          const y = at.flatMap((each) => [each, 1, 2, 3, 4]);
          const before = live.state();
          const result = evaluate(graphOf(live.stages).stages.update, {
            dims: { batch: at.length },
            inputs: { at, y },
            parameters: before.parameters,
            optimizer: before.functions["train"]?.parameters ?? {},
            hyper: { lr: 0.1, beta1: 0.9, beta2: 0.999, eps: 1e-8 },
            step: (before.functions["train"]?.step ?? 0) + 1,
          });
          poison(live);
          live.call("train", { at, y });
          const after = live.state();
          const pairs = [
            [before.parameters["table"], after.parameters["table"], result.parameters["table"]?.data],
            ...["exp_avg", "exp_avg_sq"].map((name) => [
              before.functions["train"]?.parameters?.["table"]?.[name],
              after.functions["train"]?.parameters?.["table"]?.[name],
              result.optimizer["table"]?.[name]?.data,
            ]),
          ] as ArrayLike<number>[][];
          for (const [old, now, wanted] of pairs as [ArrayLike<number>, ArrayLike<number>, ArrayLike<number>][]) {
            for (let i = 0; i < 45; i++) {
              expect(now[i]).toBeCloseTo(wanted[i] as number, 12);
              expect(now[i] !== old[i], `${i}`).toBe(at.includes(Math.floor(i / 5)));
            }
          }
        }
        return bits(live);
      });
      expect(found[1]).toEqual(found[0]);
      expect(found[2]).toEqual(found[0]);
    },
  );
});

test("rows are updated and summed four elements at a time", () => {
  const { functions } = compileProgram(lookup(11, 16, adagrad()), { target: wasm });
  const calls = functions.flatMap((made) => callsOf(made.steps));
  for (const [name, instruction] of [
    ["updateTable", "f32x4.div"],
    ["computeTableGradient", "f32x4.add"],
  ]) {
    const text = calls.find((each) => each.name === name)?.printed.key ?? expect.fail();
    expect(text).toContain(instruction);
    expect(text).toContain("v128.store");
    expect(text).not.toMatch(/f32\.(load|store)/);
  }
});
