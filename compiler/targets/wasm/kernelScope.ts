/**
 * Code for the names in a kernel's scalars: locals, loads, indices; as single values, or in the lanes of the vectorized
 * loop.
 */
import type { Statement } from "../../ir/kernel.js";
import type { Scalar } from "../../ir/scalar.js";
import { add as addSizes, constantOf, indexSize, size as sizeOf, substitute, type Size } from "../../ir/size.js";
import { Access, type VectorLoop } from "./access.js";
import { i32, plain, words, type Base, type Code, type Local } from "./code.js";
import { callFunction } from "./functions.js";
import { extract, gather, splat, type Parts } from "./lanes.js";
import type { ValueType } from "./opcodes.js";
import type { Frame, Scope } from "./scope.js";
import { evaluate, hold, laned, single, type Surroundings, type Value } from "./value.js";

export class KernelScope implements Surroundings {
  readonly #scope: Scope;
  readonly #access: Access;
  readonly #values: Map<string, Value>;
  /** The locals of values that are the same in all lanes, numbered in the order in which they get them. */
  readonly #numbers = new Map<Local, number>();
  /** The loop that runs in lanes, while one is written. */
  #vector: (VectorLoop & { readonly frame: Frame }) | null = null;
  /** How many locals have their value before that loop begins. */
  #outer = 0;

  constructor(scope: Scope, values: ReadonlyMap<string, Value>, baseOf: (buffer: string) => Base) {
    this.#scope = scope;
    this.#access = new Access(scope, baseOf);
    this.#values = new Map(values);
    for (const value of values.values()) this.#number(value);
  }

  get isInLanes(): boolean {
    return this.#vector !== null;
  }

  define(name: string, value: Value): void {
    this.#values.set(name, value);
    this.#number(value);
  }

  #number(value: Value): void {
    if (!value.uniform || value.code.kind !== "get" || this.#numbers.has(value.code.local)) return;
    this.#numbers.set(value.code.local, this.#numbers.size);
  }

  push(...codes: readonly Code[]): void {
    this.#scope.push(...codes);
  }

  fresh(type: ValueType): Local {
    return this.#scope.local(type, "v");
  }

  variable(name: string): Value {
    const value = this.#values.get(name);
    if (!value) throw new Error(`wasm: ${name} has no value`);
    return value;
  }

  load(scalar: Scalar & { readonly kind: "load" }): Value {
    const vector = this.#vector;
    if (!vector || this.#access.stride(scalar.index, vector)?.terms.length === 0) {
      return single(scalar.type, this.#access.loadOne(scalar));
    }
    return laned(scalar.type, this.#access.loadLanes(scalar, vector));
  }

  loadWide(scalar: Scalar & { readonly kind: "load" }): Value | null {
    const parts = this.#vector && this.#access.loadWide(scalar, this.#vector);
    return parts && laned("f64", parts);
  }

  index(size: Size): Value {
    const vector = this.#vector;
    const stride = vector && this.#access.stride(size, vector);
    if (!vector || stride?.terms.length === 0) return single("i32", this.#scope.size(size));
    const apart = stride && constantOf(stride);
    if (apart !== null) {
      const first = plain("i32x4.splat", this.#scope.pointer(size, 1));
      return laned("i32", [plain("i32x4.add", first, words(0, apart, 2 * apart, 3 * apart))]);
    }
    const lanes = [0, 1, 2, 3].map((lane) => {
      const shifted = addSizes(indexSize(vector.index), sizeOf(lane));
      const here = substitute(size, (factor) =>
        factor.kind === "index" && factor.index.id === vector.index.id ? shifted : undefined,
      );
      return this.#scope.inLane(lane, () => this.#scope.size(here));
    });
    return laned(
      "i32",
      gather("i32", lanes, (code) => hold(code, "v128", this)),
    );
  }

  spread(value: Value): Parts {
    if (!value.uniform) return value.parts;
    const { type, code } = value;
    const vector = this.#vector;
    const constant = code.kind === "constant";
    if (!vector || (!constant && !(code.kind === "get" && this.#isOuter(code.local)))) {
      return splat(type, code, (each) => hold(each, "v128", this));
    }
    const key = constant ? `${type}:${Object.is(code.value, -0) ? "-0" : code.value}` : `${type}:${code.local.name}`;
    const known = vector.frame.splats.get(key);
    if (known) return known;
    const parts: Code[] = [];
    const holdHere = (each: Code): Code => hold(each, "v128", this);
    const before = this.#scope.collect(() => parts.push(...splat(type, code, holdHere).map(holdHere)));
    vector.frame.preheader.push(...before);
    vector.frame.splats.set(key, parts);
    return parts;
  }

  /** The lanes of an integer, each in a local. In a tail, lanes that do not count repeat the last one that counts. */
  lanesOf(parts: Parts): readonly Code[] {
    const count = this.#vector?.tail?.count;
    const lanes: Code[] = [];
    for (const each of [0, 1, 2, 3]) {
      const last = lanes[each - 1];
      const own = extract("i32", parts, each);
      if (!count || !last) lanes.push(hold(own, "i32", this));
      else if (count.kind === "constant") lanes.push(each < count.value ? hold(own, "i32", this) : last);
      else lanes.push(hold(plain("select", own, last, plain("i32.gt_s", count, i32(each))), "i32", this));
    }
    return lanes;
  }

  evaluate(scalar: Scalar): Value {
    return evaluate(scalar, this, callFunction);
  }

  /** A value that is the same in all lanes. */
  single(scalar: Scalar): Code {
    const value = this.evaluate(scalar);
    if (!value.uniform) throw new Error("wasm: lanes differ where they must not");
    return value.code;
  }

  store({ buffer, index, type, value, accumulate }: Statement & { readonly kind: "store" }): void {
    const before: Scalar = { kind: "load", type, buffer, index };
    const sum: Scalar = accumulate ? { kind: "binary", type, operator: "add", x: before, y: value } : value;
    const made = this.evaluate(sum);
    const vector = this.#vector;
    if (!vector || this.#access.stride(index, vector)?.terms.length === 0) {
      if (!made.uniform) throw new Error(`wasm: lanes store different values in one element of ${buffer}`);
      this.#access.storeOne(buffer, index, type, made.code);
    } else this.#access.storeLanes(buffer, index, type, this.spread(made), vector);
  }

  #isOuter(local: Local): boolean {
    const number = this.#numbers.get(local);
    return number !== undefined && number < this.#outer;
  }

  /** Runs `write` in the lanes of a loop; `outer` is the result of `known` before it. */
  inLanes(vector: VectorLoop & { readonly frame: Frame }, outer: number, write: () => void): void {
    [this.#vector, this.#outer] = [vector, outer];
    write();
    [this.#vector, this.#outer] = [null, 0];
  }

  /** The number of locals so far with values that are the same in all lanes; later ones belong to one loop. */
  known(): number {
    return this.#numbers.size;
  }
}
