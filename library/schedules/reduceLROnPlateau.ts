import { checkOptions, entry, requireOption, requireWord } from "../../compiler/ir/guards.js";
import type { Scalar } from "../../compiler/ir/tensorMethods.js";
import type { Schedule } from "../../compiler/optimizers/schedule.js";
import { scheduleOf } from "./scheduleDefinition.js";
import { requireCount, requireInitial, requireFinite, requireRate } from "./options.js";
import { choose } from "./scalars.js";

export interface PlateauOptions {
  /** Whether the metric should fall or rise. Default `"min"`. */
  readonly mode?: "min" | "max";
  /** What the value is multiplied by, from 0 to below 1. Default 0.1. */
  readonly factor?: number;
  /** How many metrics in a row may be no better before the value is reduced: a whole number from 0. Default 10. */
  readonly patience?: number;
  /** By how much a metric has to be better than the best one to count as better, at least 0. Default 1e-4. */
  readonly threshold?: number;
  /** Whether `threshold` is a part of the best metric or an amount. Default `"rel"`. */
  readonly thresholdMode?: "rel" | "abs";
  /** After a reduction, how many metrics do not count as bad: a whole number from 0. Default 0. */
  readonly cooldown?: number;
  /** The value is not reduced below this. Default 0. */
  readonly minLr?: number;
  /** A reduction by no more than this is left out. Default 1e-8. */
  readonly eps?: number;
}

export interface ReduceLROnPlateau {
  /**
   * Reduces the value when a metric has stopped improving: PyTorch's `ReduceLROnPlateau`. The program gives the metric,
   * `net.train(batch, { metric })`, in the calls that follow an evaluation; that update already has the new value. A call
   * without a metric, or with NaN, changes nothing. The best metric and the counts are saved with the state.
   */
  (initial: number, options?: PlateauOptions): Schedule;
}

/** What is kept, under PyTorch's names. */
type Plateau = Readonly<Record<"value" | "best" | "num_bad_epochs" | "cooldown_counter", Scalar>>;

/** Worse than any metric: infinity, but for JSON. */
const worst = Number.MAX_VALUE;

export const reduceLROnPlateau: ReduceLROnPlateau = entry("reduceLROnPlateau", (initial, options = {}) => {
  const name = "reduceLROnPlateau";
  requireInitial(name, initial);
  checkOptions(name, options, ["mode", "factor", "patience", "threshold", "thresholdMode", "cooldown", "minLr", "eps"]);
  const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4 } = options;
  const { thresholdMode = "rel", cooldown = 0, minLr = 0, eps = 1e-8 } = options;
  requireWord(name, "mode", mode, ["min", "max"]);
  requireOption(name, "factor", factor, factor >= 0 && factor < 1, "a number from 0 to below 1");
  requireCount(name, "patience", patience, 0);
  requireRate(name, "threshold", threshold);
  requireWord(name, "thresholdMode", thresholdMode, ["rel", "abs"]);
  requireCount(name, "cooldown", cooldown, 0);
  requireFinite(name, "minLr", minLr);
  requireRate(name, "eps", eps);

  const sign = mode === "min" ? -1 : 1;
  const isBetter = (metric: Scalar, best: Scalar): Scalar => {
    const bound = thresholdMode === "rel" ? best.mul(1 + sign * threshold) : best.add(sign * threshold);
    return mode === "min" ? metric.lt(bound) : metric.gt(bound);
  };
  return scheduleOf({
    name,
    initial,
    needsMetric: true,
    shared: { value: initial, best: -sign * worst, num_bad_epochs: 0, cooldown_counter: 0 },
    advance({ shared, metric }) {
      const { value, best, num_bad_epochs: bad, cooldown_counter: cooling } = shared as Plateau;
      const better = isBetter(metric, best);
      const counted = choose(better.add(cooling.gt(0)).gt(0), 0, bad.add(1));
      const reduces = counted.gt(patience);
      const reduced = value.mul(factor).maximum(minLr);
      const next: Plateau = {
        value: choose(reduces.mul(value.sub(reduced).gt(eps)), reduced, value),
        best: choose(better, metric, best),
        num_bad_epochs: choose(reduces, 0, counted),
        cooldown_counter: choose(reduces, cooldown, cooling.sub(1).maximum(0)),
      };
      const given = metric.eq(metric);
      const kept = (name: keyof Plateau): Scalar => choose(given, next[name], shared[name] as Scalar);
      return {
        value: kept("value"),
        best: kept("best"),
        num_bad_epochs: kept("num_bad_epochs"),
        cooldown_counter: kept("cooldown_counter"),
      };
    },
    value: ({ next: { value } }) => value as Scalar,
  });
});
