/**
 * What a number of an update's body can be, in the arithmetic of IEEE 754: bounds, which zeros, and of which tensors' NaN it
 * is NaN. Each operation has a rule that makes the fact of its result from those of its operands; wider facts are always right.
 */
import type { Expression } from "../../ir/op.js";

/** What a number can be. The bounds hold where it is not NaN; `zero` and `minusZero` say which zeros it can be. */
export interface Fact {
  readonly from: number;
  readonly to: number;
  readonly zero: boolean;
  readonly minusZero: boolean;
  /** Whether it can be NaN for any reason but those in `nanFrom`. */
  readonly nan: boolean;
  /** The targets of which it is NaN if they are. */
  readonly nanFrom: ReadonlySet<number>;
  /** The target whose old value it is, unless it is NaN. */
  readonly old: number | null;
}

const none: ReadonlySet<number> = new Set();
export const exactly = (value: number): Fact => ({
  from: value,
  to: value,
  zero: Object.is(value, 0),
  minusZero: Object.is(value, -0),
  nan: Number.isNaN(value),
  nanFrom: none,
  old: null,
});
export const between = (from: number, to: number): Fact => ({
  from,
  to,
  zero: from <= 0 && to >= 0,
  minusZero: from < 0 && to >= 0,
  nan: false,
  nanFrom: none,
  old: null,
});
export const unknown: Fact = { ...between(-Infinity, Infinity), nan: true };

export const isZero = ({ from, to }: Fact): boolean => from === 0 && to === 0;
const canBeZero = ({ zero, minusZero }: Fact): boolean => zero || minusZero;
const canBeInfinite = ({ from, to }: Fact): boolean => from === -Infinity || to === Infinity;
const isOne = ({ from, to, nan, nanFrom }: Fact): boolean => from === 1 && to === 1 && !nan && nanFrom.size === 0;
const canBePositive = ({ to, zero }: Fact): boolean => to > 0 || zero;
const canBeNegative = ({ from, minusZero }: Fact): boolean => from < 0 || minusZero;

/** Beyond it a float32 may be infinite; below its inverse, 0. Wider bounds are always right. */
const large = 1e38;

/** What an operation gives: the operands' NaN too. */
function result(from: number, to: number, of: readonly Fact[], rest: Partial<Fact>): Fact {
  const nanFrom = new Set(of.flatMap((each) => [...each.nanFrom]));
  if (Number.isNaN(from) || Number.isNaN(to)) return { ...unknown, nanFrom };
  return { ...between(from, to), ...rest, nan: of.some((each) => each.nan) || rest.nan === true, nanFrom };
}

/** With what a float32 makes infinite. */
export const overflowing = (fact: Fact): Fact => ({
  ...fact,
  from: fact.from < -large ? -Infinity : fact.from,
  to: fact.to > large ? Infinity : fact.to,
});

function sum(x: Fact, y: Fact): Fact {
  const opposite = (x.to === Infinity && y.from === -Infinity) || (x.from === -Infinity && y.to === Infinity);
  // x + 0 is x, unless x is -0 and the other 0 is not.
  const kept = (one: Fact, other: Fact): number | null =>
    isZero(other) && !(one.minusZero && other.zero) ? one.old : null;
  return result(x.from + y.from, x.to + y.to, [x, y], {
    nan: opposite,
    minusZero: x.minusZero && y.minusZero,
    old: kept(x, y) ?? kept(y, x),
  });
}

const negative = (x: Fact): Fact => ({
  ...x,
  from: -x.to,
  to: -x.from,
  zero: x.minusZero,
  minusZero: x.zero,
  old: null,
});

/** A product or quotient with its signs, and with what may underflow to 0. */
function scaled(x: Fact, y: Fact, bounds: readonly number[], nan: boolean, old: number | null): Fact {
  let [from, to] = [Math.min(...bounds), Math.max(...bounds)];
  if (from > 0 && from < 1 / large) from = 0;
  if (to < 0 && to > -1 / large) to = 0;
  const touches = from <= 0 && to >= 0;
  const plus = (canBePositive(x) && canBePositive(y)) || (canBeNegative(x) && canBeNegative(y));
  const minus = (canBePositive(x) && canBeNegative(y)) || (canBeNegative(x) && canBePositive(y));
  return result(from, to, [x, y], { nan, zero: touches && plus, minusZero: touches && minus, old });
}

function product(x: Fact, y: Fact): Fact {
  const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : a * b);
  const bounds = [times(x.from, y.from), times(x.from, y.to), times(x.to, y.from), times(x.to, y.to)];
  const nan = (canBeZero(x) && canBeInfinite(y)) || (canBeInfinite(x) && canBeZero(y));
  return scaled(x, y, bounds, nan, isOne(y) ? x.old : isOne(x) ? y.old : null);
}

function squared(x: Fact): Fact {
  const least = x.from > 0 ? x.from * x.from : x.to < 0 ? x.to * x.to : 0;
  const bounds = [least, Math.max(x.from * x.from, x.to * x.to)];
  return { ...scaled(x, x, bounds, false, null), minusZero: false };
}

function quotient(x: Fact, y: Fact): Fact {
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

function root(x: Fact): Fact {
  const at = (value: number): number => Math.sqrt(Math.max(value, 0));
  return result(at(x.from), at(x.to), [x], { nan: x.from < 0, minusZero: x.minusZero, zero: x.zero });
}

/** One of several. */
function either(facts: readonly Fact[]): Fact {
  const [first] = facts as readonly [Fact];
  const some = (of: (fact: Fact) => boolean): boolean => facts.some(of);
  return {
    from: Math.min(...facts.map(({ from }) => from)),
    to: Math.max(...facts.map(({ to }) => to)),
    zero: some(({ zero }) => zero),
    minusZero: some(({ minusZero }) => minusZero),
    nan: some(({ nan }) => nan),
    nanFrom: new Set(facts.flatMap(({ nanFrom }) => [...nanFrom])),
    old: facts.every(({ old }) => old === first.old) ? first.old : null,
  };
}

/** A power of a number in [0, 1] by an exponent that is not negative. */
function power(x: Fact, y: Fact): Fact {
  const plain = x.from >= 0 && x.to <= 1 && y.from >= 0 && !x.nan && !y.nan && x.nanFrom.size + y.nanFrom.size === 0;
  return plain ? between(0, 1) : unknown;
}

type Rule = (args: readonly Fact[], each: Expression) => Fact;

/** By name: what is not among them can be anything. Rules of host scalars are those of doubles. */
export const rules: Readonly<Record<string, Rule>> = {
  literal: (_, { attributes }) => exactly(attributes["value"] as number),
  add: ([x, y]) => sum(x as Fact, y as Fact),
  sub: ([x, y]) => sum(x as Fact, negative(y as Fact)),
  mul: ([x, y], { args }) => (args[0] === args[1] ? squared(x as Fact) : product(x as Fact, y as Fact)),
  square: ([x]) => squared(x as Fact),
  div: ([x, y]) => quotient(x as Fact, y as Fact),
  neg: ([x]) => negative(x as Fact),
  sqrt: ([x]) => root(x as Fact),
  pow: ([x, y]) => power(x as Fact, y as Fact),
  where: ([, x, y]) => either([x as Fact, y as Fact]),
  maximum: (args) => either(args),
  minimum: (args) => either(args),
};
