/** A search along a line for a step that satisfies the strong Wolfe conditions. */

/** A point of the line, as far as it has been evaluated. */
export interface Point<Gradient> {
  /** How far along the direction. */
  t: number;
  loss: number;
  /** The derivative of the loss along the direction. */
  slope: number;
  readonly gradient: Gradient;
}

/** The minimum, between two bounds, of the cubic through two points with their slopes. */
function cubicMinimum<G>(a: Point<G>, b: Point<G>, least?: number, most?: number): number {
  const [from, to] = a.t <= b.t ? [a, b] : [b, a];
  least ??= from.t;
  most ??= to.t;
  const d1 = a.slope + b.slope - (3 * (a.loss - b.loss)) / (a.t - b.t);
  const square = d1 * d1 - a.slope * b.slope;
  // Also if losses are NaN.
  if (!(square >= 0)) return (least + most) / 2;
  const d2 = Math.sqrt(square);
  const found = to.t - (to.t - from.t) * ((to.slope + d2 - d1) / (to.slope - from.slope + 2 * d2));
  return found < least ? least : found > most ? most : found;
}

/**
 * Brackets an interval and narrows it down (Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6, with
 * c1 = 1e-4 and c2 = 0.9) from the point at the start, the first of three that it uses, where `t` is tried first.
 * Evaluates at most `most` points more than that one; an interval on which no parameter changes by `tolerance` is not
 * narrowed down. Returns the point to go to: one of the three.
 */
export function strongWolfe<Gradient>(
  [start, first, second]: readonly [Point<Gradient>, Point<Gradient>, Point<Gradient>],
  evaluate: (point: Point<Gradient>, t: number) => void,
  t: number,
  most: number,
  largest: number,
  tolerance: number,
): Point<Gradient> {
  const { loss, slope } = start;
  let [before, point] = [start, first];
  const isHigh = () => point.loss > loss + 1e-4 * point.t * slope;
  const isFlat = () => Math.abs(point.slope) <= -0.9 * slope;

  start.t = 0;
  evaluate(point, t);
  let round = 0;
  for (; ; round++) {
    // No evaluations are left: the start is one end, and the interval is not narrowed down.
    if (round >= most) return start.loss <= point.loss ? start : point;
    if (isHigh() || (round > 1 && point.loss >= before.loss)) break;
    if (isFlat()) return point;
    if (point.slope >= 0) break;
    const next = cubicMinimum(before, point, point.t + 0.01 * (point.t - before.t), point.t * 10);
    // The start is kept, because a search without success returns to it.
    [before, point] = [point, before === start ? second : before];
    evaluate(point, next);
  }
  // Both ends keep their places: of two equal losses the first counts as the lower.
  const ends = [before, point];
  let spare = [start, first, second].find((each) => !ends.includes(each))!;
  let low = before.loss <= point.loss ? 0 : 1;
  let isStuck = false;
  for (; round < most; round++) {
    const [a, b] = ends as [Point<Gradient>, Point<Gradient>];
    const [left, right] = a.t < b.t ? [a.t, b.t] : [b.t, a.t];
    if ((right - left) * largest < tolerance) break;
    let next = cubicMinimum(a, b);
    // If the step is too near to an end, for the second time or exactly on it, move it a tenth of the interval away
    // from that end.
    const margin = 0.1 * (right - left);
    if (right - next < margin || next - left < margin) {
      if (isStuck || next >= right || next <= left) {
        next = Math.abs(next - right) < Math.abs(next - left) ? right - margin : left + margin;
        isStuck = false;
      } else isStuck = true;
    } else isStuck = false;
    point = spare;
    evaluate(point, next);
    const lower = ends[low]!;
    const higher = ends[1 - low]!;
    if (isHigh() || point.loss >= lower.loss) {
      spare = higher;
      ends[1 - low] = point;
      low = ends[0]!.loss <= ends[1]!.loss ? 0 : 1;
      continue;
    }
    if (isFlat()) return point;
    spare = lower;
    if (point.slope * (higher.t - lower.t) >= 0) {
      spare = higher;
      ends[1 - low] = lower;
    }
    ends[low] = point;
  }
  return ends[low]!;
}
