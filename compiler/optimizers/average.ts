/** Averages of the parameters over the steps; functions without an update read them in place of the parameters. */
import { checkOptions, entry, requireOption } from "../ir/guards.js";

/** The average of the parameters to keep, made by `ema` or `swa`. */
export type Average =
  | { readonly kind: "ema"; readonly decay: number }
  | { readonly kind: "swa"; readonly start: number; readonly every: number };

/**
 * An exponential average of the parameters and of the states that the function assigns (batch statistics included):
 * `average = decay average + (1 - decay) value` after each update; the first one is a copy. `decay` in [0, 1), default
 * 0.999. Functions without an update read the averages.
 */
export const ema = entry("ema", (decay: number = 0.999): Average => {
  requireOption("ema", "decay", decay, decay >= 0 && decay < 1, "a number, at least 0 and below 1");
  return Object.freeze({ kind: "ema", decay });
});

/**
 * Stochastic weight averaging (Izmailov et al., arXiv 1803.05407): the mean of the parameters, and of the states that
 * the function assigns, after the updates `start`, `start + every`, ..., counted from 1. Default: after every update.
 * Functions without an update read the averages as soon as there are any.
 */
export const swa = entry("swa", (options: { readonly start?: number; readonly every?: number } = {}): Average => {
  checkOptions("swa", options, ["start", "every"]);
  const { start = 1, every = 1 } = options;
  for (const [option, value] of Object.entries({ start, every }))
    requireOption("swa", option, value, Number.isSafeInteger(value) && value >= 1, "a whole number, at least 1");
  return Object.freeze({ kind: "swa", start, every });
});
