/**
 * Counter-based random numbers: Threefry-2x32 with 20 rounds (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as
 * easy as 1, 2, 3; SC 2011). The words are a pure function of a key and a counter, so that any element can be drawn
 * at any time, and again.
 */
import {
  add,
  binary,
  call,
  convert,
  mul,
  or,
  unary,
  unsigned,
  xor,
  type Scalar,
  type ScalarFunction,
} from "./scalar.js";
import { define, type Local } from "./math/define.js";

export type WordPair = [number, number];

/** How far the second word is rotated in each round, again after eight rounds. */
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24];
const ROUNDS = 20;

/** The parity of the key schedule, of Skein. */
const PARITY = 0x1bd11bda;

/** Two 32-bit words, as i32, of a key and a counter, in plain integer arithmetic. */
export function threefry(key: Readonly<WordPair>, counter: Readonly<WordPair>): WordPair {
  const keys = [key[0], key[1], key[0] ^ key[1] ^ PARITY] as const;
  const keyAt = (position: number): number => keys[position % 3] as number;
  let a = (counter[0] + keys[0]) | 0;
  let b = (counter[1] + keys[1]) | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const by = ROTATIONS[round % 8] as number;
    a = (a + b) | 0;
    b = ((b << by) | (b >>> (32 - by))) ^ a;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      a = (a + keyAt(injection)) | 0;
      b = (b + keyAt(injection + 1) + injection) | 0;
    }
  }
  return [a, b];
}

/** The same as scalars of type i32. */
export function threefryScalars(
  key: readonly [Scalar, Scalar],
  counter: readonly [Scalar, Scalar],
  local: Local = (_, value) => value,
): [Scalar, Scalar] {
  const keys = [key[0], key[1], local("k2", xor(xor(key[0], key[1]), PARITY))] as const;
  const keyAt = (position: number): Scalar => keys[position % 3] as Scalar;
  let a = add(counter[0], keys[0]);
  let b = local("b", add(counter[1], keys[1]));
  for (let round = 0; round < ROUNDS; round++) {
    const by = ROTATIONS[round % 8] as number;
    a = local("a", add(a, b));
    b = local("b", xor(or(binary("shl", b, by), binary("shr", b, 32 - by)), a));
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      a = add(a, keyAt(injection));
      b = local("b", add(b, add(keyAt(injection + 1), injection)));
    }
  }
  return [a, b];
}

/** A function of (k0, k1, c0, c1). */
function wordFunction(name: string, doc: string, of: (word0: Scalar, word1: Scalar) => Scalar): ScalarFunction {
  return define(name, ["k0", "k1", "c0", "c1"], "i32", doc, (local, k0, k1, c0, c1) =>
    of(...threefryScalars([k0 as Scalar, k1 as Scalar], [c0 as Scalar, c1 as Scalar], local)),
  );
}

/** A value made from the two words; a module holds the generator once, for all distributions. */
function drawFunction(name: string, doc: string, of: (word0: Scalar, word1: Scalar) => Scalar): ScalarFunction {
  return define(name, ["k0", "k1", "c0", "c1"], "i32", doc, (_local, ...counter) =>
    of(call(threefryWord(0), ...(counter as Scalar[])), call(threefryWord(1), ...(counter as Scalar[]))),
  );
}

const algorithm = "Threefry-2x32 with 20 rounds (Salmon et al. 2011) of the key (k0, k1) and the counter (c0, c1)";

const words = [
  wordFunction("threefry0", `${algorithm}: the first word.`, (word) => word),
  wordFunction("threefry1", `${algorithm}: the second word.`, (_, word) => word),
] as const;

/** (k0, k1, c0, c1) -> one of the words. If both are used, a function that draws both costs half as much. */
export function threefryWord(which: 0 | 1): ScalarFunction {
  return words[which];
}

/** Uniform in [0, 1), each multiple of 2^-24 (f32: the top bits of word 0) or of 2^-53 (f64: of both) alike. */
export function uniformFrom(word0: Scalar, word1: Scalar, type: "f32" | "f64"): Scalar {
  if (type === "f32") return mul(convert(binary("shr", word0, 8), "f32"), 2 ** -24);
  const high = convert(binary("shr", word0, 5), "f64");
  const low = convert(binary("shr", word1, 6), "f64");
  return mul(add(mul(high, 2 ** 26), low), 2 ** -53);
}

/**
 * Standard normal by Box and Muller (1958): sqrt(-2 log u) cos(2 pi v) with u = (word 0 + 1/2) / 2^32, which is never 0,
 * and v = word 1 / 2^32. So 2^64 values, none beyond 6.77; computed in f64, rounded once for f32.
 */
export function normalFrom(word0: Scalar, word1: Scalar, type: "f32" | "f64"): Scalar {
  const radius = unary("sqrt", mul(-2, unary("log", mul(add(unsigned(word0), 0.5), 2 ** -32))));
  const angle = mul(unsigned(word1), 2 * Math.PI * 2 ** -32);
  return convert(mul(radius, unary("cos", angle)), type);
}

const draws = {
  uniform: {
    f32: drawFunction("uniform32", `Uniform in [0, 1), a multiple of 2^-24.`, (a, b) => uniformFrom(a, b, "f32")),
    f64: drawFunction("uniform64", `Uniform in [0, 1), a multiple of 2^-53.`, (a, b) => uniformFrom(a, b, "f64")),
  },
  normal: {
    f32: drawFunction("normal32", `Standard normal by Box and Muller (1958).`, (a, b) => normalFrom(a, b, "f32")),
    f64: drawFunction("normal64", `Standard normal by Box and Muller (1958).`, (a, b) => normalFrom(a, b, "f64")),
  },
} as const;

/** (k0, k1, c0, c1) -> a uniform or standard normal number, in one function, so that both words are computed once. */
export function drawOf(distribution: "uniform" | "normal", type: "f32" | "f64"): ScalarFunction {
  return draws[distribution][type];
}

/** A stable 32-bit hash of a text, as i32: FNV-1a over its UTF-8 bytes. Keys of streams are made of it. */
export function hashName(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
}
