import { fail } from "../../compiler/diagnostics.js";
import { checkOptions, describeValue, entry, requireWord } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { resultOf } from "./scheduleDefinition.js";
import { cycle, type CyclicSchedule } from "./cycle.js";
import {
  requireCount,
  requireFinite,
  requireFunction,
  requireInitial,
  requireRate,
  type ScheduleFunction,
} from "./options.js";
import { between, choose, scalarConstant, remainder } from "./scalars.js";

export interface CyclicOptions {
  /** The value at the top of a cycle. */
  readonly maxLr: number;
  /** The number of updates in which a cycle rises: a whole number from 1. Default 2000. */
  readonly stepSizeUp?: number;
  /** The number of updates in which it falls: a whole number from 1. Default `stepSizeUp`. */
  readonly stepSizeDown?: number;
  /**
   * How the height of the cycles changes: not at all (`"triangular"`, the default), halved with each cycle
   * (`"triangular2"`), or multiplied by `gamma` with each update (`"exp_range"`).
   */
  readonly mode?: "triangular" | "triangular2" | "exp_range";
  /** For `"exp_range"`, at least 0. Default 1. */
  readonly gamma?: number;
  /** Your own height, instead of a mode: a function of the number of the cycle, from 1, or of t. */
  readonly scaleFn?: ScheduleFunction;
  /** The argument of `scaleFn`. Default `"cycle"`. */
  readonly scaleMode?: "cycle" | "iterations";
  /** The momentum at the top of a cycle of full height. Default 0.8. */
  readonly baseMomentum?: number;
  /** The momentum at the bottom. Default 0.9. */
  readonly maxMomentum?: number;
}

export interface CyclicLR {
  /**
   * Rises linearly from `baseLr` to `maxLr` and falls again, over and over: PyTorch's `CyclicLR` (Smith 2017). Its
   * momentum moves the other way: `sgd({ lr: cycle.lr, momentum: cycle.momentum })`.
   */
  (baseLr: number, options: CyclicOptions): CyclicSchedule;
}

/** The height of a cycle, from 0 to 1: a function of the number of the cycle, from 1, and of t; null: always 1. */
function heightOf(options: CyclicOptions): ((count: HostNumber, t: HostNumber) => HostNumber) | null {
  const { mode = "triangular", gamma = 1, scaleFn, scaleMode } = options;
  requireWord("cyclicLR", "mode", mode, ["triangular", "triangular2", "exp_range"]);
  requireRate("cyclicLR", "gamma", gamma);
  if (scaleFn === undefined) {
    if (scaleMode !== undefined) {
      fail({
        code: "invalid-argument",
        message: "cyclicLR: scaleMode is given without scaleFn",
        expected: "both, or neither",
        found: describeValue(scaleMode),
      });
    }
    if (mode === "triangular") return null;
    if (mode === "triangular2") return (count) => scalarConstant(2).pow(scalarConstant(1).sub(count));
    return (_, t) => scalarConstant(gamma).pow(t);
  }
  requireFunction("cyclicLR", "scaleFn", scaleFn);
  requireWord("cyclicLR", "scaleMode", scaleMode ?? "cycle", ["cycle", "iterations"]);
  return (count, t) => resultOf("cyclicLR", scaleFn(scaleMode === "iterations" ? t : count));
}

export const cyclicLR: CyclicLR = entry("cyclicLR", (baseLr, options) => {
  const name = "cyclicLR";
  requireInitial(name, baseLr);
  checkOptions(name, options, [
    "maxLr",
    "stepSizeUp",
    "stepSizeDown",
    "mode",
    "gamma",
    "scaleFn",
    "scaleMode",
    "baseMomentum",
    "maxMomentum",
  ]);
  const { maxLr, stepSizeUp: up = 2000, stepSizeDown: down = up } = options;
  const { baseMomentum: low = 0.8, maxMomentum: high = 0.9 } = options;
  requireFinite(name, "maxLr", maxLr);
  requireCount(name, "stepSizeUp", up);
  requireCount(name, "stepSizeDown", down);
  requireFinite(name, "baseMomentum", low);
  requireFinite(name, "maxMomentum", high);
  const height = heightOf(options);
  return cycle((of) => ({
    name,
    initial: of === "lr" ? baseLr : high,
    value({ t }, from) {
      const count = t
        .div(up + down)
        .floor()
        .add(1);
      const passed = remainder(t, up + down).named("passed");
      const risen = choose(passed.le(up), passed.div(up), passed.sub(up + down).div(-down));
      return between(from, of === "lr" ? maxLr : low, height === null ? risen : risen.mul(height(count, t)));
    },
  }));
});
