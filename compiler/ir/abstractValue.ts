/**
 * The possible values of a number in an update's body, in the arithmetic of IEEE 754: its bounds, its zeros, and the
 * targets from which it gets NaN. The definitions of operations name these functions as their transfer functions. A
 * result that allows more values than occur is always correct.
 */

/**
 * The possible values of a number. The bounds hold unless it is NaN; `zero` and `minusZero` say whether it can be 0 and
 * -0.
 */
export interface AbstractValue {
  readonly from: number;
  readonly to: number;
  readonly zero: boolean;
  readonly minusZero: boolean;
  /** Whether it can be NaN for any reason but those in `nanFrom`. */
  readonly nan: boolean;
  /** The targets that make it NaN if they are NaN. */
  readonly nanFrom: ReadonlySet<number>;
  /** The target whose old value it is, unless it is NaN. */
  readonly old: number | null;
}

const none: ReadonlySet<number> = new Set();
export const between = (from: number, to: number): AbstractValue => ({
  from,
  to,
  zero: from <= 0 && to >= 0,
  minusZero: from < 0 && to >= 0,
  nan: false,
  nanFrom: none,
  old: null,
});
export const unknown: AbstractValue = { ...between(-Infinity, Infinity), nan: true };
export const exactly = (value: number): AbstractValue =>
  Number.isNaN(value)
    ? unknown
    : { ...between(value, value), zero: Object.is(value, 0), minusZero: Object.is(value, -0) };

export const isZero = ({ from, to }: AbstractValue): boolean => from === 0 && to === 0;
const canBeZero = ({ zero, minusZero }: AbstractValue): boolean => zero || minusZero;
const canBeInfinite = ({ from, to }: AbstractValue): boolean => from === -Infinity || to === Infinity;
const isOne = ({ from, to, nan, nanFrom }: AbstractValue): boolean =>
  from === 1 && to === 1 && !nan && nanFrom.size === 0;
const canBePositive = ({ to, zero }: AbstractValue): boolean => to > 0 || zero;
const canBeNegative = ({ from, minusZero }: AbstractValue): boolean => from < 0 || minusZero;

/** A float32 above this may be infinite; one below its inverse may be 0. Wider bounds are always correct. */
const large = 1e38;

/** The result of an operation, which also takes NaN from its operands. */
function result(from: number, to: number, of: readonly AbstractValue[], rest: Partial<AbstractValue>): AbstractValue {
  const nanFrom = new Set(of.flatMap((each) => [...each.nanFrom]));
  if (Number.isNaN(from) || Number.isNaN(to)) return { ...unknown, nanFrom };
  return { ...between(from, to), ...rest, nan: of.some((each) => each.nan) || rest.nan === true, nanFrom };
}

/** The value with infinite bounds where a float32 may overflow. */
export const overflowing = (value: AbstractValue): AbstractValue => ({
  ...value,
  from: value.from < -large ? -Infinity : value.from,
  to: value.to > large ? Infinity : value.to,
});

export function abstractSum(x: AbstractValue, y: AbstractValue): AbstractValue {
  const opposite = (x.to === Infinity && y.from === -Infinity) || (x.from === -Infinity && y.to === Infinity);
  // x + 0 is x, unless x is -0 and the other 0 is not.
  const kept = (one: AbstractValue, other: AbstractValue): number | null =>
    isZero(other) && !(one.minusZero && other.zero) ? one.old : null;
  return result(x.from + y.from, x.to + y.to, [x, y], {
    nan: opposite,
    minusZero: x.minusZero && y.minusZero,
    old: kept(x, y) ?? kept(y, x),
  });
}

export const abstractNegative = (x: AbstractValue): AbstractValue => ({
  ...x,
  from: -x.to,
  to: -x.from,
  zero: x.minusZero,
  minusZero: x.zero,
  old: null,
});

/** A product or quotient with its signs, and with the zeros to which it may underflow. */
function scaled(
  x: AbstractValue,
  y: AbstractValue,
  bounds: readonly number[],
  nan: boolean,
  old: number | null,
): AbstractValue {
  let [from, to] = [Math.min(...bounds), Math.max(...bounds)];
  if (from > 0 && from < 1 / large) from = 0;
  if (to < 0 && to > -1 / large) to = 0;
  const touches = from <= 0 && to >= 0;
  const plus = (canBePositive(x) && canBePositive(y)) || (canBeNegative(x) && canBeNegative(y));
  const minus = (canBePositive(x) && canBeNegative(y)) || (canBeNegative(x) && canBePositive(y));
  return result(from, to, [x, y], { nan, zero: touches && plus, minusZero: touches && minus, old });
}

export function abstractProduct(x: AbstractValue, y: AbstractValue): AbstractValue {
  const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
  const bounds = [times(x.from, y.from), times(x.from, y.to), times(x.to, y.from), times(x.to, y.to)];
  const nan = (canBeZero(x) && canBeInfinite(y)) || (canBeInfinite(x) && canBeZero(y));
  return scaled(x, y, bounds, nan, isOne(y) ? x.old : isOne(x) ? y.old : null);
}

export function abstractSquare(x: AbstractValue): AbstractValue {
  const least = x.from > 0 ? x.from * x.from : x.to < 0 ? x.to * x.to : 0;
  const bounds = [least, Math.max(x.from * x.from, x.to * x.to)];
  return { ...scaled(x, x, bounds, false, null), minusZero: false };
}

export function abstractQuotient(x: AbstractValue, y: AbstractValue): AbstractValue {
  const over = (a: number, b: number): number => (a === 0 ? 0 : Math.abs(b) === Infinity ? 0 : a / b);
  const crosses = y.from <= 0 && y.to >= 0;
  const bounds = crosses
    ? isZero(x)
      ? [0, 0]
      : [-Infinity, Infinity]
    : [over(x.from, y.from), over(x.from, y.to), over(x.to, y.from), over(x.to, y.to)];
  const nan = (canBeZero(x) && canBeZero(y)) || (canBeInfinite(x) && canBeInfinite(y));
  return scaled(x, y, bounds, nan, isOne(y) ? x.old : null);
}

export function abstractRoot(x: AbstractValue): AbstractValue {
  const at = (value: number): number => Math.sqrt(Math.max(value, 0));
  return result(at(x.from), at(x.to), [x], { nan: x.from < 0, minusZero: x.minusZero, zero: x.zero });
}

/** The value of a choice: either of these. */
export function abstractChoice(values: readonly AbstractValue[]): AbstractValue {
  const [first] = values as readonly [AbstractValue];
  const some = (of: (value: AbstractValue) => boolean): boolean => values.some(of);
  return {
    from: Math.min(...values.map(({ from }) => from)),
    to: Math.max(...values.map(({ to }) => to)),
    zero: some(({ zero }) => zero),
    minusZero: some(({ minusZero }) => minusZero),
    nan: some(({ nan }) => nan),
    nanFrom: new Set(values.flatMap(({ nanFrom }) => [...nanFrom])),
    old: values.every(({ old }) => old === first.old) ? first.old : null,
  };
}

/** One of these numbers, of which there may be very many. */
export function abstractElements(values: Iterable<number>): AbstractValue {
  let [from, to] = [Infinity, -Infinity];
  for (const value of values) {
    if (Number.isNaN(value)) return unknown;
    if (value < from) from = value;
    if (value > to) to = value;
  }
  return from <= to ? { ...between(from, to), minusZero: from <= 0 && to >= 0 } : unknown;
}

/** The larger of two; NaN if one of them is. */
export const abstractLarger = (x: AbstractValue, y: AbstractValue): AbstractValue =>
  clipped(abstractChoice([x, y]), Math.max(x.from, y.from), Infinity);

/** The smaller of two; NaN if one of them is. */
export const abstractSmaller = (x: AbstractValue, y: AbstractValue): AbstractValue =>
  clipped(abstractChoice([x, y]), -Infinity, Math.min(x.to, y.to));

/** If two values exclude each other, the bounds cross. The number is then NaN, and any bounds are correct. */
function clipped(value: AbstractValue, from: number, to: number): AbstractValue {
  const bounds = { from: Math.max(value.from, from), to: Math.min(value.to, to) };
  return bounds.from <= bounds.to ? { ...value, ...bounds } : value;
}

/** Conversion to int32: cuts fractions off, takes the nearest int32 beyond the range, and makes 0 of NaN. */
export function abstractWhole(x: AbstractValue): AbstractValue {
  const whole = (value: number): number => Math.min(Math.max(Math.trunc(value), -(2 ** 31)), 2 ** 31 - 1) + 0;
  const [from, to] = [whole(x.from), whole(x.to)];
  return x.nan || x.nanFrom.size > 0 ? between(Math.min(from, 0), Math.max(to, 0)) : between(from, to);
}

/** A power of a number in [0, 1] by an exponent that is not negative. */
export function abstractPower(x: AbstractValue, y: AbstractValue): AbstractValue {
  const plain = x.from >= 0 && x.to <= 1 && y.from >= 0 && !x.nan && !y.nan && x.nanFrom.size + y.nanFrom.size === 0;
  if (!plain) return unknown;
  // JavaScript's 1 ** Infinity is NaN.
  return { ...between(0, 1), minusZero: x.minusZero, nan: x.to === 1 && y.to === Infinity };
}
