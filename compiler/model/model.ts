/** What a model file describes: named functions over shared parameters and state. */
import { bodiesOf, opened } from "../ir/body.js";
import { fail, nearest, OptimcError } from "../diagnostics.js";
import { checkDims, functionKinds, pure, type ModelFunction, type Tensors } from "./functions.js";
import type { InExpressions } from "../ir/asTensor.js";
import { checkOptions, describeValue, quoted } from "../ir/guards.js";
import { checkCopy, stampOf } from "../ir/packageCopy.js";
import { isOp } from "../ir/graph.js";
import { isExpression, type Expression } from "../ir/op.js";
import { here, type Place } from "../ir/place.js";
import { dimensionsOf } from "../ir/size.js";
import { input } from "../ops/input.js";
import { checkName } from "../ops/declarations.js";
import { param, state } from "../ops/param.js";
import { requireSingle } from "../optimizers/bindHyperparameters.js";
import type { Results } from "./options.js";
import { isIdentifier, propertyName } from "../ir/identifier.js";

export {
  compute,
  minimize,
  type Compute,
  type ComputeFunction,
  type Minimize,
  type MinimizeFunction,
  type ModelFunction,
  type Tensors,
} from "./functions.js";

/**
 * A model, made by `model`: named functions over shared parameters and state. Its members are internal to the compiler.
 */
export interface Model {
  readonly name: string;
  readonly precision: "float32" | "float64";
  readonly dims: Readonly<Record<string, number>>;
  readonly functions: Readonly<Record<string, ModelFunction>>;
  readonly inputs: Tensors;
  readonly parameters: Tensors;
  readonly state: Tensors;
  /** The number of each unnamed random operation, by its order of creation. */
  readonly streams: ReadonlyMap<number, number>;
  /** Warnings for the user. */
  readonly warnings: readonly OptimcError[];
}

/** What the functions of a net are called by; each is a property of the net. */
const takenByNet: ReadonlySet<string> = new Set([
  "target",
  "fallback",
  "parameters",
  "shapes",
  "dims",
  "inputs",
  "state",
  "load",
  "constructor",
  "then",
]);

export interface ModelOptions {
  /** The capacity of each named dimension: the largest size that a call may bring. */
  readonly dims?: Readonly<Record<string, number>>;
  /** The float type of everything in the model. Default "float32". */
  readonly precision?: "float32" | "float64";
  /** By name, an identifier in any script. A record of tensors is a pure function in evaluation mode. */
  readonly functions: Readonly<Record<string, Results | ModelFunction>>;
}

export interface MakeModel {
  /** A model: named functions over shared parameters and state; the default export of a model file. */
  (name: string, options: ModelOptions): Model;
}

export function model(name: string, options: InExpressions<ModelOptions>): Model {
  checkName("model", name);
  checkOptions(`model '${name}'`, options, ["dims", "precision", "functions"]);
  const { precision = "float32", functions } = options;
  if (precision !== "float32" && precision !== "float64") {
    fail({
      code: "invalid-argument",
      message: `model '${name}': unknown precision`,
      expected: '"float32" or "float64"',
      found: describeValue(precision),
    });
  }
  if (typeof functions !== "object" || functions === null || Array.isArray(functions) || isExpression(functions)) {
    fail({
      code: "invalid-argument",
      message: `model '${name}': its functions are not an object`,
      expected: "functions: { predict: { prediction }, train: minimize(loss, optimizer) }",
      found: functions === undefined ? "no functions" : describeValue(functions),
    });
  }
  const made = Object.fromEntries(
    Object.entries(functions).map(([key, value]) => {
      checkName(`model '${name}': function`, key);
      if (takenByNet.has(key) || !isIdentifier(key)) {
        fail({
          code: takenByNet.has(key) ? "reserved-name" : "invalid-name",
          message: `model '${name}': a function cannot be called ${quoted(key)}`,
          expected: "a JavaScript identifier other than " + [...takenByNet].join(", "),
          found: quoted(key),
        });
      }
      if (functionKinds.has(value)) return [key, value as ModelFunction];
      return [key, pure(`model '${name}': function '${key}'`, value as Tensors, {})];
    }),
  );
  if (Object.keys(made).length === 0) {
    fail({
      code: "invalid-argument",
      message: `model '${name}': it has no functions`,
      expected: "at least one function",
      found: "functions: {}",
      hint: "a record of tensors is one, as in functions: { predict: { prediction } }",
    });
  }
  if (precision === "float32")
    for (const each of Object.values(made)) if (each.kind === "minimize") requireSingle(each.optimizer);
  const dims = checkDims(`model '${name}'`, options.dims ?? {});
  const leaves = collect(made);
  const named = dimensioned(made, leaves.inputs);
  for (const [dim, { place }] of named) {
    const missing = Object.values(made).find((each) => !Object.hasOwn({ ...dims, ...each.dims }, dim));
    if (!missing) continue;
    fail({
      code: "unknown-dimension",
      message: `the dimension '${dim}' has no capacity`,
      place,
      expected: `a capacity for '${dim}': the largest size that a call may bring`,
      found: Object.keys(dims).length > 0 ? `capacities of ${Object.keys(dims).join(", ")}` : "no capacities",
      hint: `add it to the model: dims: { ${propertyName(dim)}: 64 }`,
    });
  }
  checkUsedDims(name, made, named);
  const warnings = unusedDims(name, dims, named);
  const stamped = { name, precision, dims, functions: made, ...leaves, warnings, [Symbol.for("optimc")]: stampOf() };
  return Object.freeze(stamped);
}

/**
 * The named dimensions of all tensors, each with the first that has it: an input, else a leaf such as random numbers, else
 * what was repeated along it.
 */
function dimensioned(
  functions: Readonly<Record<string, ModelFunction>>,
  inputs: Tensors,
): ReadonlyMap<string, Expression> {
  const found = new Map<string, Expression>();
  const all = [...reachable(Object.values(functions).flatMap(rootsOfFunction))];
  const leaves = all.filter((each) => each.args.length === 0);
  for (const each of [...Object.values(inputs), ...leaves, ...all]) {
    for (const dim of each.shape.flatMap(dimensionsOf)) if (!found.has(dim)) found.set(dim, each);
  }
  return found;
}

/** A function's own capacity of a dimension that no tensor has is a slip: the one that was meant stays as it was. */
function checkUsedDims(
  name: string,
  functions: Readonly<Record<string, ModelFunction>>,
  used: ReadonlyMap<string, unknown>,
): void {
  for (const [key, made] of Object.entries(functions)) {
    const unknown = Object.keys(made.dims).find((dim) => !used.has(dim));
    if (unknown === undefined) continue;
    const near = nearest(unknown, used.keys());
    fail({
      code: "unknown-dimension",
      message: `model '${name}', function '${key}': no input has the dimension '${unknown}'`,
      place: made.place,
      expected: used.size === 0 ? "no dims: no input has a named dimension" : `one of ${[...used.keys()].join(", ")}`,
      found: unknown,
      hint: near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
}

/** A warning of the model's own capacities that no tensor has: they may be those that several models share. */
function unusedDims(name: string, dims: Model["dims"], used: ReadonlyMap<string, unknown>): OptimcError[] {
  const unused = Object.keys(dims).filter((dim) => !used.has(dim));
  if (unused.length === 0) return [];
  const near = nearest(unused[0] as string, used.keys());
  return [
    new OptimcError({
      code: "unknown-dimension",
      message: `model '${name}': no tensor has the dimension${unused.length === 1 ? "" : "s"} ${unused.map((dim) => `'${dim}'`).join(", ")}`,
      place: here(),
      expected: used.size === 0 ? "no dims: no tensor has a named dimension" : `dims of ${[...used.keys()].join(", ")}`,
      found: `capacities of ${Object.keys(dims).join(", ")}`,
      hint:
        near !== undefined && !Object.hasOwn(dims, near)
          ? `did you mean ${near}?`
          : `leave ${unused.length === 1 ? "it" : "them"} out of dims`,
    }),
  ];
}

/** Whether a value is a model of this copy of the package. */
export function isModel(value: unknown): value is Model {
  return typeof value === "object" && value !== null && checkCopy(value) && "functions" in value;
}

/** Every expression that the roots are made of, in bodies too; each once, in no particular order. Iterative: depth is the user's. */
export function reachable(roots: readonly Expression[]): Set<Expression> {
  const seen = new Set<Expression>(roots);
  // A set may grow while it is walked.
  for (const each of seen) {
    for (const arg of each.args) seen.add(arg);
    for (const inner of bodiesOf(each).flatMap(opened)) seen.add(inner);
  }
  return seen;
}

export function rootsOfFunction(made: ModelFunction): Expression[] {
  const roots = made.kind === "compute" ? Object.values(made.outputs) : [made.loss, ...Object.values(made.also)];
  return [...roots, ...made.effects, ...(made.kind === "minimize" ? (made.params ?? []) : [])];
}

function collect(
  functions: Readonly<Record<string, ModelFunction>>,
): Pick<Model, "inputs" | "parameters" | "state" | "streams"> {
  const seen = reachable(Object.values(functions).flatMap(rootsOfFunction));
  const orders: number[] = [];
  const byKind = {
    inputs: new Map<string, Expression>(),
    parameters: new Map<string, Expression>(),
    state: new Map<string, Expression>(),
  };
  const kinds = [
    [input, byKind.inputs],
    [param, byKind.parameters],
    [state, byKind.state],
  ] as const;
  // In the order of declaration in the file, as far as places tell: the walk itself starts from the results.
  const sorted = [...seen].map((each, position) => ({ each, position }));
  sorted.sort((a, b) => comparePlaces(a.each.place, b.each.place) || b.position - a.position);
  for (const { each } of sorted) {
    for (const [op, found] of kinds) {
      if (!isOp(each, op)) continue;
      const name = each.attributes["name"] as string;
      const before = found.get(name);
      if (before) twice(op.definition.name, name, before, each);
      found.set(name, each);
    }
    const stream = each.attributes["stream"];
    if (typeof stream === "object" && stream !== null) orders.push((stream as { order: number }).order);
  }
  for (const [name, each] of byKind.state) {
    const other = byKind.parameters.get(name);
    if (other) twice("param and state", name, other, each);
  }
  // What is computed again has the stream of what was computed first.
  const distinct = [...new Set(orders)].sort((a, b) => a - b);
  return {
    inputs: Object.fromEntries(byKind.inputs),
    parameters: Object.fromEntries(byKind.parameters),
    state: Object.fromEntries(byKind.state),
    streams: new Map(distinct.map((order, position) => [order, position])),
  };
}

function comparePlaces(a: Place | undefined, b: Place | undefined): number {
  if (!a || !b || a.file !== b.file) return 0;
  return a.line - b.line || a.column - b.column;
}

function twice(kind: string, name: string, first: Expression, second: Expression): never {
  return fail({
    code: "duplicate-name",
    message: `two declarations of ${kind} '${name}'`,
    place: second.place,
    expected: "one declaration, used wherever it is needed",
    found: "two",
    related: [{ place: first.place, label: "the other declaration" }],
    hint: "declare it once and share the tensor, or give one another name",
  });
}
