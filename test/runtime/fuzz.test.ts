/**
 * Random states and calls, from a fixed seed, with the oddest values that JavaScript has in random places. Whatever comes is
 * taken or refused: what is refused names function and part and leaves the net as it was, and what is taken leaves a net
 * that saves a state which it takes again. For a search, OPTIMC_RUNS=40 has 100,000 states and 100,000 calls.
 */
import { describe, expect, it } from "vitest";
import { type AnyInstance, javascriptProgram as program, type ModelState } from "../../runtime/node.js";
import { runs } from "../runs.js";
import { linear, log } from "./linear.js";

const { numRuns: rounds, seed } = runs(2500, 20240607);

/** Marsaglia's xorshift, so that a failure comes again. */
function randomly(seed: number) {
  let word = seed;
  const below = (bound: number): number => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return (word >>> 0) % bound;
  };
  return { below, pick: <T>(of: readonly T[]): T => of[below(of.length)] as T };
}
type Random = ReturnType<typeof randomly>;

const net = program(linear).createSync({ seed: 1 });
const other = program(linear).createSync({ seed: 1 });

class OddError extends RangeError {}
const fail = (): never => {
  throw new OddError("from the caller's code");
};

/** What a getter or a proxy may do before it answers. */
const mischief: readonly ((random: Random) => unknown)[] = [
  () => undefined,
  () => undefined,
  fail,
  () => net.train({ x: [1, 2, 3], labels: [0] }) as object,
  () => net.load(net.state()),
  () => {
    try {
      net.tick();
    } catch {
      return;
    }
  },
];

/** An object like `of` whose member `name` is a getter. */
const withGetter = (of: object, name: string, answers: readonly unknown[], random: Random): object => {
  let reads = 0;
  const trick = random.pick(mischief);
  return Object.defineProperty(Array.isArray(of) ? [...(of as unknown[])] : { ...of }, name, {
    enumerable: true,
    configurable: true,
    get() {
      trick(random);
      return answers[Math.min(reads++, answers.length - 1)];
    },
  });
};

const views = (): readonly ArrayBufferView[] => [
  ...Object.values(net.parameters),
  ...Object.values(net.inputs).flatMap((each) => Object.values(each)),
];

const arrays = [
  Float32Array,
  Float64Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
] as const;

const lengths = [0, 1, 2, 3, 4, 6, 8, 9, 12, 13, 24];

function typedArray(random: Random): unknown {
  const Kind = random.pick(arrays);
  const length = random.pick(lengths);
  const bytes = length * Kind.BYTES_PER_ELEMENT;
  const resizable = ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer;
  const kind = random.below(6);
  const buffer =
    kind === 0
      ? new SharedArrayBuffer(bytes)
      : kind === 1
        ? new resizable(bytes, { maxByteLength: bytes + 8 })
        : new ArrayBuffer(bytes);
  const array = new Kind(buffer as ArrayBuffer) as Float32Array<ArrayBuffer>;
  if (Kind !== (BigInt64Array as unknown))
    for (let i = 0; i < length; i++) array[i] = random.below(3) - random.below(2);
  if (kind === 1) (buffer as unknown as { resize(bytes: number): void }).resize(random.pick([bytes, bytes + 8, 0]));
  if (kind === 2) structuredClone(array, { transfer: [buffer as ArrayBuffer] });
  if (kind === 3)
    for (const name of ["length", "set", "buffer", "constructor", "subarray", "slice"])
      Object.defineProperty(array, name, { get: () => random.pick([fail, () => 3, () => null])() });
  if (kind === 4) Object.setPrototypeOf(array, random.pick([null, Array.prototype, Int32Array.prototype]) as object);
  return array;
}

const leaves: readonly unknown[] = [
  ...[0, 1, 2, -1, 0.5, 12, NaN, Infinity, -Infinity, -0, 1e300, 2 ** 31, 2 ** 53, 5e-324],
  ...[
    "",
    "12",
    "Float32Array:AAAA",
    "Float32Array:AACAPwAAgD8AAIA/",
    "Int32Array:AQAAAAEAAAA=",
    "Float64Array:?",
    "__proto__",
  ],
  ...[
    null,
    undefined,
    true,
    false,
    1n,
    Symbol("odd"),
    () => 1,
    new Date(0),
    /odd/,
    new Map([["x", 1]]),
    new ArrayBuffer(8),
  ],
  new DataView(new ArrayBuffer(8)),
  Promise.resolve(1),
];

function odd(random: Random, depth = 0): unknown {
  switch (random.below(depth > 2 ? 3 : 9)) {
    case 0:
    case 1:
      return random.pick(leaves);
    case 2:
      return typedArray(random);
    case 3:
      return random.pick(views());
    case 4:
      return Array.from({ length: random.pick(lengths) }, () =>
        random.below(9) ? random.below(2) : odd(random, depth + 1),
      );
    case 5: {
      const tag = { [Symbol.toStringTag]: random.pick(["Float32Array", "Int32Array", "Object", 3]) };
      return random.below(2) ? { ...tag, length: 3, 0: 1, 1: 1, 2: 1 } : Object.assign([1, 2, 3], tag);
    }
    case 6: {
      const target = random.pick([[1, 2, 3], { x: [1, 2, 3] }, new Float32Array(3)]) as object;
      const length = random.pick([3, 2 ** 53, -1, "3", NaN, {}, 1n]);
      return new Proxy(target, {
        get(of, key) {
          random.pick(mischief)(random);
          return key === "length" ? length : (Reflect.get(of, key) as unknown);
        },
        ...(random.below(3) === 0 && { ownKeys: fail }),
      });
    }
    case 7: {
      const { proxy, revoke } = Proxy.revocable([1, 2, 3], {});
      revoke();
      return proxy;
    }
    default:
      return withGetter(
        random.pick([[1, 2, 3], {}]) as object,
        random.pick(["0", "1", "length2"]),
        [1, odd(random, depth + 1)],
        random,
      );
  }
}

/** Puts something odd somewhere into a tree of objects. */
function spoiled(tree: Record<string, unknown>, random: Random): Record<string, unknown> {
  const copy = { ...tree };
  const names = [...Object.keys(copy), "extra"];
  const name = random.pick(names);
  const value = copy[name];
  const isTree = typeof value === "object" && value !== null && !ArrayBuffer.isView(value) && !Array.isArray(value);
  if (isTree && random.below(8)) copy[name] = spoiled(value as Record<string, unknown>, random);
  else if (random.below(6) === 0) delete copy[name];
  else if (random.below(4) === 0)
    return withGetter(copy, name, [value, odd(random)], random) as Record<string, unknown>;
  else copy[name] = odd(random);
  return copy;
}

/** All that must not change, to compare and to say of any instance. */
const bytesOf = ({ parameters, inputs }: AnyInstance): string =>
  Buffer.from((Object.values(parameters)[0] ?? Object.values(inputs)[0])!.buffer as ArrayBuffer).toString("latin1");
const countersOf = (of: AnyInstance): string => JSON.stringify(of.state().functions, (_, each: unknown) => each);

/** Runs one attempt; whether it was taken. */
function attempt(name: string, run: () => unknown): boolean {
  const [bytes, counters, seed] = [bytesOf(net), countersOf(net), net.state().seed];
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(new RegExp(`^linear\\.${name}: .`));
    expect(bytesOf(net) === bytes).toBe(true);
    expect([countersOf(net), net.state().seed]).toEqual([counters, seed]);
    return false;
  }
  other.load(net.state());
  expect(other.state()).toEqual(net.state());
  return true;
}

describe("whatever is handed over", () => {
  it(`is a state that is taken or refused, ${rounds} times`, { timeout: 3_600_000 }, () => {
    const random = randomly(seed);
    const good = net.state() as unknown as Record<string, unknown>;
    let taken = 0;
    for (let round = 0; round < rounds; round++) {
      const options = random.below(3) ? {} : { strict: random.below(4) > 0 };
      let state: unknown = random.below(20) ? good : odd(random);
      for (let faults = random.below(3); faults >= 0 && state === good; faults--) state = spoiled(good, random);
      if (attempt("load", () => net.load(state as ModelState, options))) taken++;
    }
    expect(taken).toBeGreaterThan(rounds / 50);
    expect(taken).toBeLessThan(rounds / 2);
  });

  it(`is a call that is taken or refused, ${rounds} times`, { timeout: 3_600_000 }, () => {
    const random = randomly(seed + 1);
    net.load(program(linear).createSync().state());
    const calls: Readonly<Record<string, readonly [inputs: object, options: object]>> = {
      train: [
        { x: [1, 0, 1], labels: [1] },
        { lr: 1e-3, betas: [0.5, 0.5], eps: 1e-8, dims: { batch: 1 } },
      ],
      predict: [
        { x: new Float32Array(6), labels: [0, 1] },
        { into: { prediction: new Float32Array(4), best: new Int32Array(2) }, dims: { batch: 2 } },
      ],
      sequence: [
        { z: new Float64Array(4), mask: [true, false], index: [0] },
        { dims: { batch: 1, time: 2 }, into: { sums: new Float64Array(2) } },
      ],
      square: [{ a: [1, 2, 3, 4] }, { dims: { time: 2 } }],
      sample: [{}, { dims: { batch: 3 } }],
      tick: [{}, {}],
    };
    let taken = 0;
    for (let round = 0; round < rounds; round++) {
      const name = random.pick(Object.keys(calls));
      const [inputs, options] = calls[name] as readonly [Record<string, unknown>, Record<string, unknown>];
      const given = random.below(2) ? spoiled(inputs, random) : random.below(20) ? inputs : odd(random);
      const chosen = random.below(2) ? spoiled(options, random) : random.below(20) ? options : odd(random);
      const { into } = options as { into?: Record<string, Float32Array> };
      const targets = Object.values(into ?? {});
      for (const each of targets) each.fill(7);
      if (attempt(name, () => net[name](given, chosen))) taken++;
      else for (const each of targets) expect(each.every((value) => value === 7)).toBe(true);
      log.length = 0;
    }
    expect(taken).toBeGreaterThan(rounds / 20);
    expect(taken).toBeLessThan(rounds * 0.9);
  });
});
