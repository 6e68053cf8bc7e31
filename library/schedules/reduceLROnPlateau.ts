import { checkOptions, entry, requireOption, requireWord } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import type { Schedule } from "../../compiler/optimizers/schedule.js";
import { scheduleOf } from "./scheduleDefinition.js";
import { requireCount, requireInitial, requireFinite, requireRate } from "./options.js";
import { choose } from "./scalars.js";

export interface PlateauOptions {
  /** Whether the metric should fall or rise. Default `"min"`. */
  readonly mode?: "min" | "max";
  /** The factor of a reduction, from 0 to below 1. Default 0.1. */
  readonly factor?: number;
  /**
   * The number of metrics in a row without improvement to tolerate before a reduction: a whole number from 0. Default
   * 10.
   */
  readonly patience?: number;
  /** The least improvement over the best metric that counts, at least 0. Default 1e-4. */
  readonly threshold?: number;
  /** Whether `threshold` is relative to the best metric or absolute. Default `"rel"`. */
  readonly thresholdMode?: "rel" | "abs";
  /** The number of metrics after a reduction that are not counted as bad: a whole number from 0. Default 0. */
  readonly cooldown?: number;
  /** The least value. Default 0. */
  readonly minLr?: number;
  /** Reductions by no more than this are skipped. Default 1e-8. */
  readonly eps?: number;
}

export interface ReduceLROnPlateau {
  /**
   * Reduces the value when a metric has stopped improving: PyTorch's `ReduceLROnPlateau`. Give the metric,
   * `net.train(batch, { metric })`, in the call after an evaluation; that update already uses the new value. A call
   * without a metric, or with NaN, changes nothing. The best metric and the counts are saved with the state.
   */
  (initial: number, options?: PlateauOptions): Schedule;
}

/** What is kept, under PyTorch's names. */
type Plateau = Readonly<Record<"value" | "best" | "num_bad_epochs" | "cooldown_counter", HostNumber>>;

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
  const isBetter = (metric: HostNumber, best: HostNumber): HostNumber => {
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
      const kept = (name: keyof Plateau): HostNumber => choose(given, next[name], shared[name] as HostNumber);
      return {
        value: kept("value"),
        best: kept("best"),
        num_bad_epochs: kept("num_bad_epochs"),
        cooldown_counter: kept("cooldown_counter"),
      };
    },
    value: ({ next: { value } }) => value as HostNumber,
  });
});
