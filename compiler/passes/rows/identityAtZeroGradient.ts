/**
 * Proves that an update leaves an element as it is where the gradient is 0: `update(p, 0, state) = (p, state)`, bit for
 * bit except for the payload of NaN, in the arithmetic of IEEE 754 (`ir/abstractValue.ts`).
 *
 * The proof holds for every parameter, including -0, NaN and infinities, and for every state that updates can reach
 * from the initial one (`invariants`). No such state is subnormal or -0, because 0 is stored instead
 * (`ir/math/normal.ts`). If a loaded state has such a number in a row that rests, the number stays until the batch
 * lists the row. The proof assumes that hyper-parameters lie in their declared ranges, which every call checks, that
 * they are finite in the model's precision, and that none is -0.
 */
import type { Expression } from "../../ir/op.js";
import type { HyperVariable } from "../../optimizers/optimizer.js";
import { add } from "../../ops/add.js";
import { hyper } from "../../ops/hyper.js";
import { sub } from "../../ops/sub.js";
import { placeholder } from "../../ir/body.js";
import { where } from "../../ops/where.js";
import type { ArgumentPosition } from "../../ir/ids.js";
import { isOp } from "../../ir/graph.js";
import { between, exactly, isZero, overflowing, unknown, type AbstractValue } from "../../ir/abstractValue.js";
import { smallestNormal } from "../../ir/math/normal.js";
import { primitives } from "../../ir/expandComposites.js";
import { remembered } from "../../ir/remembered.js";

export interface Update {
  /** The next values of the targets, in terms of placeholders; those of the targets come first. */
  readonly next: readonly Expression[];
  readonly gradient: ArgumentPosition;
  /** The targets' names: the parameter's, and its states'. */
  readonly names: readonly string[];
  /** The initial values of the states. */
  readonly initial: readonly number[];
  readonly variables: readonly Pick<HyperVariable, "variable" | "range" | "value">[];
}

export interface Rest {
  /** Variables that must be above 0, though their range includes 0. */
  readonly positive: readonly string[];
}

/** The conditions under which rows rest, or a sentence that says why they do not. */
export function restingRows(update: Update): Rest | string {
  const tiny = update.initial.findIndex(
    (each) => Object.is(each, -0) || (each !== 0 && Math.abs(each) < smallestNormal.f32),
  );
  if (tiny >= 0)
    return `${update.names[tiny + 1] as string} begins with ${printed(update.initial[tiny] as number)}, and 0 is kept of it`;
  const plain = faultOf(update);
  if (plain === null) return { positive: [] };
  // For example an eps that a call may set to 0: 0 / 0 would be NaN.
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
  // States first: a fault of a state also explains the fault of the parameter.
  const order = [...next.keys()].sort((a, b) => (a === 0 ? 1 : 0) - (b === 0 ? 1 : 0));
  for (const target of order) {
    const { old, nan, nanFrom } = found[target] as AbstractValue;
    const name = target === 0 ? "the parameter" : (update.names[target] as string);
    const mayBeNaN = nan || ![...nanFrom].every((from) => from === target || (target === 0 && bringsNaN(next, from)));
    if (old === target && !mayBeNaN) continue;
    const still = old === target || isStill(facts, next[target] as Expression, target);
    return `${name} ${!still ? "changes" : mayBeNaN ? "can become NaN" : "becomes 0 where it is -0"}`;
  }
  return null;
}

const printed = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

/** Whether the target's next value is its old value plus or minus a 0, or NaN. */
function isStill(facts: Facts, next: Expression, target: number): boolean {
  const [x, y] = next.args.map((each) => facts.of(each)) as [AbstractValue, AbstractValue];
  if (isOp(next, sub)) return x.old === target && isZero(y);
  return isOp(next, add) && ((x.old === target && isZero(y)) || (y.old === target && isZero(x)));
}

/** Whether the parameter is NaN wherever the state is, after each update as before it. */
function bringsNaN(next: readonly Expression[], state: number): boolean {
  const isOld = (each: Expression, target: number): boolean =>
    isOp(each, placeholder) && each.attributes["position"] === target;
  /** The parts that make the whole NaN if they are NaN. */
  const strictParts = remembered((whole: Expression): ReadonlySet<Expression> => {
    const parts = new Set([whole]);
    // A set may grow while it is walked.
    for (const each of parts) if (each.op.definition.strict) for (const arg of each.args) parts.add(arg);
    return parts;
  });
  const follows = remembered((whole: Expression) =>
    remembered((part: Expression): boolean => {
      if (isOld(part, state) && isOld(whole, 0)) return true;
      if (strictParts(whole).has(part)) return true;
      const branches = [part, whole].every((each) => isOp(each, where));
      if (!branches || part.args[0] !== whole.args[0]) return false;
      return [1, 2].every((side) => follows(whole.args[side] as Expression)(part.args[side] as Expression));
    }),
  );
  return follows(next[0] as Expression)(next[state] as Expression);
}

/**
 * The possible old values of each target. If a state begins at or above 0 and no update brings it below its initial
 * value, it stays there for all parameters and gradients.
 */
function invariants(update: Update, next: readonly Expression[]): readonly AbstractValue[] {
  const any = (target: number): AbstractValue => ({ ...unknown, nan: false, nanFrom: new Set([target]), old: target });
  const held = update.names.map((_, target): AbstractValue => {
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

/** The possible values of the expressions of a body. */
class Facts {
  readonly #known = new Map<Expression, AbstractValue>();
  readonly #update: Update;
  readonly #targets: readonly AbstractValue[];
  readonly #gradient: AbstractValue;

  constructor(update: Update, targets: readonly AbstractValue[], gradient: AbstractValue) {
    this.#update = update;
    this.#targets = targets;
    this.#gradient = gradient;
  }

  of(each: Expression): AbstractValue {
    const known = this.#known.get(each);
    if (known) return known;
    const made = this.#make(each);
    this.#known.set(each, made);
    return made;
  }

  #make(each: Expression): AbstractValue {
    const { lowering, converts, abstract } = each.op.definition;
    if (isOp(each, placeholder)) {
      const position = each.attributes["position"] as number;
      return position === this.#update.gradient ? this.#gradient : (this.#targets[position] ?? unknown);
    }
    if (isOp(each, hyper)) return this.#hyper(String(each.attributes["name"]));
    const [only] = each.args;
    if (lowering?.kind === "view" && only) {
      return only.element === "float" || only.element === "scalar" ? this.of(only) : unknown;
    }
    const args = each.args.map((arg) => this.of(arg));
    const found = abstract?.(args, each) ?? unknown;
    // The host's scalars are doubles, and finite in the model's precision.
    return each.element === "scalar" || converts ? found : overflowing(found);
  }

  #hyper(name: string): AbstractValue {
    if (name === "step") return between(1, Number.MAX_VALUE);
    const range = this.#update.variables.find(({ variable }) => variable === name)?.range ?? {};
    const from = range.from ?? (range.above === 0 ? Number.MIN_VALUE : (range.above ?? -Number.MAX_VALUE));
    const { zero, ...rest } = between(from, range.below ?? Number.MAX_VALUE);
    return { ...rest, zero, minusZero: false };
  }
}
