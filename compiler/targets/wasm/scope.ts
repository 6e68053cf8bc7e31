/**
 * The scope in which a kernel's code is written: locals, loops with their stepping pointers, and indices.
 *
 * An address is base + constant + the rest of its index. The rest becomes a local of the innermost loop that changes it,
 * set before the loop and stepped at its end: V8 folds base and constant into the instruction, and nothing is multiplied
 * inside a loop.
 */
import {
  add as addSizes,
  constantOf,
  evaluate,
  indexSize,
  indicesOf,
  mul as mulSizes,
  size as sizeOf,
  splitAffine,
  sub as subSizes,
  type Index,
  type Size,
} from "../../ir/size.js";
import { add, get, i32, mul, plain, set, sub, type Code, type Local } from "./code.js";
import type { Parts } from "./lanes.js";
import type { ValueType } from "./opcodes.js";

/** A loop that is being written. */
export interface Frame {
  readonly index: Index;
  readonly from: Code;
  /** How far the index moves in one turn. */
  readonly step: number;
  /** Runs before the loop. */
  readonly preheader: Code[];
  /** Locals that move with the index, and by how much when it moves by 1: a constant or a local. */
  readonly moves: { readonly local: Local; readonly by: Code }[];
  readonly pointers: Map<string, Code>;
  /** Indices that get their value inside the loop. */
  readonly bound: Set<string>;
  /** Vectors that the loop needs in every turn. */
  readonly splats: Map<string, Parts>;
}

/** One value for all lanes, or one each. */
type IndexValue = { readonly one: Code } | { readonly lanes: readonly Code[] };

export class Scope {
  readonly #capacityOf: (dimension: string) => number;
  readonly #dims: ReadonlyMap<string, Local>;
  readonly #indices = new Map<string, IndexValue>();
  readonly #counts = new Map<string, number>();
  readonly frames: Frame[] = [];
  #out: Code[] = [];
  /** The lane whose indices are used, if lanes have their own. */
  #lane = 0;

  constructor(dims: readonly string[], capacityOf: (dimension: string) => number) {
    this.#dims = new Map(dims.map((name): [string, Local] => [name, this.local("i32", name)]));
    this.#capacityOf = capacityOf;
  }

  /** The parameters that hold dimensions, in the order of the dimensions. */
  get dims(): readonly Local[] {
    return [...this.#dims.values()];
  }

  push(...codes: readonly Code[]): void {
    this.#out.push(...codes);
  }

  /** The code that `write` pushes. */
  collect(write: () => void): Code[] {
    return this.#into([], write);
  }

  #into(list: Code[], write: () => void): Code[] {
    const before = this.#out;
    this.#out = list;
    write();
    this.#out = before;
    return list;
  }

  local(type: ValueType, name: string): Local {
    const plainName = name.replace(/[^A-Za-z0-9_.]/g, "_").slice(0, 40);
    const count = (this.#counts.get(plainName) ?? 0) + 1;
    this.#counts.set(plainName, count);
    return { type, name: count === 1 ? plainName : `${plainName}#${count}` };
  }

  /** A tree that may be placed often. */
  hold(value: Code, type: ValueType, name: string): Code {
    if (value.kind === "get" || value.kind === "constant" || value.kind === "vector") return value;
    const local = this.local(type, name);
    this.push(set(local, value));
    return get(local);
  }

  capacity(size: Size): number {
    return evaluate(size, (name) => this.#capacityOf(name));
  }

  bindIndex(index: Index, value: Code): void {
    this.#bind(index, { one: value });
  }

  bindLanes(index: Index, lanes: readonly Code[]): void {
    this.#bind(index, { lanes });
  }

  #bind(index: Index, value: IndexValue): void {
    this.#indices.set(index.id, value);
    this.frames[this.frames.length - 1]?.bound.add(index.id);
  }

  /** Whether lanes have their own values of the index. */
  isLaneBound(index: Index): boolean {
    const value = this.#indices.get(index.id);
    return value !== undefined && "lanes" in value;
  }

  /** Runs `write` with the indices of one lane, for those that differ between lanes. */
  inLane<T>(lane: number, write: () => T): T {
    const before = this.#lane;
    this.#lane = lane;
    const result = write();
    this.#lane = before;
    return result;
  }

  /** The value of a size, with every term computed here. Inside a loop, a pointer is cheaper. */
  size(size: Size): Code {
    let sum: Code = i32(constantTerm(size));
    for (const term of size.terms) {
      if (term.factors.length === 0) continue;
      let product: Code | null = null;
      for (const factor of term.factors) {
        const value =
          factor.kind === "dimension"
            ? get(this.#dimension(factor.name))
            : factor.kind === "index"
              ? this.#indexValue(factor.index)
              : this.#floor(factor.numerator, factor.denominator);
        product = product === null ? value : mul(product, value);
      }
      const scaled = mul(product as Code, i32(Math.abs(term.coefficient)));
      sum = term.coefficient > 0 ? add(sum, scaled) : sub(sum, scaled);
    }
    return sum;
  }

  #dimension(name: string): Local {
    const local = this.#dims.get(name);
    if (!local) throw new Error(`wasm: the dimension ${name} is not given`);
    return local;
  }

  #indexValue(index: Index): Code {
    const level = this.frames.findIndex((frame) => frame.index.id === index.id);
    if (level >= 0) return this.#pointer(indexSize(index), 1, level);
    const value = this.#indices.get(index.id);
    if (!value) throw new Error(`wasm: the index ${index.id} has no value`);
    return "one" in value ? value.one : (value.lanes[this.#lane] as Code);
  }

  #floor(numerator: Size, denominator: Size): Code {
    const by = this.size(denominator);
    if (!hasNegative(numerator) && constantTerm(numerator) >= 0) return plain("i32.div_u", this.size(numerator), by);
    // i32 division rounds toward zero, not down: if the numerator is below 0, the divisor minus one is subtracted
    // first.
    const value = this.hold(this.size(numerator), "i32", "numerator");
    const held = this.hold(by, "i32", "denominator");
    const less = plain("i32.and", plain("i32.shr_s", value, i32(31)), sub(held, i32(1)));
    return plain("i32.div_s", sub(value, less), held);
  }

  /** The value of a size times `scale`, kept in a local that steps with the loops. */
  pointer(size: Size, scale: number): Code {
    return this.#pointer(size, scale, this.frames.length - 1);
  }

  #pointer(size: Size, scale: number, level: number): Code {
    const constant = constantTerm(size);
    if (size.terms.length === 0 || constantOf(size) !== null) return i32(constant * scale);
    if (constant !== 0) {
      return add(this.#pointer(subSizes(size, sizeOf(constant)), scale, level), i32(constant * scale));
    }
    const frame = this.frames[level];
    const inPlace = (): Code => mul(this.size(size), i32(scale));
    if (!frame) return inPlace();
    const own = indicesOf(size).some((index) => this.isLaneBound(index));
    const key = own ? `${scale}*${size.key} in lane ${this.#lane}` : `${scale}*${size.key}`;
    const known = frame.pointers.get(key);
    if (known) return known;
    const isBound = (each: Size): boolean => indicesOf(each).some(({ id }) => frame.bound.has(id));
    const split = splitAffine(size, frame.index);
    if (!split || isBound(size)) return inPlace();
    const { coefficient, rest } = split;
    const start = addSizes(rest, mulSizes(coefficient, this.#first(frame)));
    if (coefficient.terms.length === 0) return this.#invariant(frame, key, rest, scale, level);
    if (indicesOf(coefficient).some(({ id }) => id === frame.index.id)) return inPlace();
    const local = this.local("i32", scale === 1 ? frame.index.id : "at");
    this.#into(frame.preheader, () => {
      this.push(set(local, this.#pointer(start, scale, level - 1)));
      const by = constantOf(coefficient);
      const moved = by === null ? this.hold(mul(this.size(coefficient), i32(scale)), "i32", "step") : i32(by * scale);
      frame.moves.push({ local, by: moved });
    });
    frame.pointers.set(key, get(local));
    return get(local);
  }

  /** Values that a loop does not change are computed before it. */
  #invariant(frame: Frame, key: string, size: Size, scale: number, level: number): Code {
    let value: Code = i32(0);
    this.#into(frame.preheader, () => (value = this.hold(this.#pointer(size, scale, level - 1), "i32", "at")));
    frame.pointers.set(key, value);
    return value;
  }

  #first({ index, from }: Frame): Size {
    if (from.kind === "constant") return sizeOf(from.value);
    const first: Index = { id: `${index.id}:from`, extent: null };
    this.#indices.set(first.id, { one: from });
    return indexSize(first);
  }

  /** A loop's frame, open while `write` runs. */
  inFrame(index: Index, from: Code, step: number, write: (frame: Frame) => void): Frame {
    const frame: Frame = {
      index,
      from,
      step,
      preheader: [],
      moves: [],
      pointers: new Map(),
      bound: new Set(),
      splats: new Map(),
    };
    this.frames.push(frame);
    write(frame);
    this.frames.pop();
    return frame;
  }
}

/** Moves the locals that step with a loop's index, by so many turns. */
export const moveBy = ({ moves }: Frame, count: number): Code[] =>
  moves.map(({ local, by }) => set(local, add(get(local), mul(by, i32(count)))));

/** The term without factors. */
export const constantTerm = (size: Size): number =>
  size.terms.find((term) => term.factors.length === 0)?.coefficient ?? 0;

/** Whether a size without its constant may be below 0: by a coefficient, or by one inside a floor. */
export const hasNegative = (size: Size): boolean =>
  size.terms.some(
    ({ factors, coefficient }) =>
      (factors.length > 0 && coefficient < 0) ||
      factors.some((factor) => factor.kind === "floor" && hasNegative(factor.numerator)),
  );
