/** The comparisons of the laws: each checker returns a fault as a sentence, or null. */
import { difference, magnitudeOf, near } from "../../compiler/check/numbers.js";
import { slopeAlong } from "../../compiler/check/slope.js";
import { evaluate, type Environment, type Value } from "../../compiler/meaning/interpreter.js";
import { gradient as gradientPass } from "../../compiler/passes/gradient.js";
import { buildGraph } from "../../compiler/model/buildGraph.js";
import { model, compute, type Model } from "../../compiler/model/model.js";
import type { Expression } from "../../compiler/ir/op.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { constant } from "../../compiler/ops/constant.js";
import { gradient as gradientOf } from "../../compiler/ops/gradient.js";
import { mul } from "../../compiler/ops/mul.js";
import { add } from "../../compiler/ops/add.js";
import { runPass } from "../../compiler/passes/pass.js";
import { between, countOf, generator, inputsOf, type OperationCall, type TensorValue } from "../arbitrary.js";
import { build, numbersOf, type Live, type Numbers } from "../run.js";
import { targets, type TargetName } from "../targets.js";

export type Precision = Model["precision"];

export { bitDifference, difference, magnitudeOf, near } from "../../compiler/check/numbers.js";

export const sizesOf = (x: Expression): number[] => x.shape.map((each) => Number(each.key));

export const named = (args: readonly TensorValue[]): Record<string, Numbers> =>
  Object.fromEntries(args.map(({ data }, position) => [`x${position}`, data]));

/** The interpreter's result for a function of a model, before any pass except the one that derives gradients. */
export function meaning(
  made: Model,
  name: string,
  circumstances: Environment,
  target: TargetName = "js",
): Record<string, Value> {
  const { graph } = runPass(buildGraph(made, name, made.functions[name] as Model["functions"][string]), gradientPass);
  return evaluate(graph, circumstances, targets[target].rounding[made.precision]).outputs;
}

/** A call of an operation, compiled and run, against the interpreter. */
export function checkValue(call: OperationCall, precision: Precision, target: TargetName = "js"): string | null {
  const args = inputsOf(call.args);
  const made = model("law", { precision, functions: { run: { result: call.make(args) } } });
  const live = build(made, { target: targets[target] });
  const inputs = named(call.args);
  const { parameters, state } = live.state();
  const wanted = meaning(made, "run", { inputs, parameters, state }, target).result as Value;
  const found = numbersOf(live.call("run", inputs)["result"]);
  const { bound, data } = wanted;
  const relative = precision === "float64" ? 1e-12 : Infinity;
  const magnitude = magnitudeOf(data);
  return difference(call.text, found, data, (i) => Math.min(bound?.[i] as number, relative * magnitude));
}

/** The function whose slope is measured: fixed weights make one number of a result. */
function weighted(x: Expression, seed: number): Expression {
  const shape = sizesOf(x);
  const weights = between(-1, 1, countOf(shape), generator(seed));
  return sum(mul(x, shape.length === 0 ? (weights[0] as number) : constant({ shape, data: weights })));
}

/** The slope of the loss along a random direction, by gradients and by finite differences. */
interface Slope {
  readonly wanted: number;
  readonly found: number;
  /** The magnitude of the added terms. */
  readonly size: number;
  /** Whether every element of every gradient is 0. */
  readonly isZero: boolean;
}

/** Measures it; `run` is the program's loss and gradients at given values. */
export function slopeOf(
  args: readonly TensorValue[],
  run: (values: readonly (readonly number[])[]) => { loss: number; gradients: (number[] | null)[] },
  seed: number,
): Slope {
  const next = generator(seed);
  const direction = args.map(({ data, element }) => data.map(() => (element === "float" ? 2 * next() - 1 : 0)));
  const at = (offset: number) =>
    args.map(({ data }, position) => data.map((value, i) => value + offset * (direction[position]?.[i] as number)));
  const { loss, gradients } = run(at(0));
  let [wanted, size] = [0, Math.abs(loss)];
  gradients.forEach((gradient, position) =>
    gradient?.forEach((each, i) => {
      const part = each * (direction[position]?.[i] as number);
      wanted += part;
      size += Math.abs(part);
    }),
  );
  const found = slopeAlong((offset) => run(at(offset)).loss, 1e-4);
  return { wanted, found, size, isZero: gradients.every((each) => each === null || each.every((one) => one === 0)) };
}

/** Where the two differ, as a sentence; null if they agree. */
export const slopeFault = (text: string, { wanted, found, size }: Slope, tolerance = 1e-7): string | null =>
  near(wanted, found, tolerance * (size + 1e-3))
    ? null
    : `${text}: the gradient gives ${wanted} along a direction in which the loss changes by ${found}`;

/** Compares gradients with the slope of the loss along a random direction; `run` is as for `slopeOf`. */
export function checkSlope(
  text: string,
  args: readonly TensorValue[],
  run: Parameters<typeof slopeOf>[1],
  seed: number,
  tolerance = 1e-7,
): string | null {
  return slopeFault(text, slopeOf(args, run, seed), tolerance);
}

/** The gradient of a call, compiled in float64, beside finite differences; `order` 2 is the gradient of a gradient. */
export function slopeOfCall(call: OperationCall, order: 1 | 2, target: TargetName): Slope | null {
  const args = inputsOf(call.args);
  const floats = args.filter((each) => each.element === "float");
  if (floats.length === 0) return null;
  let loss = weighted(call.make(args), 7);
  for (let n = 1; n < order; n++) {
    const inner = gradientOf(loss, floats) as Expression[];
    loss = inner.map((each, position) => weighted(each, 11 + position)).reduce((a, b) => add(a, b));
  }
  const outputs: Record<string, Expression> = { loss };
  (gradientOf(loss, floats) as Expression[]).forEach(
    (each, position) => (outputs[`g${args.indexOf(floats[position] as Expression)}`] = each),
  );
  const made = model("law", { precision: "float64", functions: { run: compute(outputs) } });
  const live = build(made, { target: targets[target] });
  // The gradient of a linear function does not depend on all of its arguments.
  const needed = inputNames(live, "run");
  const given = (values: readonly (readonly number[])[]) =>
    Object.fromEntries(
      values.map((each, position) => [`x${position}`, each] as const).filter(([name]) => needed.includes(name)),
    );
  // Every call draws the same random bits.
  const start = live.state();
  const run: Parameters<typeof slopeOf>[1] = (values) => {
    live.load(start);
    const result = live.call("run", given(values));
    return {
      loss: result["loss"] as number,
      gradients: args.map((_, position) => (`g${position}` in result ? numbersOf(result[`g${position}`]) : null)),
    };
  };
  return slopeOf(call.args, run, 3);
}

/** The same as a sentence where the two differ. */
export function checkGradient(call: OperationCall, order: 1 | 2 = 1, target: TargetName = "js"): string | null {
  const slope = slopeOfCall(call, order, target);
  return slope && slopeFault(call.text, slope);
}

export const inputNames = (live: Live, name: string): string[] =>
  live.program.functions.find((each) => each.name === name)?.inputs.map((each) => each.name) ?? [];
