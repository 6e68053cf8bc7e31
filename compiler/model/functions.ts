/** The functions of a model: pure ones, and those that update. */
import { fail } from "../diagnostics.js";
import type { InExpressions } from "../ir/asTensor.js";
import { checkOptions, describeValue, requireOption, requireSwitch } from "../ir/guards.js";
import { isOp } from "../ir/graph.js";
import { isExpression, type Expression } from "../ir/op.js";
import { here, type Place } from "../ir/place.js";
import type { Shape } from "../ir/shape.js";
import type { Loss } from "../ops/gradient.js";
import { checkName } from "../ops/declarations.js";
import { assignment, param } from "../ops/param.js";
import { requireEffect } from "../ops/withEffects.js";
import type { Clip } from "../optimizers/clip.js";
import { requireAlone } from "../optimizers/driver.js";
import type { Optimizer } from "../optimizers/updateRule.js";
import type { Training } from "../optimizers/training.js";
import type { ComputeOptions, FunctionOptions, MinimizeOptions, Results, TrainingOptions } from "./options.js";

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
  /** Whether it reads averages, and what else optimizers evaluate, in place of the parameters. */
  readonly averaged: boolean;
}

export interface MinimizeFunction extends Common, Training {
  readonly kind: "minimize";
  readonly loss: Expression;
  /** The trained parameters; null: all that the loss is computed from. */
  readonly params: readonly Expression[] | null;
  /** Returned beside the loss, with values from before the update. */
  readonly also: Tensors;
}

export type ModelFunction = ComputeFunction | MinimizeFunction;

export interface Compute {
  /** A pure function of its inputs: the long form of a record of tensors, with capacities or effects of its own. */
  (results: Results, options?: ComputeOptions): ComputeFunction;
}

export interface Minimize {
  /**
   * A function that computes the loss (a float of shape []) and its gradients, and updates the parameters with the
   * optimizer. Each `minimize` keeps optimizer state of its own. Its graph is compiled in training mode.
   */
  <L extends Shape>(loss: Loss<"minimize", L>, optimizer: Optimizer, options?: MinimizeOptions): MinimizeFunction;
}

export const functionKinds = new WeakSet<object>();

function common({ dims = {}, effects = [] }: InExpressions<FunctionOptions>, name: string): Common {
  if (!Array.isArray(effects)) {
    fail({
      code: "invalid-argument",
      message: `${name}: effects is not an array`,
      expected: "an array of effects, which assign(state, ...) makes",
      found: describeValue(effects),
    });
  }
  for (const effect of effects) requireEffect(name, effect);
  return { dims: checkDims(name, dims), effects: [...effects], place: here() };
}

export function checkDims(name: string, dims: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  if (typeof dims !== "object" || dims === null || Array.isArray(dims)) {
    fail({
      code: "invalid-argument",
      message: `${name}: dims is not an object`,
      expected: "the capacity of each named dimension, such as { batch: 64 }",
      found: describeValue(dims),
    });
  }
  for (const [dim, capacity] of Object.entries(dims)) {
    if (Number.isSafeInteger(capacity) && capacity > 0) continue;
    fail({
      code: "invalid-argument",
      message: `${name}: the capacity of '${dim}' is not usable`,
      expected: "a positive whole number, the largest size that a call may bring",
      found: describeValue(capacity),
    });
  }
  return { ...dims };
}

function checkTensors(name: string, tensors: Tensors): Tensors {
  if (typeof tensors !== "object" || tensors === null || Array.isArray(tensors) || isExpression(tensors)) {
    fail({
      code: "invalid-argument",
      message: `${name}: the results are not named`,
      expected: "a record of tensors, such as { prediction }",
      found: describeValue(tensors),
    });
  }
  for (const [key, tensor] of Object.entries(tensors)) {
    checkName(name, key);
    if (isExpression(tensor) && tensor.element !== "scalar" && !isOp(tensor, assignment)) continue;
    fail({
      code: "not-a-tensor",
      message: `${name}: '${key}' is not a tensor`,
      expected: "a tensor",
      found: isExpression(tensor) && isOp(tensor, assignment) ? "an effect" : describeValue(tensor),
      hint: isExpression(tensor) && isOp(tensor, assignment) ? "list it: { effects: [...] }" : undefined,
    });
  }
  return { ...tensors };
}

function register<F extends ModelFunction>(made: F): F {
  functionKinds.add(made);
  return Object.freeze(made);
}

export function compute(outputs: Tensors, options: InExpressions<ComputeOptions> = {}): ComputeFunction {
  checkOptions("compute", options, ["dims", "effects", "averaged"]);
  return pure("compute", outputs, options);
}

export function pure(name: string, outputs: Tensors, options: InExpressions<ComputeOptions>): ComputeFunction {
  const { averaged = true } = options;
  requireSwitch(name, "averaged", averaged);
  return register({ kind: "compute", outputs: checkTensors(name, outputs), averaged, ...common(options, name) });
}

const reserved: ReadonlySet<string> = new Set(["loss", "into", "dims"]);

export function minimize(
  loss: Expression,
  optimizer: Optimizer,
  options: InExpressions<MinimizeOptions> = {},
): MinimizeFunction {
  if (!isExpression(loss) || loss.element !== "float" || loss.shape.length > 0) {
    fail({
      code: "not-scalar",
      message: "minimize: the loss is not a single float",
      expected: "a float tensor of shape []",
      found: describeValue(loss),
      hint:
        isExpression(loss) && loss.element !== "float"
          ? "toFloat() converts a tensor to floats, but no gradient flows through it"
          : "sum() or mean() reduces a tensor to one number",
    });
  }
  if (typeof optimizer !== "object" || optimizer === null || typeof optimizer.ruleFor !== "function") {
    fail({
      code: "invalid-optimizer",
      message: "minimize: the second argument is not an optimizer",
      expected: "an optimizer with its options, such as adam({ lr: 1e-3 })",
      found: describeValue(optimizer),
      hint:
        typeof optimizer === "function"
          ? `call it: ${(optimizer as { name?: string }).name || "optimizer"}({ lr: 1e-3 })`
          : undefined,
    });
  }
  const training = trainingOf(optimizer, options);
  const also = checkTensors("minimize", options.also ?? {});
  const taken = training.skipNonFinite ? [...reserved, "skipped"] : [...reserved];
  for (const name of Object.keys(also)) {
    if (!taken.includes(name)) continue;
    fail({
      code: "reserved-name",
      message: `minimize: '${name}' in also is reserved`,
      expected: `any name but ${taken.join(", ")}`,
      found: name,
      hint: name === "loss" ? "leave it out: the loss is returned in any case" : "give it another name",
    });
  }
  if (options.params !== undefined && !Array.isArray(options.params)) {
    fail({
      code: "invalid-argument",
      message: "minimize: params is not an array",
      expected: "an array of parameters, such as [layer.weight, layer.bias]",
      found: describeValue(options.params),
    });
  }
  const params = options.params ? [...options.params] : null;
  for (const each of params ?? []) {
    if (isExpression(each) && isOp(each, param)) continue;
    fail({
      code: "invalid-argument",
      message: "minimize: params contains something that is not a parameter",
      expected: "tensors made by param, such as layer.weight",
      found: isExpression(each) ? `a result of ${each.op.definition.name}` : describeValue(each),
    });
  }
  return register({ kind: "minimize", loss, params, also, ...training, ...common(options, "minimize") });
}

/** A limit that is a schedule is a number of the optimizer, so that it is checked in every call, and a call may override it. */
function scheduledLimit(optimizer: Optimizer, clip: Clip | null): Optimizer {
  if (!clip?.variable) return optimizer;
  if (optimizer.variables.some(({ option }) => option === "clip")) {
    fail({
      code: "reserved-name",
      message: `minimize: ${optimizer.name} has an option 'clip' of its own`,
      expected: "a limit that is a number, or another name for the option",
      found: "a scheduled limit",
    });
  }
  return { ...optimizer, variables: [...optimizer.variables, clip.variable] };
}

const trainingOptions = ["clip", "accumulate", "skipNonFinite", "average"] as const;

function trainingOf(optimizer: Optimizer, options: TrainingOptions): Omit<Training, "place"> {
  checkOptions("minimize", options, ["params", "also", "dims", "effects", ...trainingOptions]);
  const { clip = null, accumulate = 1, skipNonFinite = false, average = null } = options;
  const isWhole = Number.isSafeInteger(accumulate) && accumulate >= 1;
  requireOption("minimize", "accumulate", accumulate, isWhole, "a whole number, at least 1");
  requireSwitch("minimize", "skipNonFinite", skipNonFinite);
  const made = { clip: "clipByValue(v), clipByNorm(v) or clipByGlobalNorm(v)", average: "ema(decay) or swa()" };
  for (const [option, value] of Object.entries({ clip, average })) {
    if (value === null || (typeof value === "object" && typeof (value as { kind?: unknown }).kind === "string"))
      continue;
    fail({
      code: "invalid-argument",
      message: `minimize: ${option} is not usable`,
      expected: `${option}: ${made[option as keyof typeof made]}`,
      found: describeValue(value),
    });
  }
  if (optimizer.driver) requireAlone(optimizer.name, { clip, accumulate: accumulate > 1, skipNonFinite, average });
  if (average && optimizer.groups.some(({ rule }) => rule.evaluate)) {
    fail({
      code: "invalid-argument",
      message: `minimize: ${optimizer.name} keeps an average of its own`,
      expected: "no average beside it",
      found: `average: ${average.kind}`,
      hint: "leave average out: functions without an update read the optimizer's own average",
    });
  }
  return { optimizer: scheduledLimit(optimizer, clip), clip, accumulate, skipNonFinite, average };
}
