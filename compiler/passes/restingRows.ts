/**
 * Proves that an update leaves an element as it is where the gradient is 0: `update(p, 0, state) = (p, state)`, bit for
 * bit but for the payload of NaN, in the arithmetic of IEEE 754. What an expression can be is a `Fact`, worked out from its
 * operands' facts.
 *
 * It holds for every parameter, -0, NaN and infinities among them, and for every state that the update itself can lead to
 * from the initial one (`invariants`). It takes for granted that hyper-parameters lie in their declared ranges, which every
 * call checks, that they are finite in the model's precision, and that none is -0.
 */
import type { Expression } from "../ir/op.js";
import type { HyperVariable } from "../optimizers/optimizer.js";
import { placeholder } from "../ops/update.js";
import { isA } from "../ir/graph.js";
import { primitives } from "../ir/primitives.js";

/** What a number can be. The bounds hold where it is not NaN; `zero` and `minusZero` say which zeros it can be. */
interface Fact {
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
const exactly = (value: number): Fact => ({
  from: value,
  to: value,
  zero: Object.is(value, 0),
  minusZero: Object.is(value, -0),
  nan: Number.isNaN(value),
  nanFrom: none,
  old: null,
});
const between = (from: number, to: number): Fact => ({
  from,
  to,
  zero: from <= 0 && to >= 0,
  minusZero: from < 0 && to >= 0,
  nan: false,
  nanFrom: none,
  old: null,
});
const unknown: Fact = { ...between(-Infinity, Infinity), nan: true };

const isZero = ({ from, to }: Fact): boolean => from === 0 && to === 0;
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
const overflowing = (fact: Fact): Fact => ({
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
const rules: Readonly<Record<string, Rule>> = {
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

/** What one of the operands' NaN makes NaN. */
const strict: ReadonlySet<string> = new Set(["add", "sub", "mul", "div", "neg", "sqrt", "square"]);

export interface Update {
  /** What the targets become, in terms of placeholders: those of the targets come first. */
  readonly next: readonly Expression[];
  readonly gradient: number;
  /** The targets' names: the parameter's, and its states'. */
  readonly names: readonly string[];
  /** What the states begin with. */
  readonly initial: readonly number[];
  readonly variables: readonly Pick<HyperVariable, "variable" | "range" | "value">[];
}

export interface Rest {
  /** Variables that must be above 0, though their range has 0 too. */
  readonly positive: readonly string[];
}

/** The facts under which rows rest, or a sentence that says why they do not. */
export function restingRows(update: Update): Rest | string {
  const plain = faultOf(update);
  if (plain === null) return { positive: [] };
  // An eps, say, that a call may set to 0: then 0 / 0 would be NaN.
  for (const { variable, range, value } of update.variables) {
    if (range.from !== 0 || value === 0) continue;
    const variables = update.variables.map((each) =>
      each.variable === variable ? { ...each, range: { ...range, from: Number.MIN_VALUE } } : each,
    );
    if (faultOf({ ...update, variables }) === null) return { positive: [variable] };
  }
  return plain;
}

function faultOf(update: Update): string | null {
  const next = primitives(update.next);
  const states = invariants(update, next);
  const facts = new Facts(update, states, exactly(0));
  const found = next.map((each) => facts.of(each));
  // States first: what they do is the reason for what the parameter does.
  const order = [...next.keys()].sort((a, b) => (a === 0 ? 1 : 0) - (b === 0 ? 1 : 0));
  for (const target of order) {
    const { old, nan, nanFrom } = found[target] as Fact;
    const name = target === 0 ? "the parameter" : (update.names[target] as string);
    const mayBeNaN = nan || ![...nanFrom].every((from) => from === target || (target === 0 && bringsNaN(next, from)));
    if (old === target && !mayBeNaN) continue;
    const still = old === target || isStill(facts, next[target] as Expression, target);
    return `${name} ${!still ? "changes" : mayBeNaN ? "can become NaN" : "becomes 0 where it is -0"}`;
  }
  return null;
}

/** Whether a 0 of some sign, or NaN, is added to the target's old value. */
function isStill(facts: Facts, next: Expression, target: number): boolean {
  const { name } = next.op.definition;
  const [x, y] = next.args.map((each) => facts.of(each)) as [Fact, Fact];
  if (name === "sub") return x.old === target && isZero(y);
  return name === "add" && ((x.old === target && isZero(y)) || (y.old === target && isZero(x)));
}

/** Whether the parameter is NaN wherever the state is, after each update as before it. */
function bringsNaN(next: readonly Expression[], state: number): boolean {
  const isOld = (each: Expression, target: number): boolean =>
    isA(each, placeholder) && each.attributes["position"] === target;
  const contains = (whole: Expression, part: Expression): boolean =>
    whole === part || (strict.has(whole.op.definition.name) && whole.args.some((arg) => contains(arg, part)));
  const follows = (part: Expression, whole: Expression): boolean => {
    if (isOld(part, state) && isOld(whole, 0)) return true;
    if (contains(whole, part)) return true;
    const branches = [part, whole].every((each) => each.op.definition.name === "where");
    if (!branches || part.args[0] !== whole.args[0]) return false;
    return [1, 2].every((side) => follows(part.args[side] as Expression, whole.args[side] as Expression));
  };
  return follows(next[state] as Expression, next[0] as Expression);
}

/**
 * What each target's old value can be: a state that begins at or above 0 and that no update brings below its beginning
 * stays there, whatever parameters and gradients are.
 */
function invariants(update: Update, next: readonly Expression[]): readonly Fact[] {
  const any = (target: number): Fact => ({ ...unknown, nan: false, nanFrom: new Set([target]), old: target });
  const held = update.names.map((_, target): Fact => {
    const initial = update.initial[target - 1] ?? -1;
    if (target === 0 || initial < 0 || Object.is(initial, -0)) return any(target);
    return { ...any(target), from: initial, zero: initial === 0, minusZero: false };
  });
  for (let changed = true; changed;) {
    changed = false;
    const facts = new Facts(update, held, unknown);
    for (const [target, fact] of held.entries()) {
      if (fact.from === -Infinity) continue;
      const after = facts.of(next[target] as Expression);
      if (after.from >= fact.from && !after.minusZero) continue;
      held[target] = any(target);
      changed = true;
    }
  }
  return held;
}

/** What the expressions of a body can be. */
class Facts {
  readonly #known = new Map<Expression, Fact>();
  readonly #update: Update;
  readonly #targets: readonly Fact[];
  readonly #gradient: Fact;

  constructor(update: Update, targets: readonly Fact[], gradient: Fact) {
    this.#update = update;
    this.#targets = targets;
    this.#gradient = gradient;
  }

  of(each: Expression): Fact {
    const known = this.#known.get(each);
    if (known) return known;
    const made = this.#make(each);
    this.#known.set(each, made);
    return made;
  }

  #make(each: Expression): Fact {
    const { name, lowering } = each.op.definition;
    if (isA(each, placeholder)) {
      const position = each.attributes["position"] as number;
      return position === this.#update.gradient ? this.#gradient : (this.#targets[position] ?? unknown);
    }
    if (name === "hyper") return this.#hyper(String(each.attributes["name"]));
    const [only] = each.args;
    const shows = lowering?.kind === "view" || name === "named" || (name === "cast" && each.element === "float");
    if (shows && only) return only.element === "float" || only.element === "scalar" ? this.of(only) : unknown;
    const args = each.args.map((arg) => this.of(arg));
    const fact = rules[name]?.(args, each) ?? unknown;
    // The host's scalars are doubles.
    return each.element === "scalar" ? fact : overflowing(fact);
  }

  #hyper(name: string): Fact {
    if (name === "step") return between(1, Number.MAX_VALUE);
    const range = this.#update.variables.find(({ variable }) => variable === name)?.range ?? {};
    const from = range.from ?? (range.above === 0 ? Number.MIN_VALUE : (range.above ?? -Number.MAX_VALUE));
    const { zero, ...rest } = between(from, range.below ?? Number.MAX_VALUE);
    return { ...rest, zero, minusZero: false };
  }
}
