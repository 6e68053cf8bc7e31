/** Scalar functions: short ones are written where they are called, long ones are functions of the module. */
import { operandsOf, type Scalar, type ScalarFunction } from "../../ir/scalar.js";
import { get, type Code, type FunctionCode, type Local } from "./code.js";
import { maskFor, partCount, splat, type Parts } from "./lanes.js";
import { valueTypes } from "./scalarCode.js";
import { evaluate, held, hold, laned, single, type Surroundings, type Value, type Writer } from "./value.js";

/** Up to so many instructions a function is written where it is called: around a call V8 spills all vectors. */
const mostInline = 72;

const counts = new WeakMap<ScalarFunction, number>();

/** The approximate number of instructions of a scalar function, in lanes. */
function instructionsOf(called: ScalarFunction): number {
  const known = counts.get(called);
  if (known !== undefined) return known;
  const seen = new Set<Scalar>();
  const count = (scalar: Scalar): number => {
    if (seen.has(scalar)) return 0;
    seen.add(scalar);
    const inner = operandsOf(scalar).reduce((sum, each) => sum + count(each), 0);
    if (scalar.kind === "constant" || scalar.kind === "variable") return 0;
    if (scalar.kind === "call") return inner + instructionsOf(scalar.function);
    return inner + partCount(scalar.type);
  };
  const total = count(called.result);
  counts.set(called, total);
  return total;
}

const refuse = (): never => {
  throw new Error("wasm: a scalar function reads no memory");
};

/** The names that the body of a function may use: its arguments. */
function inside(args: ReadonlyMap<string, Value>, writer: Writer, spread: Surroundings["spread"]): Surroundings {
  return {
    fresh: (type) => writer.fresh(type),
    push: (code) => writer.push(code),
    variable: (name) => args.get(name) as Value,
    load: refuse,
    loadWide: refuse,
    index: refuse,
    spread,
  };
}

const holder =
  (writer: Writer) =>
  (code: Code): Code =>
    hold(code, "v128", writer);

function compile(called: ScalarFunction, uniform: boolean): FunctionCode {
  const body: Code[] = [];
  let count = 0;
  const writer: Writer = {
    fresh: (type) => ({ type, name: `v${++count}` }),
    push: (code) => void body.push(code),
  };
  const parameters: Local[] = [];
  const parameter = (type: Local["type"], name: string): Code => {
    const local: Local = { type, name };
    parameters.push(local);
    return get(local);
  };
  const args = called.parameters.map(({ name, type }): readonly [string, Value] => {
    if (uniform) return [name, single(type, parameter(valueTypes[type], name))];
    const parts = type === "f64" ? [`${name}.low`, `${name}.high`] : [name];
    return [
      name,
      laned(
        type,
        parts.map((part) => parameter("v128", part)),
      ),
    ];
  });
  const spread = (value: Value): Parts => (value.uniform ? splat(value.type, value.code, holder(writer)) : value.parts);
  const value = evaluate(called.result, inside(new Map(args), writer, spread), callFunction);
  const name = uniform ? called.name : `${called.name}x4`;
  const results = uniform && value.uniform ? [value.code] : passed(value, spread, writer);
  return { name, parameters, body, results };
}

/** The vectors in which a value is passed. */
function passed(value: Value, spread: Surroundings["spread"], writer: Writer): Parts {
  const parts = spread(value);
  return value.type === "bool" ? maskFor(1, parts, holder(writer)) : parts;
}

const compiled = new WeakMap<ScalarFunction, Map<boolean, FunctionCode>>();

function functionOf(called: ScalarFunction, uniform: boolean): FunctionCode {
  const both = compiled.get(called) ?? new Map<boolean, FunctionCode>();
  compiled.set(called, both);
  let made = both.get(uniform);
  if (!made) both.set(uniform, (made = compile(called, uniform)));
  return made;
}

/** The value of a function for arguments of its parameters' types. */
export function callFunction(called: ScalarFunction, args: readonly Value[], around: Surroundings): Value {
  const { type } = called.result;
  if (instructionsOf(called) <= mostInline) {
    const named = called.parameters.map(({ name }, position): readonly [string, Value] => [
      name,
      held(args[position] as Value, around),
    ]);
    return evaluate(
      called.result,
      inside(new Map(named), around, (value) => around.spread(value)),
      callFunction,
    );
  }
  if (args.every((each) => each.uniform)) {
    const made = functionOf(called, true);
    const codes = args.map((each) => (each as Value & { uniform: true }).code);
    return single(type, hold({ kind: "call", function: made, args: codes }, valueTypes[type], around));
  }
  const made = functionOf(called, false);
  const codes = args.flatMap((each) => passed(each, (value) => around.spread(value), around));
  const locals = made.results.map(() => around.fresh("v128"));
  around.push({ kind: "receive", locals, function: made, args: codes });
  return laned(type, locals.map(get));
}
