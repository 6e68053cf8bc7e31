import { checkOptions, entry } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { scheduleOf, type StatelessSchedule } from "./scheduleDefinition.js";
import { requireCount, requireFinite, requireInitial } from "./options.js";
import { between, choose, halfCosine, scalarConstant, remainder } from "./scalars.js";

export interface CosineAnnealingWarmRestarts {
  /**
   * `etaMin + (initial - etaMin) (1 + cos(pi x)) / 2` where x goes from 0 to 1 in `t0` updates, then again in `t0 *
   * tMult`, and so on: PyTorch's `CosineAnnealingWarmRestarts` (Loshchilov and Hutter 2017). t may be a fraction: to
   * count in epochs of 100 updates, `lr: (t) => restarts(t.div(100))`.
   */
  (
    initial: number,
    options: {
      /** The length of the first cycle: a whole number from 1. */
      readonly t0: number;
      /** The length of a cycle divided by that of the one before: a whole number from 1. Default 1. */
      readonly tMult?: number;
      /** Default 0. */
      readonly etaMin?: number;
    },
  ): StatelessSchedule;
}

/** The part of its cycle that has passed at t. */
function passed(t: HostNumber, t0: number, tMult: number): HostNumber {
  if (tMult === 1) return remainder(t, t0).div(t0);
  // CyclicSchedule n begins at t0 (tMult^n - 1) / (tMult - 1). The logarithm may be a little short of a whole n, or beyond it.
  const power = (n: HostNumber): HostNumber => scalarConstant(tMult).pow(n).add(0.5).floor();
  const begin = (n: HostNumber): HostNumber =>
    power(n)
      .sub(1)
      .div(tMult - 1)
      .mul(t0);
  const logarithm = t
    .mul((tMult - 1) / t0)
    .add(1)
    .log()
    .div(scalarConstant(tMult).log());
  const near = logarithm.add(0.5).floor();
  const n = choose(begin(near).le(t), near, near.sub(1));
  return t.sub(begin(n)).div(power(n).mul(t0));
}

export const cosineAnnealingWarmRestarts: CosineAnnealingWarmRestarts = entry(
  "cosineAnnealingWarmRestarts",
  (initial, options) => {
    const name = "cosineAnnealingWarmRestarts";
    requireInitial(name, initial);
    checkOptions(name, options, ["t0", "tMult", "etaMin"]);
    const { t0, tMult = 1, etaMin = 0 } = options;
    requireCount(name, "t0", t0);
    requireCount(name, "tMult", tMult);
    requireFinite(name, "etaMin", etaMin);
    return scheduleOf({
      name,
      initial,
      value: ({ t }, from) => between(etaMin, from, halfCosine(passed(t, t0, tMult))),
    });
  },
);
