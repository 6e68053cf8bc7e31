/** Loads and stores: of one element, of four that lie side by side, of four that lie apart. */
import type { Scalar, ScalarType } from "../../ir/scalar.js";
import {
  add as addSizes,
  constantOf,
  indexSize,
  indicesOf,
  size as sizeOf,
  splitAffine,
  sub,
  substitute,
  type Index,
  type Size,
} from "../../ir/size.js";
import {
  add,
  address,
  i32,
  lane,
  load,
  loadLane,
  plain,
  store,
  storeLane,
  when,
  words,
  type Base,
  type Code,
  type Address,
} from "./code.js";
import { narrowMask, zeros, type Parts } from "./lanes.js";
import type { MemoryName } from "./opcodes.js";
import { constantTerm, hasNegative, type Scope } from "./scope.js";

export const elementBytes: Readonly<Record<ScalarType, number>> = { f32: 4, f64: 8, i32: 4, bool: 1 };

const loads: Readonly<Record<ScalarType, MemoryName>> = {
  f32: "f32.load",
  f64: "f64.load",
  i32: "i32.load",
  bool: "i32.load8_u",
};
const stores: Readonly<Record<ScalarType, MemoryName>> = {
  f32: "f32.store",
  f64: "f64.store",
  i32: "i32.store",
  bool: "i32.store8",
};

/** The last turn of a vectorized loop, of which only the first lanes count. */
export interface Tail {
  /** How many lanes count, 1 to 3: a constant or a local. */
  readonly count: Code;
  /** For each lane its number, or that of the last one that counts. */
  readonly lanes: readonly Index[];
}

/** The loop whose index the lanes run through. */
export interface VectorLoop {
  readonly index: Index;
  readonly tail: Tail | null;
}

/** How far apart the lanes of an index are; null if their steps are not even. */
export function strideOf(index: Size, loop: Index, isLaneBound: (index: Index) => boolean): Size | null {
  if (indicesOf(index).some(isLaneBound)) return null;
  const split = splitAffine(index, loop);
  if (!split || indicesOf(split.coefficient).some(({ id }) => id === loop.id)) return null;
  return split.coefficient;
}

export class Access {
  readonly #scope: Scope;
  readonly #baseOf: (buffer: string) => Base;

  constructor(scope: Scope, baseOf: (buffer: string) => Base) {
    this.#scope = scope;
    this.#baseOf = baseOf;
  }

  /** The place of an element. */
  place(buffer: string, index: Size, type: ScalarType): Address {
    const base = this.#baseOf(buffer);
    const bytes = elementBytes[type];
    const constant = constantTerm(index) * bytes;
    const rest = sub(index, sizeOf(constantTerm(index)));
    const at = this.#scope.pointer(rest, bytes);
    // The address that an instruction adds to its offset is unsigned: a rest that may be negative is added to the base
    // first.
    if (hasNegative(rest)) return { base: "zero", offset: 0, address: add(at, address(base, constant)) };
    return { base, offset: constant, address: at.kind === "constant" && at.value === 0 ? null : at };
  }

  loadOne({ buffer, index, type }: Scalar & { readonly kind: "load" }): Code {
    return load(loads[type], this.place(buffer, index, type));
  }

  storeOne(buffer: string, index: Size, type: ScalarType, value: Code): void {
    this.#scope.push(store(stores[type], this.place(buffer, index, type), value));
  }

  /** How far apart the lanes of an index are. */
  stride(index: Size, loop: VectorLoop): Size | null {
    return strideOf(index, loop.index, (each) => this.#scope.isLaneBound(each));
  }

  /** The places of the four lanes. In a tail, lanes that do not count get the place of the last one that counts. */
  #lanes(buffer: string, index: Size, type: ScalarType, { index: loop, tail }: VectorLoop): readonly Address[] {
    return [0, 1, 2, 3].map((each) => {
      const further = tail ? indexSize(tail.lanes[each] as Index) : sizeOf(each);
      const shifted = addSizes(indexSize(loop), further);
      const lane = substitute(index, (factor) =>
        factor.kind === "index" && factor.index.id === loop.id ? shifted : undefined,
      );
      return this.#scope.inLane(each, () => this.place(buffer, lane, type));
    });
  }

  loadLanes(scalar: Scalar & { readonly kind: "load" }, loop: VectorLoop): Parts {
    const { buffer, index, type } = scalar;
    const stride = this.stride(index, loop);
    if (stride && constantOf(stride) === 1) {
      const place = this.place(buffer, index, type);
      if (type === "bool") {
        const bytes = load("v128.load32_zero", place);
        const wide = plain("i32x4.extend_low_i16x8_u", plain("i16x8.extend_low_i8x16_u", bytes));
        return [plain("i32x4.ne", wide, zeros)];
      }
      const first = load("v128.load", place);
      return type === "f64" ? [first, load("v128.load", { ...place, offset: place.offset + 16 })] : [first];
    }
    const places = this.#lanes(buffer, index, type, loop);
    const pair = (zero: MemoryName, lane: MemoryName, chosen: readonly Address[]): Code =>
      chosen
        .slice(1)
        .reduce<Code>((vector, place, at) => loadLane(lane, place, at + 1, vector), load(zero, chosen[0] as Address));
    if (type === "f64") {
      return [0, 2].map((first) => pair("v128.load64_zero", "v128.load64_lane", places.slice(first, first + 2)));
    }
    if (type !== "bool") return [pair("v128.load32_zero", "v128.load32_lane", places)];
    const bytes = places.reduce<Code>(
      (vector, place, at) => lane("i32x4.replace_lane", at, vector, load("i32.load8_u", place)),
      zeros,
    );
    return [plain("i32x4.ne", bytes, zeros)];
  }

  /** Two vectors of f64 from four float32 that lie side by side; null if they do not lie so. */
  loadWide({ buffer, index, type }: Scalar & { readonly kind: "load" }, loop: VectorLoop): Parts | null {
    const stride = this.stride(index, loop);
    if (!stride || constantOf(stride) !== 1) return null;
    const place = this.place(buffer, index, type);
    return [0, 8].map((more) =>
      plain("f64x2.promote_low_f32x4", load("v128.load64_zero", { ...place, offset: place.offset + more })),
    );
  }

  storeLanes(buffer: string, index: Size, type: ScalarType, parts: Parts, loop: VectorLoop): void {
    const stride = this.stride(index, loop);
    if (stride && constantOf(stride) === 1) this.#storeSide(this.place(buffer, index, type), type, parts, loop);
    else this.#storeApart(this.#lanes(buffer, index, type, loop), type, parts, loop);
  }

  /** Stores four elements side by side; in a tail, only those that count. */
  #storeSide(place: Address, type: ScalarType, parts: Parts, { tail }: VectorLoop): void {
    const { push, hold } = this.#writer();
    const at = (more: number): Address => ({ ...place, offset: place.offset + more });
    if (type === "bool") {
      const numbers = plain("v128.and", narrowMask(parts), words(1, 1, 1, 1));
      const bytes = hold(plain("i8x16.narrow_i16x8_u", plain("i16x8.narrow_i32x4_u", numbers, zeros), zeros));
      if (!tail) push(storeLane("v128.store32_lane", place, 0, bytes));
      else this.#eachCounted(tail, (lane) => push(storeLane("v128.store8_lane", at(lane), lane, bytes)));
      return;
    }
    if (!tail) {
      parts.forEach((part, number) => push(store("v128.store", at(16 * number), part)));
      return;
    }
    const [first, second] = parts.map(hold) as [Code, Code | undefined];
    const two = (): Code =>
      second ? store("v128.store", place, first) : storeLane("v128.store64_lane", place, 0, first);
    const one = (): Code => storeLane(second ? "v128.store64_lane" : "v128.store32_lane", place, 0, first);
    const third = (): Code =>
      second ? storeLane("v128.store64_lane", at(16), 0, second) : storeLane("v128.store32_lane", at(8), 2, first);
    if (tail.count.kind === "constant") {
      push(...(tail.count.value === 1 ? [one()] : tail.count.value === 2 ? [two()] : [two(), third()]));
      return;
    }
    const more = when(plain("i32.eq", tail.count, i32(3)), [third()]);
    push(when(plain("i32.eq", tail.count, i32(1)), [one()], [two(), more]));
  }

  #storeApart(places: readonly Address[], type: ScalarType, parts: Parts, { tail }: VectorLoop): void {
    const { push, hold } = this.#writer();
    const held = (type === "bool" ? [plain("v128.and", narrowMask(parts), words(1, 1, 1, 1))] : parts).map(hold);
    const one = (at: number): void => {
      const place = places[at] as Address;
      if (type === "f64") push(storeLane("v128.store64_lane", place, at % 2, held[at >> 1] as Code));
      else if (type === "bool") push(storeLane("v128.store8_lane", place, 4 * at, held[0] as Code));
      else push(storeLane("v128.store32_lane", place, at, held[0] as Code));
    };
    if (tail) this.#eachCounted(tail, one);
    else [0, 1, 2, 3].forEach(one);
  }

  /** The code that `write` pushes, for each lane of a tail that counts. */
  #eachCounted({ count }: Tail, write: (lane: number) => void): void {
    for (const at of [0, 1, 2]) {
      const codes = this.#scope.collect(() => write(at));
      if (count.kind === "constant") {
        if (at < count.value) this.#scope.push(...codes);
      } else if (at === 0) this.#scope.push(...codes);
      else this.#scope.push(when(plain("i32.gt_s", count, i32(at)), codes));
    }
  }

  #writer() {
    const scope = this.#scope;
    return {
      push: (...codes: readonly Code[]): void => scope.push(...codes),
      hold: (code: Code): Code => scope.hold(code, "v128", "value"),
    };
  }
}
