/**
 * The innermost code of a contraction: a tile of sums in registers, and one chain of products for each of them.
 *
 * V8 makes fast code of a do-while loop with pointers that step and an end that is compared with `ne`. A splat folds no
 * offset into its address, so that each row of the left operand has a pointer of its own. Two pointers may point to one
 * row: rows past the last are filled so.
 */
import { add, get, i32, load, loop, mul, plain, set, store, when, words, type Code, type Address } from "../code.js";
import type { Emitter } from "../emitter.js";
import type { MemoryName, PlainName } from "../opcodes.js";
import type { Plan } from "./plan.js";

export const zeros = words(0, 0, 0, 0);

/** The names of instructions and sizes that differ between element types. */
export const vectorOf = {
  f32: { splat: "v128.load32_splat", add: "f32x4.add", mul: "f32x4.mul", madd: "f32x4.relaxed_madd" },
  f64: { splat: "v128.load64_splat", add: "f64x2.add", mul: "f64x2.mul", madd: "f64x2.relaxed_madd" },
} as const satisfies Record<"f32" | "f64", { splat: MemoryName; add: PlainName; mul: PlainName; madd: PlainName }>;

/** sum + x * y: the product is rounded by itself, unless code is relaxed, where the engine may fuse both. */
export function multiplyAdd(type: "f32" | "f64", relaxed: boolean, x: Code, y: Code, sum: Code): Code {
  const names = vectorOf[type];
  return relaxed ? plain(names.madd, x, y, sum) : plain(names.add, sum, plain(names.mul, x, y));
}

/** At an address that is computed in full. */
export const at = (address: Code, offset = 0): Address => ({ base: "zero", offset, address });

export interface TileOperands {
  /** The address of the left operand's first row, and of another row by that of the row before it. */
  readonly left: Code;
  readonly nextRow: (before: Code, row: number) => Code;
  /** The bytes from one depth to the next. */
  readonly leftStep: Code;
  readonly right: Code;
  readonly rightStep: Code;
  /** How many products, at least one. */
  readonly depth: Code;
  /** The address of the tile's sums in scratch memory. */
  readonly sums: Code;
  /** Whether these are the first products; null where there is one chain. */
  readonly first: Code | null;
}

/** Adds one chain to each sum of a tile; the first becomes the sum. */
export function emitTile({ type, bytes, tile, stride }: Plan, operands: TileOperands, emitter: Emitter): void {
  const { relaxed } = emitter;
  const { splat, add: addVectors } = vectorOf[type];
  const vectors = Array.from({ length: tile.vectors }, (_, column) => emitter.local("v128", `b${column}`));
  const left = Array.from({ length: tile.rows }, (_, row) => emitter.local("i32", `a${row}`));
  const sums = left.map((_, row) => vectors.map((_, column) => emitter.local("v128", `c${row}${column}`)));
  left.forEach((pointer, row) => {
    const before = left[row - 1];
    emitter.push(set(pointer, before ? operands.nextRow(get(before), row) : operands.left));
  });
  const value = emitter.local("v128", "a");
  const right = emitter.local("i32", "b");
  const end = emitter.local("i32", "end");
  emitter.push(
    ...sums.flat().map((sum) => set(sum, zeros)),
    set(right, operands.right),
    set(end, add(get(right), mul(operands.depth, operands.rightStep))),
    loop(
      [
        ...vectors.map((vector, column) => set(vector, load("v128.load", at(get(right), 16 * column)))),
        ...left.flatMap((pointer, row) => [
          set(value, load(splat, at(get(pointer)))),
          ...vectors.map((vector, column) => {
            const sum = (sums[row] as typeof vectors)[column] as typeof vector;
            return set(sum, multiplyAdd(type, relaxed, get(value), get(vector), get(sum)));
          }),
        ]),
        ...left.map((pointer) => set(pointer, add(get(pointer), operands.leftStep))),
        set(right, add(get(right), operands.rightStep)),
      ],
      plain("i32.ne", get(right), get(end)),
    ),
  );
  const to = emitter.hold(operands.sums, "to");
  const base = emitter.baseOf("scratch:sums");
  const finish = (write: (sum: Code, place: Address) => Code): readonly Code[] =>
    sums.flatMap((list, row) =>
      list.map((sum, column) => write(get(sum), { base, offset: row * stride * bytes + 16 * column, address: to })),
    );
  const begin = finish((sum, place) => store("v128.store", place, sum));
  if (!operands.first) return emitter.push(...begin);
  const more = finish((sum, place) => store("v128.store", place, plain(addVectors, load("v128.load", place), sum)));
  emitter.push(when(operands.first, begin, more));
}

/** The smaller of two numbers. */
export function least(x: Code, y: Code, emitter: Emitter): Code {
  if (x.kind === "constant" && y.kind === "constant") return i32(Math.min(x.value, y.value));
  const [a, b] = [emitter.hold(x, "x"), emitter.hold(y, "y")];
  return emitter.hold(plain("select", a, b, plain("i32.lt_s", a, b)), "least");
}
