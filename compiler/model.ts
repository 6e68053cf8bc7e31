/** What a model file describes: named functions over shared parameters and state. */
import { fail, nearest } from "./diagnostics.js";
import { checkCopy, stampOf } from "./ir/copy.js";
import { isA } from "./ir/graph.js";
import { isExpression, printType, type Expression } from "./ir/op.js";
import { here, type Place } from "./ir/place.js";
import { dimensionsOf } from "./ir/size.js";
import { input } from "./ops/input.js";
import { checkName } from "./ops/leaf.js";
import { assignment, param, state } from "./ops/param.js";
import { requireEffect } from "./ops/withEffects.js";
import type { Optimizer } from "./optimizers/optimizer.js";

export type Tensors = Readonly<Record<string, Expression>>;

interface Common {
  /** Capacities that differ from the model's. */
  readonly dims: Readonly<Record<string, number>>;
  /** Assigns that run with the function. */
  readonly effects: readonly Expression[];
  readonly place: Place | undefined;
}

export interface ComputeFunction extends Common {
  readonly kind: "compute";
  readonly outputs: Tensors;
}

export interface MinimizeFunction extends Common {
  readonly kind: "minimize";
  readonly loss: Expression;
  readonly optimizer: Optimizer;
  /** The trained parameters; null: all that the loss is computed from. */
  readonly params: readonly Expression[] | null;
  /** Returned beside the loss, with values from before the update. */
  readonly also: Tensors;
}

export type ModelFunction = ComputeFunction | MinimizeFunction;

/** What `model` made: named functions over shared parameters and state. Its parts are the compiler's affair. */
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
}

export interface FunctionOptions {
  readonly dims?: Readonly<Record<string, number>>;
  readonly effects?: readonly Expression[];
}

/** Refuses options that do not exist: a misspelt one would otherwise be ignored. */
function checkOptions(name: string, options: object, allowed: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    fail({ code: "invalid-argument", message: `${name}: the options are not an object`, found: String(options) });
  }
  for (const key of Object.keys(options)) {
    if (allowed.includes(key)) continue;
    const near = nearest(key, allowed);
    fail({
      code: "invalid-argument",
      message: `${name}: there is no option '${key}'`,
      expected: `one of ${allowed.join(", ")}`,
      found: key,
      ...(near === undefined ? {} : { hint: `did you mean ${near}?` }),
    });
  }
}

const functionKinds = new WeakSet<object>();

function common({ dims = {}, effects = [] }: FunctionOptions, name: string): Common {
  for (const effect of effects) requireEffect(name, effect);
  return { dims: checkDims(name, dims), effects: [...effects], place: here() };
}

function checkDims(name: string, dims: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  for (const [dim, capacity] of Object.entries(dims)) {
    if (Number.isSafeInteger(capacity) && capacity > 0) continue;
    fail({
      code: "invalid-argument",
      message: `${name}: the capacity of '${dim}' is not usable`,
      expected: "a positive whole number",
      found: String(capacity),
    });
  }
  return { ...dims };
}

function checkTensors(name: string, tensors: Tensors): Tensors {
  if (typeof tensors !== "object" || tensors === null || isExpression(tensors)) {
    fail({
      code: "invalid-argument",
      message: `${name}: the results are not named`,
      expected: "a record of tensors, such as { prediction }",
      found: isExpression(tensors) ? "a tensor" : String(tensors),
    });
  }
  for (const [key, tensor] of Object.entries(tensors)) {
    checkName(name, key);
    if (isExpression(tensor) && tensor.element !== "scalar" && !isA(tensor, assignment)) continue;
    fail({
      code: "not-a-tensor",
      message: `${name}: '${key}' is not a tensor`,
      expected: "a tensor",
      found: isExpression(tensor) ? printType(tensor) : typeof tensor,
    });
  }
  return { ...tensors };
}

function register<F extends ModelFunction>(made: F): F {
  functionKinds.add(made);
  return Object.freeze(made);
}

/** A pure function of its inputs: the long form of a record of tensors, with capacities or effects of its own. */
export function compute(outputs: Tensors, options: FunctionOptions = {}): ComputeFunction {
  checkOptions("compute", options, ["dims", "effects"]);
  return register({ kind: "compute", outputs: checkTensors("compute", outputs), ...common(options, "compute") });
}

export interface MinimizeOptions extends FunctionOptions {
  /** The parameters to train. Default: all that the loss is computed from. */
  readonly params?: readonly Expression[];
  /** Tensors returned beside the loss, with values from before the update. */
  readonly also?: Tensors;
}

const reserved: ReadonlySet<string> = new Set(["loss", "into", "dims"]);

/** A function that computes the loss, its gradients, and updates the parameters by the optimizer. */
export function minimize(loss: Expression, optimizer: Optimizer, options: MinimizeOptions = {}): MinimizeFunction {
  if (!isExpression(loss) || loss.element !== "float" || loss.shape.length > 0) {
    fail({
      code: "not-scalar",
      message: "minimize: the loss is not a single float",
      expected: "a float tensor of shape []",
      found: isExpression(loss) ? printType(loss) : typeof loss,
      hint: "sum() or mean() makes one number of a tensor",
    });
  }
  if (typeof optimizer !== "object" || optimizer === null || typeof optimizer.update !== "function") {
    fail({
      code: "invalid-optimizer",
      message: "minimize: the second argument is not an optimizer",
      expected: "an optimizer with its options, such as adam({ lr: 1e-3 })",
      found: typeof optimizer === "function" ? "a function that was not called" : typeof optimizer,
    });
  }
  checkOptions("minimize", options, ["params", "also", "dims", "effects"]);
  const also = checkTensors("minimize", options.also ?? {});
  for (const name of Object.keys(also)) {
    if (!reserved.has(name)) continue;
    fail({ code: "reserved-name", message: `minimize: '${name}' in also is reserved`, hint: "use another name" });
  }
  const params = options.params ? [...options.params] : null;
  for (const each of params ?? []) {
    if (isExpression(each) && isA(each, param)) continue;
    fail({
      code: "invalid-argument",
      message: "minimize: params holds something that is no parameter",
      expected: "tensors made by param, such as layer.weight",
      found: isExpression(each) ? `a result of ${each.op.definition.name}` : typeof each,
    });
  }
  return register({ kind: "minimize", loss, optimizer, params, also, ...common(options, "minimize") });
}

/** What the functions of a net are called by; each is a property of the net. */
const takenByNet: ReadonlySet<string> = new Set([
  "target",
  "parameters",
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
  readonly functions: Readonly<Record<string, Tensors | ModelFunction>>;
}

/** A model: named functions over shared parameters and state. It is the default export of a model file. */
export function model(name: string, options: ModelOptions): Model {
  checkName("model", name);
  checkOptions(`model '${name}'`, options, ["dims", "precision", "functions"]);
  const { precision = "float32", functions } = options;
  if (precision !== "float32" && precision !== "float64") {
    fail({
      code: "invalid-argument",
      message: `model '${name}': unknown precision`,
      expected: '"float32" or "float64"',
      found: JSON.stringify(precision),
    });
  }
  const made = Object.fromEntries(
    Object.entries(functions).map(([key, value]) => {
      checkName(`model '${name}': function`, key);
      if (takenByNet.has(key) || !/^[A-Za-z_$][\w$]*$/.test(key)) {
        fail({
          code: takenByNet.has(key) ? "reserved-name" : "invalid-name",
          message: `model '${name}': a function cannot be called '${key}'`,
          expected: "a JavaScript identifier other than " + [...takenByNet].join(", "),
          found: JSON.stringify(key),
        });
      }
      return [key, functionKinds.has(value) ? (value as ModelFunction) : compute(value as Tensors)];
    }),
  );
  if (Object.keys(made).length === 0) {
    fail({
      code: "invalid-argument",
      message: `model '${name}': it has no functions`,
      expected: "at least one function",
    });
  }
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
      expected: `dims: { ${dim}: ... } in model '${name}'`,
      found: Object.keys(dims).length > 0 ? `capacities of ${Object.keys(dims).join(", ")}` : "no capacities",
    });
  }
  checkUsedDims(name, made, named);
  const stamped = { name, precision, dims, functions: made, ...leaves, [Symbol.for("optimc")]: stampOf() };
  return Object.freeze(stamped);
}

/** The named dimensions of the leaves, each with the first that has it: an input, or else random numbers. */
function dimensioned(
  functions: Readonly<Record<string, ModelFunction>>,
  inputs: Tensors,
): ReadonlyMap<string, Expression> {
  const found = new Map<string, Expression>();
  for (const each of [...Object.values(inputs), ...reachable(Object.values(functions).flatMap(rootsOfFunction))]) {
    if (each.args.length > 0) continue;
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
    fail({
      code: "unknown-dimension",
      message: `model '${name}', function '${key}': no input has the dimension '${unknown}'`,
      place: made.place,
      expected: used.size === 0 ? "no dims: no input has a named dimension" : `one of ${[...used.keys()].join(", ")}`,
      found: unknown,
    });
  }
}

/** Whether a value is a model of this copy of the package. */
export function isModel(value: unknown): value is Model {
  return typeof value === "object" && value !== null && checkCopy(value) && "functions" in value;
}

/** Every expression that the roots are made of; each once, in no particular order. Iterative: depth is the user's. */
export function reachable(roots: readonly Expression[]): Set<Expression> {
  const seen = new Set<Expression>(roots);
  // A set may grow while it is walked.
  for (const each of seen) for (const arg of each.args) seen.add(arg);
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
      if (!isA(each, op)) continue;
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
