import { fail } from "../../compiler/diagnostics.js";
import { checkOptions, describeValue, entry, requireSwitch, requireWord } from "../../compiler/ir/guards.js";
import type { HostNumber } from "../../compiler/ir/tensorMethods.js";
import { cycle, type CyclicSchedule } from "./cycle.js";
import { requireAbove, requireCount, requireFinite, requireInitial, requirePart } from "./options.js";
import { between, choose, halfCosine, scalarConstant } from "./scalars.js";

export interface OneCycleOptions {
  /** The number of updates in the cycle, a whole number from 1; or give `epochs` and `stepsPerEpoch`. */
  readonly totalSteps?: number;
  /** A whole number from 1. */
  readonly epochs?: number;
  /** A whole number from 1. */
  readonly stepsPerEpoch?: number;
  /** The fraction of the cycle that rises, from 0 to 1. Default 0.3. */
  readonly pctStart?: number;
  /** The shape of the curve: a cosine or a line. Default `"cos"`. */
  readonly annealStrategy?: "cos" | "linear";
  /** The momentum at the top of the cycle. Default 0.85. */
  readonly baseMomentum?: number;
  /** The momentum at both ends. Default 0.95. */
  readonly maxMomentum?: number;
  /** The first value is `maxLr / divFactor`. Above 0, default 25. */
  readonly divFactor?: number;
  /** The last value is the first one divided by this. Above 0, default 1e4. */
  readonly finalDivFactor?: number;
  /** Falls to the first value as fast as it rose, then on to the last one. Default false. */
  readonly threePhase?: boolean;
}

export interface OneCycleLR {
  /**
   * One cycle, up from `maxLr / divFactor` to `maxLr`, then down to a value far below the first: PyTorch's `OneCycleLR`
   * (Smith and Topin 2018). Its momentum moves the other way: `const cycle = oneCycleLR(0.1, { totalSteps: 1000 })`,
   * then `sgd({ lr: cycle.lr, momentum: cycle.momentum })` or `adam({ lr: cycle.lr, betas: [cycle.momentum, 0.999] })`.
   * As in PyTorch, one update after the end of the cycle is allowed, with a rate that rises again; a later call is an
   * error.
   */
  (maxLr: number, options: OneCycleOptions): CyclicSchedule;
}

/** Until update `end` the values go from the first of each pair to the second. */
interface Phase {
  readonly end: number;
  readonly lr: readonly [from: number, to: number];
  readonly momentum: readonly [from: number, to: number];
}

function stepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleOptions): number {
  if (totalSteps === undefined && (epochs === undefined || stepsPerEpoch === undefined)) {
    fail({
      code: "invalid-argument",
      message: "oneCycleLR: the length of the cycle is not given",
      expected: "totalSteps, or both epochs and stepsPerEpoch",
      found: describeValue({
        ...(epochs !== undefined && { epochs }),
        ...(stepsPerEpoch !== undefined && { stepsPerEpoch }),
      }),
    });
  }
  if (totalSteps !== undefined) {
    requireCount("oneCycleLR", "totalSteps", totalSteps);
    return totalSteps;
  }
  requireCount("oneCycleLR", "epochs", epochs);
  requireCount("oneCycleLR", "stepsPerEpoch", stepsPerEpoch);
  return (epochs as number) * (stepsPerEpoch as number);
}

export const oneCycleLR: OneCycleLR = entry("oneCycleLR", (maxLr, options) => {
  const name = "oneCycleLR";
  requireInitial(name, maxLr);
  checkOptions(name, options, [
    "totalSteps",
    "epochs",
    "stepsPerEpoch",
    "pctStart",
    "annealStrategy",
    "baseMomentum",
    "maxMomentum",
    "divFactor",
    "finalDivFactor",
    "threePhase",
  ]);
  const { pctStart = 0.3, annealStrategy = "cos", baseMomentum: low = 0.85, maxMomentum: high = 0.95 } = options;
  const { divFactor = 25, finalDivFactor = 1e4, threePhase = false } = options;
  const steps = stepsOf(options);
  requirePart(name, "pctStart", pctStart);
  requireWord(name, "annealStrategy", annealStrategy, ["cos", "linear"]);
  requireFinite(name, "baseMomentum", low);
  requireFinite(name, "maxMomentum", high);
  requireAbove(name, "divFactor", divFactor);
  requireAbove(name, "finalDivFactor", finalDivFactor);
  requireSwitch(name, "threePhase", threePhase);

  const first = maxLr / divFactor;
  const last = first / finalDivFactor;
  const up: Phase = { end: pctStart * steps - 1, lr: [first, maxLr], momentum: [high, low] };
  const phases: readonly Phase[] = threePhase
    ? [
        up,
        { end: 2 * pctStart * steps - 2, lr: [maxLr, first], momentum: [low, high] },
        { end: steps - 1, lr: [first, last], momentum: [high, high] },
      ]
    : [up, { end: steps - 1, lr: [maxLr, last], momentum: [low, high] }];

  return cycle((of) => ({
    name,
    initial: of === "lr" ? first : high,
    updates: steps,
    value({ t }) {
      const values = phases.map((phase, i): HostNumber => {
        const [from, to] = phase[of];
        const begin = phases[i - 1]?.end ?? 0;
        if (from === to || phase.end === begin) return scalarConstant(to);
        const x = (begin === 0 ? t : t.sub(begin)).div(phase.end - begin);
        return annealStrategy === "cos" ? between(to, from, halfCosine(x)) : between(from, to, x);
      });
      const value = values.reduceRight((later, each, i) => choose(t.le(phases[i]?.end ?? 0), each, later));
      return choose(t.le(steps), value, scalarConstant(NaN));
    },
  }));
});
