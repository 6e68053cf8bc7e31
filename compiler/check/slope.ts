/**
 * Slopes by finite differences, and whether a gradient agrees with them. A difference is only as good as its step: with
 * a long step curvature or a kink disturbs it, with a short step rounding does. Steps of many lengths are therefore
 * tried. A slope is accepted if two formulas of different order agree, and a gradient counts as wrong only if several
 * steps agree with each other and not with it.
 */

/** The derivative along a direction, from four values: the error is of fourth order in the step. */
export function slopeAlong(lossAt: (offset: number) => number, step: number): number {
  return differences(lossAt, 0, step).slope;
}

interface Differences {
  readonly step: number;
  /** The slope by the formula of fourth order. */
  readonly slope: number;
  /** The bound of its error: its distance from the formula of second order, plus the rounding of the values. */
  readonly error: number;
  /** The difference of the slopes to both sides, which shrinks with the step unless there is a kink. */
  readonly gap: number;
}

/** From the values at two steps to both sides, and that at 0. */
function differences(lossAt: (offset: number) => number, at: number, step: number): Differences {
  const [after, before] = [lossAt(step), lossAt(-step)];
  const [a, b] = [after - before, lossAt(2 * step) - lossAt(-2 * step)];
  const slope = (8 * a - b) / (12 * step);
  const rounding = (16 * 2 ** -52 * Math.max(Math.abs(at), Math.abs(after), Math.abs(before))) / step;
  return {
    step,
    slope,
    error: Math.abs(slope - a / (2 * step)) + rounding,
    gap: Math.abs(after + before - 2 * at) / step,
  };
}

export const steps: readonly number[] = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7];

export type Verdict =
  | { readonly kind: "agrees" | "differs"; readonly slope: number; readonly step: number }
  /** A kink at the point, or too many around it. */
  | { readonly kind: "undecided" };

/**
 * Errors, divided by the scale of the slope, with which a difference is accepted at once, and with which after all
 * steps.
 */
const [fine, coarse] = [1e-7, 1e-3];

/**
 * Whether `wanted` is the slope at 0. `scale` is the expected size of a slope: a millionth of it cannot be told from
 * rounding. `first` is the step to begin with, among `steps`.
 */
export function judge(lossAt: (offset: number) => number, wanted: number, scale: number, first = 0): Verdict {
  const at = lossAt(0);
  if (!Number.isFinite(at)) return { kind: "undecided" };
  const tried: Differences[] = [];
  const order = [...steps.slice(first), ...steps.slice(0, first).reverse()];
  for (const step of order) {
    const found = differences(lossAt, at, step);
    if (!Number.isFinite(found.slope)) continue;
    tried.push(found);
    if (found.error <= fine * scale && agrees(found, wanted, scale))
      return { kind: "agrees", slope: found.slope, step };
  }
  const [best] = [...tried].sort((a, b) => a.error - b.error);
  if (best === undefined) return { kind: "undecided" };
  if (best.error <= coarse * scale && agrees(best, wanted, scale)) {
    return { kind: "agrees", slope: best.slope, step: best.step };
  }
  // At a kink the slopes to both sides stay different, and any gradient between them is correct.
  const apart = Math.abs(best.slope - wanted);
  const gap = Math.min(...tried.map((each) => each.gap));
  const confirmed = tried.filter(({ slope, error }) => error < apart / 10 && Math.abs(slope - best.slope) < apart / 10);
  if (confirmed.length >= 2 && gap < apart) return { kind: "differs", slope: best.slope, step: best.step };
  return { kind: "undecided" };
}

const agrees = ({ slope, error }: Differences, wanted: number, scale: number): boolean =>
  Math.abs(slope - wanted) <= 1e-7 * scale + 4 * error;
