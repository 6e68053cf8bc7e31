import { fail, nearest } from "../../compiler/diagnostics.js";
import { describeValue, entry } from "../../compiler/ir/guards.js";
import { gradientName, type DriverTensor } from "../../compiler/optimizers/driver.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer, type Optimizer } from "../../compiler/optimizers/optimizer.js";
import type { Schedule } from "../../compiler/optimizers/schedule.js";

/** Numbers that count are fixed or given for a call: a schedule that is no whole number would mean nothing. */
const declared = optimizer({
  name: "lbfgs",
  hyper: {
    lr: hyper.number(1, { from: 0 }),
    maxIter: hyper.number(20, { from: 1, whole: true }),
    maxEval: hyper.number(25, { from: 1, whole: true }),
    toleranceGrad: hyper.number(1e-7, { from: 0 }),
    toleranceChange: hyper.number(1e-9, { from: 0 }),
    historySize: hyper.fixed(100, { from: 1, whole: true }),
    maximize: hyper.flag(),
  },
  state: ({ like }) => ({ [gradientName]: like(0) }),
  update: ({ param, grad }) => ({ param, state: { [gradientName]: grad } }),
});

/** The options of `lbfgs`, those of PyTorch's LBFGS. */
export interface LbfgsOptions {
  /** The length of a step along the direction, or the first one that the line search tries. Default 1. */
  readonly lr?: number | Schedule;
  /** The most iterations in a call, each along one direction. Default 20. */
  readonly maxIter?: number;
  /**
   * The most evaluations of loss and gradient in a call, which ends with the iteration that reaches this number.
   * Default maxIter * 5 / 4.
   */
  readonly maxEval?: number;
  /** A call ends when no element of the gradient is larger than this. Default 1e-7. */
  readonly toleranceGrad?: number | Schedule;
  /** A call ends when neither a parameter nor the loss changes by more than this. Default 1e-9. */
  readonly toleranceChange?: number | Schedule;
  /**
   * The number of earlier steps that determine the direction; each keeps two numbers for each parameter. Default 100.
   */
  readonly historySize?: number;
  /** Looks for a step that satisfies the strong Wolfe conditions. Default null: the step has the length lr. */
  readonly lineSearch?: "strongWolfe" | null;
  /** Maximizes instead: the loss and its gradient are negated. Default false. */
  readonly maximize?: boolean;
}

const [own, names] = [["lineSearch"], ["lr", "maxIter", "maxEval", "toleranceGrad", "toleranceChange", "historySize"]];
const all: readonly string[] = [...names, ...own, "maximize"];

function checkOptions(options: LbfgsOptions): void {
  if (typeof options !== "object" || options === null) {
    fail({
      code: "invalid-hyper",
      message: "lbfgs: the options are not an object",
      expected: "options such as { lr: 1 }",
      found: describeValue(options),
    });
  }
  const refuse = (message: string, expected: string, found: string, hint?: string): never =>
    fail({ code: "invalid-hyper", message: `lbfgs: ${message}`, expected, found, hint });
  for (const given of Object.keys(options)) {
    if (all.includes(given)) continue;
    const near = nearest(given, all);
    const hint =
      given === "groups"
        ? "its direction follows from all parameters together: leave groups out, or use params of minimize"
        : near && `did you mean ${near}?`;
    refuse(`there is no option '${given}'`, `one of ${all.join(", ")}`, given, hint);
  }
  const { lineSearch = null } = options;
  if (lineSearch !== null && lineSearch !== "strongWolfe") {
    refuse("option 'lineSearch' has an unusable value", '"strongWolfe" or null', describeValue(lineSearch));
  }
  for (const option of ["maxIter", "maxEval"] as const) {
    const given: unknown = options[option];
    if (given !== undefined && typeof given !== "number")
      refuse(`option '${option}' has an unusable value`, "a whole number, not a schedule", describeValue(given));
  }
}

/** What is kept, under PyTorch's names and with the parameters one after another; `pairs` is how many were ever kept. */
function tensorsOf(length: number, history: number, searches: boolean): Record<string, DriverTensor> {
  const vector: DriverTensor = { element: "float", shape: [length], isSaved: true };
  const vectors: DriverTensor = { ...vector, shape: [history, length] };
  const double: DriverTensor = { element: "double", shape: [], isSaved: true };
  const count: DriverTensor = { ...double, isCount: true };
  return {
    func_evals: count,
    n_iter: count,
    d: vector,
    t: double,
    old_dirs: vectors,
    old_stps: vectors,
    ro: { ...double, shape: [history] },
    pairs: count,
    H_diag: double,
    prev_flat_grad: vector,
    prev_loss: double,
    al: { ...double, shape: [history], isSaved: false },
    sum: { ...double, isSaved: false },
    // The gradient; of a search also those of the other end of its bracket and of the point that it tries.
    gradients: { ...vector, shape: [searches ? 3 : 1, length], isSaved: false },
    ...(searches && { start: { ...vector, isSaved: false } }),
  };
}

/**
 * L-BFGS (Nocedal and Wright, Numerical Optimization, algorithm 7.5) as PyTorch's LBFGS: a call computes the loss and
 * its gradient several times, and takes up to `maxIter` steps. It returns the results of the first evaluation.
 */
export const lbfgs = entry("lbfgs", (options: LbfgsOptions = {}): Optimizer => {
  checkOptions(options);
  const { lineSearch = null, ...rest } = options;
  const { maxIter = 20, historySize = 100, maximize = false } = rest;
  const searches = lineSearch !== null;
  const chosen = declared({ ...rest, maxEval: rest.maxEval ?? Math.max(1, Math.floor((maxIter * 5) / 4)) });
  const most = chosen.variables.find(({ option }) => option === "maxEval")?.value as number;
  return Object.freeze({
    ...chosen,
    driver: {
      runtime: { name: "lbfgs", parts: searches ? ["strongWolfe"] : [] },
      options: ["lr", "maxIter", "maxEval", "toleranceGrad", "toleranceChange"],
      settings: { history: historySize, ...(maximize && { maximize }) },
      tensors: (length: number) => tensorsOf(length, historySize, searches),
      still: { lr: 0, maxIter: 1, maxEval: 1 },
      describe: (length: number) =>
        `loss and gradient are computed up to ${searches ? most + 1 : Math.min(maxIter, Math.max(2, most))} times; ` +
        `directions follow from up to ${historySize} earlier steps, two vectors of ${length} numbers each`,
    },
  });
});
