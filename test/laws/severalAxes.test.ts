/**
 * Products whose operands are views of what is in memory: axes split and joined by reshapes, in any order, ragged. They run
 * in tiles, and are what the interpreter says.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CompiledProgram } from "../../compiler/emit/compiled.js";
import { visitStatements } from "../../compiler/ir/kernel.js";
import { callsOf } from "../../compiler/ir/program.js";
import type { Expression } from "../../compiler/ir/op.js";
import { minimize, model, type Model } from "../../compiler/model/model.js";
import { mul as mulSizes, size, type Size } from "../../compiler/ir/size.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { mean } from "../../compiler/ops/mean.js";
import { input } from "../../compiler/ops/input.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { param } from "../../compiler/ops/param.js";
import { reshape } from "../../compiler/ops/reshape.js";
import { square } from "../../compiler/ops/square.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { between, generator } from "../arbitrary.js";
import { build, numbersOf, poison } from "../run.js";
import { runs } from "../runs.js";
import { eachTarget } from "../targets.js";
import { bitDifference, difference, meaning, type Precision } from "./check.js";

/** Which direction of the product an axis belongs to. */
type Role = "batch" | "row" | "column" | "depth";

interface Axis {
  readonly role: Role;
  readonly extent: number;
  readonly isNamed: boolean;
}

/** An operand: its axes in the order in which they lie, and after how many of them the first join ends (0: none). */
interface Side {
  readonly order: readonly number[];
  readonly joined: boolean;
}

interface Problem {
  readonly axes: readonly Axis[];
  readonly left: Side;
  readonly right: Side;
  readonly precision: Precision;
}

const extents = fc.constantFrom(1, 2, 3, 5, 8, 17, 33);

const problems = (named: boolean): fc.Arbitrary<Problem> =>
  fc
    .record({
      batch: fc.array(extents, { maxLength: 1 }),
      row: fc.array(extents, { minLength: 1, maxLength: 2 }),
      column: fc.array(extents, { minLength: 1, maxLength: 2 }),
      depth: fc.array(extents, { minLength: 1, maxLength: 2 }),
      which: fc.nat(6),
      shuffles: fc.tuple(
        fc.array(fc.nat(1000), { minLength: 8, maxLength: 8 }),
        fc.array(fc.nat(1000), { minLength: 8, maxLength: 8 }),
      ),
      joined: fc.tuple(fc.boolean(), fc.boolean()),
      precision: fc.constantFrom<Precision>("float64", "float32"),
    })
    .map(({ which, shuffles, joined, precision, ...sizes }): Problem => {
      const all = (["batch", "row", "column", "depth"] as const).flatMap((role) =>
        sizes[role].map((extent) => ({ role, extent })),
      );
      const axes = all.map((each, at) => ({ ...each, isNamed: named && at === which % all.length }));
      const side = (without: Role, keys: readonly number[], join: boolean): Side => ({
        order: axes
          .flatMap((axis, at) => (axis.role === without ? [] : [at]))
          .sort((a, b) => (keys[a] as number) - (keys[b] as number)),
        joined: join && !named,
      });
      return {
        axes,
        left: side("column", shuffles[0], joined[0]),
        right: side("row", shuffles[1], joined[1]),
        precision,
      };
    })
    .filter(({ axes }) => axes.reduce((product, { extent }) => product * extent, 1) <= 200_000);

const sizeOf = ({ extent, isNamed }: Axis): number | string => (isNamed ? "n" : extent);

/** The operand as it lies in memory, and as the product reads it: batch, then `from`, then `to`, each joined to one axis. */
function operand(name: "x" | "y", { axes }: Problem, side: Side, leafOf: LeafOf): Expression {
  const kept = side.order.map((at) => axes[at] as Axis);
  const sizes = kept.map(sizeOf);
  const [first, second, ...others] = sizes as number[];
  const stored = side.joined && sizes.length > 1 ? [(first as number) * (second as number), ...others] : sizes;
  const leaf = leafOf(name, stored);
  return stored === sizes ? leaf : reshape(leaf, sizes as number[]);
}

type LeafOf = (name: "x" | "y", shape: readonly (number | string)[]) => Expression;

const asInput: LeafOf = (name, shape) => input(name, shape as (number | string)[]);
const asParameter: LeafOf = (name, shape) => param(name, shape as number[], uniform(-1, 1));

/** The same problem with a number where it has the name. */
const exact = (problem: Problem): Problem => ({
  ...problem,
  axes: problem.axes.map((axis) => ({ ...axis, isNamed: false })),
});

function productOf(problem: Problem, leafOf: LeafOf): Expression {
  const { axes, left, right } = problem;
  const read = (name: "x" | "y", side: Side, roles: readonly Role[]): Expression => {
    const wanted = axes
      .flatMap((_, at) => (side.order.includes(at) ? [at] : []))
      .sort((a, b) => roles.indexOf((axes[a] as Axis).role) - roles.indexOf((axes[b] as Axis).role) || a - b);
    const turned = transpose(
      operand(name, problem, side, leafOf),
      wanted.map((at) => side.order.indexOf(at)),
    );
    const { shape } = turned;
    const joined = roles.map((role) =>
      wanted.flatMap((at, axis) => ((axes[at] as Axis).role === role ? [shape[axis]] : [])),
    );
    const product = (sizes: readonly unknown[]): unknown =>
      sizes.reduce((all, each) => mulSizes(all as Size, each as Size), size(1));
    return reshape(turned, joined.map(product) as never);
  };
  return matmul(read("x", left, ["batch", "row", "depth"]), read("y", right, ["batch", "depth", "column"]));
}

function inputsFor({ axes, left, right }: Problem): { x: Float32Array; y: Float32Array } {
  const next = generator(axes.reduce((sum, { extent }) => sum * 7 + extent, 1));
  const count = (side: Side): number => side.order.reduce((product, at) => product * (axes[at] as Axis).extent, 1);
  return {
    x: Float32Array.from(between(-1, 1, count(left), next)),
    y: Float32Array.from(between(-1, 1, count(right), next)),
  };
}

const capacity = 37;

function modelOf(problem: Problem): Model {
  return model("product", {
    precision: problem.precision,
    dims: problem.axes.some(({ isNamed }) => isNamed) ? { n: capacity } : {},
    functions: { run: { result: tanh(productOf(problem, asInput)) } },
  });
}

/** Trains both operands; the gradients are products of views too. */
const trained = (problem: Problem): Model =>
  model("product", {
    precision: problem.precision,
    functions: {
      train: minimize(mean(square(tanh(productOf(problem, asParameter)))), sgd({ lr: 0.1, momentum: 0.9 })),
    },
  });

/** How many products run in tiles, and not as plain loops over all axes. */
function contractionsIn({ functions }: CompiledProgram): number {
  let count = 0;
  for (const { steps } of functions) {
    for (const { kernel } of callsOf(steps))
      visitStatements(kernel.body, ({ kind }) => (count += kind === "contract" ? 1 : 0));
  }
  return count;
}

describe.each(eachTarget)("on %s, a product of views", (name, target) => {
  test("is what the interpreter says", () => {
    fc.assert(
      fc.property(problems(false), (problem) => {
        const made = modelOf(problem);
        const inputs = inputsFor(problem);
        const { data, bound } = meaning(made, "run", { inputs }, name)["result"] ?? expect.fail();
        const built = build(made, { target });
        expect(contractionsIn(built.program)).toBe(1);
        expect(
          difference("result", numbersOf(built.call("run", inputs)["result"]), data, (i) => 2 * bound![i]!),
        ).toBeNull();
      }),
      runs(80, 1),
    );
  });

  test("of n rows, columns or depths is the same in a build for more", () => {
    fc.assert(
      fc.property(problems(true), (problem) => {
        const inputs = inputsFor(problem);
        const wanted = numbersOf(build(modelOf(exact(problem)), { target }).call("run", inputs)["result"]);
        const ragged = build(modelOf(problem), { target });
        expect(contractionsIn(ragged.program)).toBe(1);
        poison(ragged);
        expect(bitDifference("result", numbersOf(ragged.call("run", inputs)["result"]), wanted)).toBeNull();
      }),
      runs(80, 2),
    );
  });

  test("trains its operands, fused or not", () => {
    fc.assert(
      fc.property(problems(false), (problem) => {
        const run = (fusion: "none" | "all") => {
          const live = build(trained(problem), { fusion, target });
          const losses = [0, 1].map(() => {
            poison(live);
            return live.call("train", {})["loss"] as number;
          });
          return [...losses, ...Object.values(live.state().parameters).flatMap((each) => Array.from(each))];
        };
        const [fused, unfused] = [run("all"), run("none")];
        expect(bitDifference("fused", fused, unfused)).toBeNull();
        const { parameters, state } = build(trained(problem), { target }).state();
        const { data, bound } =
          meaning(trained(problem), "train", { inputs: {}, parameters, state }, name)["loss"] ?? expect.fail();
        expect(difference("loss", fused.slice(0, 1), data, (i) => 2 * bound![i]!)).toBeNull();
      }),
      runs(40, 3),
    );
  });
});
