/**
 * The definitions of type f32, against Math.* in double. Sweeps over all arguments (for tanh from 1e-6, for sin and cos from
 * 2^-27 to 2^30) were made once; what they found stands at the definitions, and the ceilings are those numbers, rounded up.
 */
import { describe, expect, test } from "vitest";
import { callScalarFunction, evaluateScalar } from "../../compiler/ir/evaluate.js";
import { mathFunction } from "../../compiler/ir/math.js";
import { mapOperands, unary, variable, type Scalar, type ScalarFunction } from "../../compiler/ir/scalar.js";
import { calledFunctions, partsOf } from "../../compiler/targets/js/math.js";
import { compileScalarFunction } from "./compiled.js";

type Name = "exp" | "log" | "tanh" | "sin" | "cos";
const names: readonly Name[] = ["exp", "log", "tanh", "sin", "cos"];

function definition(name: Name | "erf" | "pow"): ScalarFunction {
  const found = mathFunction(name, "f32");
  if (!found) throw new Error(`no definition of ${name}`);
  return found;
}

const own = Object.fromEntries(names.map((name) => [name, compileScalarFunction(definition(name))])) as Record<
  Name,
  (x: number) => number
>;
const pow = compileScalarFunction(definition("pow"));
const erf = compileScalarFunction(definition("erf"));
const erf64 = compileScalarFunction(mathFunction("erf", "f64") as ScalarFunction);

const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

function fromBits(bits: number): number {
  words[0] = bits;
  return floats[0] as number;
}

/** The float32 numbers before and after x > 0. */
function neighbours(x: number): number[] {
  floats[0] = x;
  const bits = words[0] as number;
  return [-2, -1, 0, 1, 2].map((step) => fromBits(bits + step));
}

/** The distance of neighbouring float32 numbers at a double. */
function ulp(x: number): number {
  floats[0] = x;
  const exponent = Math.max(((words[0] as number) >>> 23) & 255, 1);
  const size = 2 ** (exponent - 150);
  // Just below a power of two, which it was rounded to, the distance is half.
  return exponent > 1 && Math.abs(x) < 2 ** (exponent - 127) ? size / 2 : size;
}

const LARGEST = fromBits(0x7f7fffff);
const SMALLEST = 2 ** -149;
const SMALLEST_NORMAL = 2 ** -126;

/** Every float32 with 16 low bits 0, random ones of every size, the given ranges densely, and the neighbours of `thresholds`. */
function* samples(ranges: readonly number[], thresholds: readonly number[]): Generator<number> {
  for (let upper = 0; upper < 2 ** 16; upper++) yield fromBits(upper * 2 ** 16);
  let seed = 1;
  const random = (): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  for (let count = 0; count < 100_000; count++) yield fromBits(Math.floor(random() * 2 ** 32));
  for (const range of ranges) {
    for (let count = 0; count < 50_000; count++) yield Math.fround((2 * random() - 1) * range);
  }
  for (const each of [...thresholds, SMALLEST_NORMAL, 2 ** -140, 1, 2 ** 100]) {
    for (const x of neighbours(each)) yield* [x, -x];
  }
}

interface Error {
  readonly ulps: number;
  readonly at: number;
}

/** The largest error; where float32 has no number near the result, infinity and NaN have to be met exactly. */
function largestError(
  of: (x: number) => number,
  exact: (x: number) => number,
  ranges: readonly number[],
  thresholds: readonly number[],
  limit = Infinity,
): Error {
  let worst: Error = { ulps: 0, at: 0 };
  for (const x of samples(ranges, thresholds)) {
    if (Math.abs(x) > limit) continue;
    const [value, wanted] = [of(x), exact(x)];
    const nearest = Math.fround(wanted);
    const finite = Number.isFinite(value) && Number.isFinite(nearest);
    const ulps = finite ? Math.abs(value - wanted) / ulp(wanted) : Object.is(value, nearest) ? 0 : Infinity;
    if (ulps > worst.ulps) worst = { ulps, at: x };
  }
  return worst;
}

interface Case {
  readonly exact: (x: number) => number;
  /** The ceiling in ulp. */
  readonly ceiling: number;
  readonly ranges: readonly number[];
  readonly thresholds: readonly number[];
  readonly limit?: number;
}

// exp: the steps of k, the change of scale, the first Infinity, the first subnormal, the first 0. log: those of m and k.
const cases: Record<Name, Case> = {
  exp: {
    exact: Math.exp,
    ceiling: 1,
    ranges: [1, 20, 105],
    thresholds: [
      Math.LN2 / 2,
      1.5 * Math.LN2,
      60,
      87.33654,
      88.02969,
      88.37626,
      88.72283,
      89,
      103.27893,
      103.97208,
      104,
    ],
  },
  log: {
    exact: Math.log,
    ceiling: 1,
    ranges: [1, 2, 10],
    thresholds: [SMALLEST_NORMAL, 2 ** -100, 2 ** -124, 2 ** 126, Math.SQRT1_2, Math.SQRT2, 2 * Math.SQRT2, 2 ** 127.5],
  },
  tanh: { exact: Math.tanh, ceiling: 2.6, ranges: [0.6, 2, 10], thresholds: [Math.LN2 / 4, 8.66434, 9, 9.01, 9.02] },
  sin: {
    exact: Math.sin,
    ceiling: 2,
    ranges: [4, 1000, 2 ** 17, 2 ** 21],
    thresholds: [Math.PI / 2, Math.PI, 1.5 * Math.PI, 100 * Math.PI, 1e5 * Math.PI],
    limit: 2 ** 21,
  },
  cos: {
    exact: Math.cos,
    ceiling: 2,
    ranges: [4, 1000, 2 ** 17, 2 ** 21],
    thresholds: [Math.PI / 2, Math.PI, 1.5 * Math.PI, 100.5 * Math.PI, 100000.5 * Math.PI],
    limit: 2 ** 21,
  },
};

/** The formula of exp without its shortcut: `y 2^(k + 64) 2^-64`, whose last product underflows. */
function longExp(x: number): number {
  const f = Math.fround;
  const [bounded, magic] = [Math.max(-104, x), 1.5 * 2 ** 23];
  const k = f(f(f(bounded * f(Math.LOG2E)) + magic) - magic);
  const r = f(f(bounded - f(k * f(0.693145751953125))) - f(k * f(1.428606765330187e-6)));
  const coefficients = [0.49999994, 0.166665107, 0.0416682474, 0.00836920459, 0.00138173054].map(f);
  const polynomial = coefficients.reduceRight((higher, each) => f(each + f(r * higher)));
  const y = f(1 + f(r + f(f(r * r) * polynomial)));
  return f(f(y * 2 ** (k + 64)) * 2 ** -64);
}

test("exp of every float32 below -87 has the bits of the product that underflows", () => {
  const differing: number[] = [];
  const [first, last] = [-87, -105].map((each) => new Uint32Array(Float32Array.of(each).buffer)[0] as number);
  for (let bits = first as number; bits <= (last as number); bits++) {
    const x = fromBits(bits);
    if (!Object.is(own.exp(x), longExp(x))) differing.push(x);
  }
  // From there on both are what they are at -104.
  for (let bits = last as number; bits <= 0xff800000; bits += 9973) {
    if (!Object.is(own.exp(fromBits(bits)), 0)) differing.push(fromBits(bits));
  }
  expect(differing.slice(0, 5)).toEqual([]);
  expect(own.exp(-Infinity)).toBe(0);
});

describe("accuracy in f32", () => {
  test.each(names)("%s", (name) => {
    const { exact, ceiling, ranges, thresholds, limit } = cases[name];
    const worst = largestError(own[name], exact, ranges, thresholds, limit);
    expect(worst.ulps, `${name} ${worst.at}`).toBeLessThanOrEqual(ceiling);
    // The ceiling says what there is: it is not far above.
    expect(worst.ulps).toBeGreaterThan(0.7 * ceiling);
  });

  test("the sigmoid composed of exp, until e^-x overflows", () => {
    const sigmoid = (x: number): number => Math.fround(1 / Math.fround(1 + own.exp(-x)));
    const exact = (x: number): number => (x < -88.722835 ? sigmoid(x) : 1 / (1 + Math.exp(-x)));
    expect(largestError(sigmoid, exact, [1, 20, 89], [16.6, 88.72283]).ulps).toBeLessThanOrEqual(2.5);
    expect(sigmoid(-88.73)).toBe(0);
  });

  test("pow", () => {
    let worst = 0;
    for (const x of [0.9, 0.99, 0.999, 0.9999, 2, 3.7, 1e-20, 1e30, -1.5].map(Math.fround)) {
      for (const y of [0.5, 1, 2, 3, 10, 100, 1000, -0.3, -7, 12345].map(Math.fround)) {
        const [value, wanted] = [pow(x, y), x ** y];
        if (!Number.isFinite(Math.fround(wanted))) expect(value).toBe(Math.fround(wanted));
        else worst = Math.max(worst, Math.abs(value - wanted) / ulp(wanted));
      }
    }
    expect(worst).toBeLessThanOrEqual(0.51);
  });

  test("erf is that of f64, rounded once", () => {
    const wrong = [...samples([0.5, 1.5, 6], [1, 3.8])].filter((x) => !Object.is(erf(x), Math.fround(erf64(x))));
    expect(wrong).toEqual([]);
  });

  test("sin and cos of a larger argument: a small error, in [-1, 1]; from 2^30 on that of 0", () => {
    let [largest, error] = [0, 0];
    for (const x of samples([2 ** 24, 2 ** 30], [])) {
      if (!Number.isFinite(x)) continue;
      const argument = Math.abs(x) <= 2 ** 30 ? x : 0;
      const [sine, cosine] = [own.sin(x), own.cos(x)];
      error = Math.max(error, Math.abs(sine - Math.sin(argument)), Math.abs(cosine - Math.cos(argument)));
      largest = Math.max(largest, Math.abs(sine), Math.abs(cosine));
    }
    expect(error).toBeLessThan(2 ** -23);
    expect(largest).toBe(1);
  });

  test("tanh and sin are odd, cos is even, to the last bit", () => {
    const wrong = [...samples([2, 10, 1000], [])].filter(
      (x) =>
        !Object.is(own.tanh(-x), -own.tanh(x)) ||
        !(Object.is(own.sin(-x), -own.sin(x)) || Math.abs(x) > 2 ** 30) ||
        !Object.is(own.cos(-x), own.cos(x)),
    );
    expect(wrong).toEqual([]);
  });
});

describe("special values in f32", () => {
  const tables: Record<Name, readonly (readonly [x: number, value: number])[]> = {
    exp: [
      [0, 1],
      [-0, 1],
      [Infinity, Infinity],
      [-Infinity, 0],
      [NaN, NaN],
      [88.72283172607422, 3.402798519021476e38],
      [88.7228394, Infinity],
      [-87.33654022216797, 1.175499675756452e-38],
      [-103.97207, SMALLEST],
      [-103.972084, 0],
      [LARGEST, Infinity],
      [-LARGEST, 0],
      [SMALLEST, 1],
      [-SMALLEST, 1],
    ],
    log: [
      [0, -Infinity],
      [-0, -Infinity],
      [1, 0],
      [Infinity, Infinity],
      [-1, NaN],
      [-SMALLEST, NaN],
      [-Infinity, NaN],
      [NaN, NaN],
      [SMALLEST, Math.fround(-149 * Math.LN2)],
      [SMALLEST_NORMAL, Math.fround(-126 * Math.LN2)],
      [LARGEST, Math.fround(128 * Math.LN2)],
      [2, Math.fround(Math.LN2)],
    ],
    tanh: [
      [0, 0],
      [-0, -0],
      [Infinity, 1],
      [-Infinity, -1],
      [NaN, NaN],
      [9.5, 1],
      [-LARGEST, -1],
      [SMALLEST, SMALLEST],
      [-SMALLEST, -SMALLEST],
      [-(2 ** -140), -(2 ** -140)],
      [2 ** -40, 2 ** -40],
    ],
    sin: [
      [0, 0],
      [-0, -0],
      [Infinity, NaN],
      [-Infinity, NaN],
      [NaN, NaN],
      [SMALLEST, SMALLEST],
      [-SMALLEST, -SMALLEST],
      [Math.fround(Math.PI), -8.742277657347586e-8],
      [Math.fround(Math.PI / 2), 1],
      [LARGEST, 0],
    ],
    cos: [
      [0, 1],
      [-0, 1],
      [Infinity, NaN],
      [-Infinity, NaN],
      [NaN, NaN],
      [SMALLEST, 1],
      [Math.fround(Math.PI), -1],
      [Math.fround(Math.PI / 2), -4.371138828673793e-8],
      [LARGEST, 1],
    ],
  };
  test.each(names)("%s", (name) => {
    expect(tables[name].map(([x]) => [x, own[name](Math.fround(x))])).toEqual(
      tables[name].map(([x, value]) => [x, value]),
    );
  });

  test("pow has those of f64", () => {
    for (const [x, y, value] of [
      [0, -1, Infinity],
      [-0, 3, -0],
      [1, NaN, 1],
      [-1, Infinity, 1],
      [-8, Math.fround(1 / 3), NaN],
      [2, 128, Infinity],
      [2, -149, SMALLEST],
      [2, -150, 0],
    ] as const) {
      expect(pow(x, y)).toBe(value);
    }
  });
});

describe("definitions of type f32", () => {
  const all = [...names, "erf", "pow"] as const;

  test("the evaluator and the compiled functions agree to the last bit", () => {
    for (const name of all) {
      const compiled = compileScalarFunction(definition(name));
      for (let step = 0; step < 2000; step++) {
        const args = [Math.imul(step, 2654435761) >>> 0, Math.imul(step + 7, 1013904223) >>> 0].map(fromBits);
        const used = args.slice(0, definition(name).parameters.length);
        expect(callScalarFunction(definition(name), ...used)).toBe(compiled(...used));
      }
    }
  });

  test("use only what a SIMD target has", () => {
    const allowed = "add sub mul div lt le eq ne and or neg abs floor exponent mantissa exp2i".split(" ");
    for (const called of calledFunctions(all.map(definition))) {
      for (const part of partsOf(called.result)) {
        if (part.kind === "unary" || part.kind === "binary") expect(allowed).toContain(part.operator);
      }
    }
    for (const name of ["exp", "log", "tanh"] as const) {
      for (const part of partsOf(definition(name).result)) expect(["f32", "bool"]).toContain(part.type);
    }
  });

  test("cost few operations", () => {
    const operations = (name: Name): number =>
      [...partsOf(definition(name).result)].filter(({ kind }) => kind !== "constant" && kind !== "variable").length;
    expect(Object.fromEntries(names.map((name) => [name, operations(name)]))).toEqual({
      exp: 32,
      log: 40,
      tanh: 25,
      sin: 30,
      cos: 30,
    });
  });

  /** The definition with its constant next to `value` moved by 1000 ulp. */
  function broken(name: Name, value: number): ScalarFunction {
    const known = new Map<Scalar, Scalar>();
    let count = 0;
    const rewrite = (scalar: Scalar): Scalar => {
      const found = known.get(scalar);
      if (found) return found;
      let result = mapOperands(scalar, rewrite);
      if (scalar.kind === "constant" && scalar.value === Math.fround(value)) {
        count++;
        result = { ...scalar, value: scalar.value + 1000 * ulp(scalar.value) };
      }
      known.set(scalar, result);
      return result;
    };
    const { names: _, ...rest } = definition(name);
    const called = { ...rest, result: rewrite(rest.result) };
    expect(count).toBe(1);
    return called;
  }

  test.each([
    ["exp", 0.166665107],
    ["log", 0.333333313],
    ["tanh", 0.33333250880241394],
    ["sin", -0.166666597],
    ["cos", 0.00833307113],
  ] as const)("%s: a coefficient 1000 ulp beside itself is caught", (name, value) => {
    const { exact, ceiling, ranges, thresholds, limit } = cases[name];
    const worst = largestError(compileScalarFunction(broken(name, value)), exact, ranges, thresholds, limit);
    expect(worst.ulps).toBeGreaterThan(ceiling);
  });
});

describe("the bit primitives of f32", () => {
  const x = variable("x", "f32");
  const at = (operator: "exponent" | "mantissa" | "exp2i", value: number): number =>
    evaluateScalar(unary(operator, x), { variable: () => value });

  test("take a number apart and put it together", () => {
    for (const value of [1, 1.5, SMALLEST_NORMAL, 3e-30, LARGEST, 0.1].map(Math.fround)) {
      expect(at("mantissa", value) >= 1 && at("mantissa", value) < 2).toBe(true);
      expect(at("mantissa", value) * at("exp2i", at("exponent", value))).toBe(value);
    }
  });

  test("exp2i is 2^k for every k from -126 to 127, as the shift that SIMD makes", () => {
    for (let k = -126; k <= 127; k++) {
      expect(at("exp2i", k)).toBe(2 ** k);
      floats[0] = k + (1.5 * 2 ** 23 + 127);
      expect(fromBits((words[0] as number) << 23)).toBe(2 ** k);
    }
  });
});
