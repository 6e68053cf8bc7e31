/** Random functions over nodes, their results by the interpreter, and the laws of bodies made of them. */
import * as fc from "fast-check";
import { closureOf, instantiate, type Body } from "../../compiler/ir/body.js";
import { Builder, type Graph } from "../../compiler/ir/graph.js";
import { literal, type Expression, type TensorType } from "../../compiler/ir/op.js";
import { evaluate } from "../../compiler/meaning/interpreter.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { cast } from "../../compiler/ops/cast.js";
import { checkpoint } from "../../compiler/ops/checkpoint.js";
import { gt } from "../../compiler/ops/compare.js";
import { customGradient } from "../../compiler/ops/customGradient.js";
import { gradient as gradientOf } from "../../compiler/ops/gradient.js";
import { hyper } from "../../compiler/ops/hyper.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { sin } from "../../compiler/ops/sin.js";
import { stopGradient } from "../../compiler/ops/stopGradient.js";
import { sub } from "../../compiler/ops/sub.js";
import { total } from "../../compiler/ops/sumInDouble.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { where } from "../../compiler/ops/where.js";
import { gradient } from "../../compiler/passes/gradient.js";
import { runPass } from "../../compiler/passes/pass.js";

export const length = 3;

/** One tensor of each element type under each name; numbers of the host are hyper-parameters of that name. */
export const makeTensors = (name: string): readonly Expression[] => {
  const [float, other] = ["float", "other"].map((each) => input(`${name}.${each}`, [length]));
  return [
    float as Expression,
    other as Expression,
    input(`${name}.int`, [length], "int32"),
    input(`${name}.bool`, [length], "bool"),
    hyper(`${name}.host`),
    total(input(`${name}.double`, [length])),
  ];
};

export const floats = [0, 1];

/** The same number for the same name and position, away from where comparisons change. */
export const numberAt = (name: string, position: number): number => {
  const seed = [...name].reduce((sum, each) => (sum * 31 + each.charCodeAt(0)) % 9973, 7);
  return Math.sin(seed * 1.3 + position * 2.1) + 0.01;
};

/** The values of expressions, with gradients in them derived; `moved` are inputs that have other numbers. */
export function numbersOf(
  roots: readonly Expression[],
  moved: Readonly<Record<string, readonly number[]>> = {},
): number[][] {
  const empty: Graph = { name: "f", precision: "float64", nodes: [], outputs: [], effects: [], gradients: [] };
  const builder = new Builder(empty);
  const outputs = roots.map((each, position) => ({ name: `${position}`, node: builder.add(each) }));
  const { graph } = runPass({ ...empty, nodes: builder.added, outputs }, gradient);
  const inputs: Record<string, readonly number[]> = {};
  const hypers: Record<string, number> = {};
  for (const { element, attributes, shape, args } of graph.nodes) {
    const name = attributes["name"];
    if (typeof name !== "string" || args.length > 0) continue;
    if (element === "scalar") hypers[name] = numberAt(name, 0);
    const plain = Array.from({ length: shape.length === 0 ? 1 : length }, (_, i) => numberAt(name, i));
    const whole = plain.map((each) => (element === "bool" ? Number(each > 0) : Math.round(each * 5)));
    inputs[name] = moved[name] ?? (element === "float" ? plain : whole);
  }
  const found = evaluate(graph, { inputs, hyper: hypers }).outputs;
  return outputs.map(({ name }) => [...(found[name]?.data ?? [])]);
}

/** One step of a random function: an operation by its number, on earlier tensors by their numbers. */
export interface Step {
  readonly kind: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
}

export interface Program {
  readonly steps: readonly Step[];
  /** Which tensors are the results, counted from the last one. */
  readonly results: readonly number[];
}

const step = (kinds: number): fc.Arbitrary<Step> =>
  fc.record({ kind: fc.nat(kinds - 1), a: fc.nat(40), b: fc.nat(40), c: fc.nat(40) });

export const programs = (most: number, kinds: number): fc.Arbitrary<Program> =>
  fc.record({
    steps: fc.array(step(kinds), { minLength: 1, maxLength: most }),
    results: fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }),
  });

/** How many operations `run` knows: those before `smooth` have a derivative everywhere, those before `nested` no body. */
export const kinds = { smooth: 6, nested: 14, all: 17 };

const only = (pool: readonly Expression[], element: TensorType["element"], at: number): Expression => {
  const found = pool.filter((each) => each.element === element);
  return found[at % found.length] as Expression;
};

/** Runs a random function on tensors of every element type; its results are floats. */
export function run(program: Program, tensors: readonly Expression[]): Expression[] {
  const pool = [...tensors];
  for (const each of program.steps) pool.push(made(each, pool));
  const found = pool.filter(({ element, shape }) => element === "float" && shape.length === 1);
  return program.results.map((back) => found[Math.max(0, found.length - 1 - back)] as Expression);
}

function made({ kind, a, b, c }: Step, pool: readonly Expression[]): Expression {
  const [x, y] = [only(pool, "float", a), only(pool, "float", b)];
  const operations: readonly (() => Expression)[] = [
    () => add(x, y),
    () => mul(x, y),
    () => sub(x, y),
    () => sin(x),
    () => mul(x, (c % 3) + 0.5),
    () => mul(tanh(x), sum(y)),
    () => where(only(pool, "bool", c), x, y),
    () => mul(x, only(pool, "scalar", c)),
    () => add(only(pool, "int32", a), only(pool, "int32", b)),
    () => mul(x, cast.node([only(pool, "int32", b)], { to: "float" })),
    () => gt(x, y),
    () => mul(only(pool, "scalar", a), only(pool, "scalar", b)),
    () => add(only(pool, "double", a), only(pool, "double", b)),
    () => mul(x, cast.node([only(pool, "double", b)], { to: "float" })),
    () => again((z: Expression) => mul(sin(z), y))(x),
    // The rule is the derivative, and captures x and y.
    () => customGradient(mul(sin(x), y), [x, y], (dy) => [mul(dy, mul(y, sin(add(x, Math.PI / 2)))), mul(dy, sin(x))]),
    () => gradientOf(sum(mul(sin(x), tanh(y))), x) as Expression,
  ];
  return (operations[kind] as () => Expression)();
}

const again = checkpoint as unknown as (f: (x: Expression) => Expression) => (x: Expression) => Expression;

/** The expression as a tree of calls, its leaves called by `nameOf`: written out without any thought of sharing or keys. */
export function textOf(root: Expression, nameOf: (leaf: Expression) => string): string {
  if (root.op === literal) return `${root.element} ${String(root.attributes["value"])}`;
  if (root.args.length === 0) return nameOf(root);
  const { to } = root.attributes as { to?: string };
  return `${root.op.definition.name}${to ?? ""}(${root.args.map((arg) => textOf(arg, nameOf)).join(", ")})`;
}

/** A function as a closure, with all captured tensors as arguments, instantiated at other tensors. */
export interface Use {
  readonly body: Body;
  readonly captured: readonly Expression[];
}

export const closed = (f: (tensors: readonly Expression[]) => readonly Expression[]): Use => {
  const holders = makeTensors("holder");
  return closureOf("f", holders, f(holders));
};

/** The first difference between a body's results at some tensors and those of the function itself. */
export function misuse(
  { body, captured }: Use,
  f: (tensors: readonly Expression[]) => readonly Expression[],
  tensors: readonly Expression[],
): string | null {
  const [found, wanted] = [instantiate(body, [...tensors, ...captured]), f(tensors)].map((each) => numbersOf(each));
  return differing(found as number[][], wanted as number[][]);
}

const differing = (found: number[][], wanted: number[][]): string | null => {
  for (const [result, numbers] of wanted.entries()) {
    const at = numbers.findIndex((each, i) => !Object.is(each, found[result]?.[i]));
    if (at >= 0) return `result ${result} at ${at}: ${found[result]?.[at]} instead of ${numbers[at]}`;
  }
  return null;
};

/** The float inputs that a tensor is computed from by way of floats: gradients flow along no other. */
function floatLeaves(root: Expression): readonly Expression[] {
  if (root.element !== "float") return [];
  return root.op.definition === input.definition ? [root] : root.args.flatMap(floatLeaves);
}

/**
 * How a derivative differs from differences of the function's results, weighted by random cotangents, if it does. What is
 * captured is computed from tensors around: these are moved, since a checkpoint may take a number both as its output has it
 * and as what it computes it from.
 */
export function slopeFault(
  { body, captured }: Use,
  derivative: Body,
  tensors: readonly Expression[],
  tolerance = 1e-6,
): string | null {
  const args = [...tensors, ...captured];
  const results = instantiate(body, args);
  const cotangents = results.map((_, position) => input(`cotangent ${position}`, [length]));
  const weights = results.map((_, position) => Array.from({ length }, (_, i) => numberAt(`cotangent ${position}`, i)));
  const gradients = instantiate(derivative, [...args, ...cotangents]);
  const moved = [...new Set(args.flatMap(floatLeaves))];
  const contributions = args
    .filter(({ element }) => element === "float")
    .map((arg, order) => sum(mul(stopGradient(gradients[order] as Expression), arg)));
  const all = contributions.reduce((x, y) => add(x, y));
  const totals = numbersOf(moved.map((each) => gradientOf(all, each) as Expression));
  const step = 1e-5;
  for (const [order, { attributes }] of moved.entries()) {
    const name = String(attributes["name"]);
    for (let at = 0; at < length; at++) {
      const side = (sign: number): number => {
        const numbers = Array.from({ length }, (_, i) => numberAt(name, i) + (i === at ? sign * step : 0));
        const values = numbersOf(results, { [name]: numbers });
        return values.reduce((sum, value, r) => sum + value.reduce((a, b, i) => a + b * (weights[r]?.[i] ?? 0), 0), 0);
      };
      const wanted = (side(1) - side(-1)) / (2 * step);
      const found = totals[order]?.[at] ?? NaN;
      if (!(Math.abs(found - wanted) <= tolerance * (1 + Math.abs(wanted)))) {
        return `d/d ${name}[${at}] is ${found}, the differences say ${wanted}`;
      }
    }
  }
  return null;
}
