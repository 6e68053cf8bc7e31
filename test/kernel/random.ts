/** Random kernels: nests of loops over every kind of index, with locals, computed places, reductions and updates in place. */
import type { Carried, Kernel, Statement } from "../../compiler/ir/kernel.js";
import {
  add,
  and,
  binary,
  constant,
  convert,
  eq,
  indexValue,
  load,
  lt,
  mul,
  ne,
  or,
  select,
  sub,
  unary,
  variable,
  type Scalar,
  type ScalarType,
} from "../../compiler/ir/scalar.js";
import * as sizes from "../../compiler/ir/size.js";
import { indexSize, size, type Index, type Size } from "../../compiler/ir/size.js";
import { generator } from "../arbitrary.js";
import type { Memory } from "./run.js";

export interface RandomKernel {
  readonly kernel: Kernel;
  readonly buffers: Readonly<Record<string, Memory>>;
  readonly dims: Readonly<Record<string, number>>;
  readonly capacities: Readonly<Record<string, number>>;
}

const arrays = { f32: Float32Array, f64: Float64Array, i32: Int32Array, bool: Uint8Array } as const;
const types = ["f32", "f64", "i32", "bool"] as const;

/** Elements of every buffer that is read: enough for every index below. */
const readable = 8192;

class Maker {
  readonly next: () => number;
  readonly buffers: Record<string, Memory> = {};
  readonly dims: Record<string, number> = {};
  readonly capacities: Record<string, number> = {};
  #names = 0;

  constructor(seed: number) {
    this.next = generator(seed);
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }

  of<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  fresh(label: string): string {
    return `${label}${++this.#names}`;
  }

  /** Small whole numbers and a few halves: sums of them are exact in any order. */
  buffer(type: ScalarType, length: number): string {
    const id = this.fresh(type);
    const memory = new arrays[type](length);
    for (let i = 0; i < length; i++) {
      const value = this.below(41) - 20;
      memory[i] = type === "bool" ? this.below(2) : type === "i32" ? value : value / 2;
    }
    this.buffers[id] = memory;
    return id;
  }

  /** A loop, and its extent at capacity. */
  index(label: string): { index: Index; capacity: number } {
    const extent = this.of([1, 2, 3, 4, 5, 7, 8, 9, 12, 17, 31]);
    if (this.below(3) > 0) return { index: { id: this.fresh(label), extent: size(extent) }, capacity: extent };
    const dim = this.fresh("n");
    this.dims[dim] = 1 + this.below(extent);
    this.capacities[dim] = extent;
    return { index: { id: this.fresh(label), extent: size(dim) }, capacity: extent };
  }

  /** The place of a load, within [0, readable). */
  place(indices: readonly Index[]): Size {
    let at: Size = size(this.below(20));
    for (const index of indices) {
      const value = indexSize(index);
      const by = size(this.of([0, 1, 1, 1, 2, 3, 17, 40]));
      const kind = this.below(8);
      if (kind === 0) at = sizes.add(at, sizes.mul(by, sizes.sub(size(63), value)));
      else if (kind === 1) at = sizes.add(at, sizes.mul(by, sizes.floorDiv(value, size(3))));
      else if (kind === 2) at = sizes.add(at, sizes.mod(sizes.add(value, size(2)), size(5)));
      else at = sizes.add(at, sizes.mul(by, value));
    }
    return at;
  }

  scalar(type: ScalarType, scope: Scope, depth: number): Scalar {
    const known = scope.locals.filter((each) => each.type === type);
    const kind = this.below(depth === 0 ? 4 : 10);
    if (kind < 2) return load(this.#source(type, scope), this.place(scope.indices), type);
    if (kind === 2 && known.length > 0) return this.of(known);
    if (kind <= 3) {
      if (type === "i32") return this.below(2) ? indexValue(this.place(scope.indices)) : constant(this.below(9), "i32");
      if (type === "bool") return constant(this.below(2), "bool");
      return constant(this.of([0, -0, 1, 0.5, -3, 7, 5e9]), type);
    }
    const inner = (of: ScalarType): Scalar => this.scalar(of, scope, depth - 1);
    if (type === "bool") {
      const of = this.of(types);
      if (of === "bool") return this.of([and, or, ne, eq])(inner("bool"), inner("bool"));
      return this.of([lt, eq, ne])(inner(of), inner(of));
    }
    if (kind === 4) return select(inner("bool"), inner(type), inner(type));
    if (kind === 5) {
      return convert(inner(this.of(types.filter((each) => each !== type))), type);
    }
    if (kind === 6) {
      if (type === "i32") return this.of([(x: Scalar) => unary("neg", x), (x: Scalar) => unary("abs", x)])(inner(type));
      const operator = this.of(["neg", "abs", "floor", "sqrt"] as const);
      return unary(operator, operator === "sqrt" ? unary("abs", inner(type)) : inner(type));
    }
    if (type === "i32" && kind === 7) {
      return binary(this.of(["shl", "shr", "xor", "and"] as const), inner(type), constant(this.below(31), "i32"));
    }
    if (kind === 8 && type === "f64") return { kind: "unsigned", type: "f64", x: inner("i32") };
    if (kind === 9 && type !== "i32") return binary("div", inner(type), inner(type));
    return this.of([add, sub, mul])(inner(type), inner(type));
  }

  /** The buffers of a type that are read: at least one. */
  buffersOf(type: ScalarType, { sources }: Scope): string[] {
    if (!sources.some((each) => each.startsWith(type))) sources.push(this.buffer(type, readable));
    return sources.filter((each) => each.startsWith(type));
  }

  #source(type: ScalarType, { sources }: Scope): string {
    const known = sources.filter((each) => each.startsWith(type));
    if (known.length > 2 || (known.length > 0 && this.below(2) === 0)) return this.of(known);
    const made = this.buffer(type, readable);
    sources.push(made);
    return made;
  }
}

interface Scope {
  readonly indices: readonly Index[];
  readonly locals: readonly Scalar[];
  /** Buffers that are read only. */
  readonly sources: string[];
}

/** A reduction over a loop; sums are of halves, so that no order rounds. */
function reduction(maker: Maker, scope: Scope, chains: boolean): { loop: Statement; results: Scalar[] } {
  const { index } = maker.index("k");
  const inside = { ...scope, indices: [...scope.indices, index] };
  const halves = (): Scalar => {
    const type = maker.of(["f32", "i32", "bool"] as const);
    const at = maker.place(inside.indices);
    return convert(load(maker.of(maker.buffersOf(type, scope)), at, type), "f64");
  };
  const name = maker.fresh("sum");
  const other = maker.fresh("most");
  const value = halves();
  const [sum, most] = [variable(name, "f64"), variable(other, "f64")];
  const larger = (x: Scalar, y: Scalar): Scalar => select(lt(x, y), y, x);
  const carried: Carried[] = [
    { name, result: `${name}'`, type: "f64", initial: constant(0), next: add(sum, value) },
    { name: other, result: `${other}'`, type: "f64", initial: constant(-Infinity), next: larger(most, halves()) },
  ];
  const merge = {
    identity: [constant(0), constant(-Infinity)],
    merge: ([a, b]: readonly Scalar[], [c, d]: readonly Scalar[]) => [
      add(a as Scalar, c as Scalar),
      larger(b as Scalar, d as Scalar),
    ],
  };
  const extent = index.extent as Size;
  return {
    loop: { kind: "loop", index, extent, carried, body: [], ...(chains && { merge }) },
    results: [variable(`${name}'`, "f64"), variable(`${other}'`, "f64")],
  };
}

/** A kernel of one or two nests. */
export function randomKernel(seed: number): RandomKernel {
  const maker = new Maker(seed);
  const sources: string[] = [];
  const nests = Array.from({ length: 1 + maker.below(2) }, () => nest(maker, sources));
  const kernel: Kernel = { name: "random", doc: [], body: nests.flat() };
  return { kernel, buffers: maker.buffers, dims: maker.dims, capacities: maker.capacities };
}

function nest(maker: Maker, sources: string[]): Statement[] {
  const loops = Array.from({ length: 1 + maker.below(2) }, () => maker.index("i"));
  const indices = loops.map(({ index }) => index);
  let scope: Scope = { indices, locals: [], sources };
  const body: Statement[] = [];
  const define = (value: Scalar): Scalar => {
    const name = maker.fresh("local");
    body.push({ kind: "let", name, value });
    const local = variable(name, value.type);
    scope = { ...scope, locals: [...scope.locals, local] };
    return local;
  };
  if (maker.below(2) === 0) define(maker.scalar(maker.of(types), scope, 2));
  if (maker.below(3) === 0) {
    const bound: Index = { id: maker.fresh("at"), extent: size(50) };
    const raw = define(maker.scalar("i32", scope, 1));
    const low = select(lt(raw, 0), constant(0, "i32"), raw);
    body.push({ kind: "bind", index: bound, value: select(lt(constant(49, "i32"), low), constant(49, "i32"), low) });
    scope = { ...scope, indices: [...scope.indices, bound] };
  }
  if (maker.below(2) === 0) {
    const { loop, results } = reduction(maker, scope, maker.below(2) === 0);
    body.push(loop);
    scope = { ...scope, locals: [...scope.locals, ...results] };
  }
  // The places of results: row-major or column-major over the loops, so that each element is written once.
  const [outer, inner] = loops as [(typeof loops)[0], (typeof loops)[0] | undefined];
  for (let stores = 1 + maker.below(2); stores > 0; stores--) {
    const type = maker.of(types);
    const gap = maker.of([1, 1, 1, 2]);
    const [slow, fast] = !inner ? [null, outer] : maker.below(3) > 0 ? [outer, inner] : [inner, outer];
    const along =
      maker.below(6) === 0 ? sizes.sub(size(fast.capacity - 1), indexSize(fast.index)) : indexSize(fast.index);
    const row = slow ? sizes.mul(size(fast.capacity), indexSize(slow.index)) : size(0);
    const at = sizes.mul(size(gap), sizes.add(row, along));
    const length = gap * fast.capacity * (slow?.capacity ?? 1);
    const buffer = maker.buffer(type, length);
    let value = maker.scalar(type, scope, 3);
    const accumulate = (type === "f32" || type === "f64") && maker.below(4) === 0;
    if (!accumulate && type !== "bool" && maker.below(3) === 0) value = add(value, load(buffer, at, type));
    body.push({ kind: "store", buffer, type, index: at, value, accumulate });
  }
  let statements: Statement[] = body;
  for (const { index } of [...loops].reverse()) {
    statements = [{ kind: "loop", index, extent: index.extent as Size, carried: [], body: statements }];
  }
  return statements;
}
