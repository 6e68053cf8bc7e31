import fc from "fast-check";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { callScalarFunction, evaluateScalar } from "../../compiler/ir/evaluate.js";
import { mathFunction, type MathOperator } from "../../compiler/ir/math.js";
import {
  add,
  binary,
  constant,
  convert,
  load,
  mul,
  unary,
  unsigned,
  variable,
  type Scalar,
  type ScalarFunction,
} from "../../compiler/ir/scalar.js";
import { evaluate as evaluateSize, size } from "../../compiler/ir/size.js";
import { calledFunctions, partsOf, printScalarFunctions } from "../../compiler/targets/js/math.js";
import { printScalar } from "../../compiler/targets/js/scalar.js";

type Name = "exp" | "log" | "tanh" | "sin" | "cos" | "erf" | "pow";
const names: readonly Name[] = ["exp", "log", "tanh", "sin", "cos", "erf", "pow"];

function definition(operator: MathOperator): ScalarFunction {
  const found = mathFunction(operator, "f64");
  if (!found) throw new Error(`no definition of ${operator}`);
  return found;
}

const own = Object.fromEntries(
  names.map((name) => [name, (...args: number[]) => callScalarFunction(definition(name), ...args)]),
) as Record<Name, (...args: number[]) => number>;

/** The functions of a module made of the printed definitions. */
function printed(...roots: ScalarFunction[]): Record<string, (...args: number[]) => number> {
  const all = calledFunctions(roots).map(({ name }) => name);

  return new Function(`"use strict";${printScalarFunctions(roots).text}; return { ${all.join(", ")} };`)() as never;
}

/** The distance of neighbouring doubles at x. */
function ulp(x: number): number {
  return Math.max(2 ** (Math.floor(Math.log2(Math.abs(x))) - 52), Number.MIN_VALUE);
}

const reference = JSON.parse(readFileSync(new URL("./math-reference.json", import.meta.url), "utf8")) as Record<
  Name,
  number[][]
>;

describe("accuracy against mpmath", () => {
  const bounds: Record<Name, number> = { exp: 1, log: 1, tanh: 2, sin: 2, cos: 2, erf: 1.5, pow: 1 };
  test.each(names)("%s", (name) => {
    const errors = reference[name].map((row) => {
      const [high, low] = row.slice(-2) as [number, number];
      return Math.abs(own[name](...row.slice(0, -2)) - high - low) / ulp(high);
    });
    expect(Math.max(...errors)).toBeLessThanOrEqual(bounds[name]);
  });

  test("exp agrees with the engine within 2 ulp, down to the last subnormal", () => {
    fc.assert(
      fc.property(fc.double({ min: -745.2, max: 709.78, noNaN: true }), (x) => {
        expect(Math.abs(own.exp(x) - Math.exp(x))).toBeLessThanOrEqual(2 * ulp(Math.exp(x)));
      }),
    );
  });

  test("pow of a decay rate for every number of steps", () => {
    const { pow } = printed(definition("pow"));
    for (const beta of [0.9, 0.99, 0.999, 0.9999]) {
      expect(pow?.(beta, 0)).toBe(1);
      for (let step = 1; step <= 1e7; step = Math.ceil(step * 1.1)) {
        const [value, engine] = [pow?.(beta, step) as number, Math.pow(beta, step)];
        expect(Math.abs(value - engine)).toBeLessThanOrEqual(3 * ulp(engine));
      }
    }
  });

  test("sin and cos beyond the exact reduction: the error grows slowly, and the result stays in [-1, 1]", () => {
    fc.assert(
      fc.property(fc.double({ min: -(2 ** 30), max: 2 ** 30, noNaN: true }), (x) => {
        expect(Math.abs(own.sin(x) - Math.sin(x))).toBeLessThan(2 ** -22);
        expect(Math.abs(own.cos(x) - Math.cos(x))).toBeLessThan(2 ** -22);
      }),
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (x) => {
        for (const value of [own.sin(x), own.cos(x)]) expect(Math.abs(value)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

const { MAX_VALUE, MIN_VALUE } = Number;

describe("special values", () => {
  const tables: Record<Exclude<Name, "pow">, readonly (readonly [x: number, value: number])[]> = {
    exp: [
      [0, 1],
      [-0, 1],
      [Infinity, Infinity],
      [-Infinity, 0],
      [NaN, NaN],
      [709.782712893384, 1.7976931348622732e308],
      [709.7827128933841, Infinity],
      [MAX_VALUE, Infinity],
      [-MAX_VALUE, 0],
      [-745.1332191019411, MIN_VALUE],
      [-745.1332191019412, 0],
      [-744, 1e-323],
      [1e-300, 1],
    ],
    log: [
      [0, -Infinity],
      [-0, -Infinity],
      [1, 0],
      [Infinity, Infinity],
      [-1, NaN],
      [-MIN_VALUE, NaN],
      [-Infinity, NaN],
      [NaN, NaN],
      [MIN_VALUE, -744.4400719213812],
      [2 ** -1022, -708.3964185322641],
      [MAX_VALUE, 709.782712893384],
      [2, Math.LN2],
    ],
    tanh: [
      [0, 0],
      [-0, -0],
      [Infinity, 1],
      [-Infinity, -1],
      [NaN, NaN],
      [MAX_VALUE, 1],
      [-20, -1],
      [MIN_VALUE, MIN_VALUE],
      [-1e-310, -1e-310],
      [1e-10, 1e-10],
    ],
    sin: [
      [0, 0],
      [-0, -0],
      [Infinity, NaN],
      [-Infinity, NaN],
      [NaN, NaN],
      [MIN_VALUE, MIN_VALUE],
      [Math.PI, 1.2246467991473532e-16],
      [Math.PI / 2, 1],
      [-Math.PI / 2, -1],
      [MAX_VALUE, 0],
    ],
    cos: [
      [0, 1],
      [-0, 1],
      [Infinity, NaN],
      [-Infinity, NaN],
      [NaN, NaN],
      [Math.PI, -1],
      [Math.PI / 2, 6.123233995736766e-17],
      [1e-10, 1],
      [MAX_VALUE, 1],
    ],
    erf: [
      [0, 0],
      [-0, -0],
      [Infinity, 1],
      [-Infinity, -1],
      [NaN, NaN],
      [MAX_VALUE, 1],
      [-6, -1],
      [MIN_VALUE, MIN_VALUE],
      [1, 0.8427007929497149],
      [-1e-10, -1.1283791670955126e-10],
    ],
  };
  test.each(Object.keys(tables) as (keyof typeof tables)[])("%s", (name) => {
    expect(tables[name].map(([x]) => [x, own[name](x)])).toEqual(tables[name]);
  });

  test("pow, as IEEE 754 has it", () => {
    const table: readonly (readonly [x: number, y: number, value: number])[] = [
      ...[0, -0, 1, -2, Infinity, NaN].flatMap((x) => [[x, 0, 1] as const, [x, -0, 1] as const]),
      ...[0, 5, -0.5, Infinity, -Infinity, NaN].map((y) => [1, y, 1] as const),
      [0, 3, 0],
      [-0, 3, -0],
      [-0, 2, 0],
      [-0, 0.5, 0],
      [0, -1, Infinity],
      [-0, -1, -Infinity],
      [-0, -2, Infinity],
      [0, Infinity, 0],
      [0, -Infinity, Infinity],
      [0, NaN, NaN],
      [Infinity, 2, Infinity],
      [Infinity, -2, 0],
      [-Infinity, 3, -Infinity],
      [-Infinity, 2, Infinity],
      [-Infinity, 0.5, Infinity],
      [-Infinity, -3, -0],
      [-Infinity, NaN, NaN],
      [0.5, Infinity, 0],
      [0.5, -Infinity, Infinity],
      [-2, Infinity, Infinity],
      [-0.5, Infinity, 0],
      [-1, Infinity, 1],
      [-1, -Infinity, 1],
      [-2, 3, -8],
      [-2, 2, 4],
      [-2, -1, -0.5],
      [-8, 1 / 3, NaN],
      [-1, 2 ** 53, 1],
      [-1, 2 ** 53 - 1, -1],
      [-1, MAX_VALUE, 1],
      [NaN, 1, NaN],
      [2, NaN, NaN],
      [2, 1023, 2 ** 1023],
      [2, 1024, Infinity],
      [2, -1074, MIN_VALUE],
      [2, -1076, 0],
      [1 + 2 ** -52, MAX_VALUE, Infinity],
      [1 - 2 ** -53, MAX_VALUE, 0],
      [MIN_VALUE, 1, MIN_VALUE],
      [10, 2, 100],
      [0.999, 1e7, 0],
    ];
    expect(table.map(([x, y]) => [x, y, own.pow(x, y)])).toEqual(table);
  });
});

describe("laws", () => {
  const moderate = fc.double({ min: -700, max: 700, noNaN: true });

  test("tanh, erf and sin are odd, cos is even", () => {
    fc.assert(
      fc.property(fc.double(), (x) => {
        expect(own.tanh(-x)).toBe(-own.tanh(x));
        expect(own.erf(-x)).toBe(-own.erf(x));
        expect(Math.abs(own.sin(-x) + own.sin(x))).toEqual(Number.isFinite(x) ? 0 : NaN);
        expect(own.cos(-x)).toBe(own.cos(x));
      }),
    );
  });

  test("exp, log and tanh grow", () => {
    fc.assert(
      fc.property(moderate, fc.double({ min: 1e-9, max: 1, noNaN: true }), (x, step) => {
        const next = x + step;
        expect(own.exp(next)).toBeGreaterThanOrEqual(own.exp(x));
        expect(own.tanh(next)).toBeGreaterThanOrEqual(own.tanh(x));
        if (x > 0) expect(own.log(next)).toBeGreaterThanOrEqual(own.log(x));
      }),
    );
  });

  test("exp undoes log, pow adds exponents", () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
        // The error of log x, half an ulp of up to 690, is a relative error of exp.
        expect(Math.abs(own.exp(own.log(x)) / x - 1)).toBeLessThan(2 ** -42);
        expect(Math.abs(own.pow(x, 0.5) ** 2 / x - 1)).toBeLessThan(2 ** -49);
        expect(Math.abs(own.pow(x, -1) * x - 1)).toBeLessThan(2 ** -50);
      }),
    );
  });

  test("whole powers of whole numbers are exact", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: 0, max: 5 }), (x, y) => {
        expect(own.pow(x, y)).toBe(x ** y);
      }),
    );
  });

  test("sin^2 + cos^2 = 1", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e5, max: 1e5, noNaN: true }), (x) => {
        expect(Math.abs(own.sin(x) ** 2 + own.cos(x) ** 2 - 1)).toBeLessThan(2 ** -51);
      }),
    );
  });
});

describe("definitions", () => {
  test("use only what every target computes alike", () => {
    const allowed = "add sub mul div lt le eq ne and or neg abs sqrt floor exponent mantissa exp2i".split(" ");
    for (const called of calledFunctions(names.map(definition))) {
      for (const part of partsOf(called.result)) {
        if (part.kind === "unary" || part.kind === "binary") expect(allowed).toContain(part.operator);
      }
    }
  });

  test("are printed with Math.floor and Math.abs only", () => {
    const code = printScalarFunctions(names.map(definition)).text.replaceAll(/\/\*[^]*?\*\//g, "");
    expect(new Set(code.match(/Math\.\w+|\*\*/g))).toEqual(new Set(["Math.abs", "Math.floor"]));
  });

  test("exp reads well", () => {
    expect(printScalarFunctions([definition("exp")]).text).toMatchInlineSnapshot(`
      "/** 2^k at 1023 + k. */
      const powersOfTwo = new Float64Array(2047);
      for (let k = 0, power = 1; k < 1024; k++, power *= 2) {
        powersOfTwo[1023 + k] = power;
        powersOfTwo[1023 - k] = 1 / power;
      }
      const exp2i = (k) => powersOfTwo[(1023 + k) | 0];

      /** e^(x + rest), rest being tiny: 2^k (1 + r + r q / (2 - q)) with x = k ln 2 + r. */
      function expSum(x, rest) {
        const bounded = x < -746 ? -746 : 710 < x ? 710 : x;
        const k = Math.floor(bounded * 1.4426950408889634 + 0.5);
        const high = bounded - k * 0.6931471803691238;
        const main = 1 + high;
        const low = k * 1.9082149292705877e-10 - rest;
        const r = high - low;
        const z = r * r;
        const q = r - z * (0.16666666666666602 + z * (-0.0027777777777009 + z * (6.613756319e-5 + z * (-1.6533899e-6 + z *
          4.138e-8))));
        const y = main + (high - (main - 1) + (r * q / (2 - q) - low));
        const half = Math.floor(k * 0.5);
        return y * exp2i(half) * (x < -746 ? 0 : exp2i(k - half));
      }

      /** e^x within 1 ulp. */
      function exp(x) {
        return expSum(x, 0);
      }
      "
    `);
  });
});

describe("printed functions equal the evaluator bit for bit", () => {
  const functions = printed(...names.map(definition));
  const near = fc.double({ min: -800, max: 800, noNaN: true });

  test.each(names)("%s", (name) => {
    fc.assert(
      fc.property(fc.oneof(fc.double(), near), fc.oneof(fc.double(), near), (x, y) => {
        expect(functions[name]?.(x, y)).toBe(name === "pow" ? own.pow(x, y) : own[name](x));
      }),
      { numRuns: 1000 },
    );
  });

  /** Random expressions over a and b of one type. */
  function expressions(type: "f32" | "f64" | "i32"): fc.Arbitrary<Scalar> {
    const operators = [
      "add",
      "sub",
      "mul",
      ...(type === "i32" ? ["and", "or", "xor", "shl", "shr"] : ["div"]),
    ] as const;
    const leaf = fc.oneof(
      fc.constantFrom(variable("a", type), variable("b", type)),
      (type === "i32" ? fc.integer() : fc.double({ noNaN: true, min: -100, max: 100 })).map((x) => constant(x, type)),
    );
    return fc.letrec<{ tree: Scalar }>((tie) => ({
      tree: fc.oneof(
        { depthSize: "medium" },
        leaf,
        fc
          .tuple(fc.constantFrom(...operators), tie("tree"), tie("tree"))
          .map(([operator, x, y]) => binary(operator as "add", x, y)),
        fc
          .tuple(fc.constantFrom("neg", "abs", ...(type === "i32" ? ["not"] : ["floor", "sqrt"])), tie("tree"))
          .map(([operator, x]) => unary(operator as "neg", x)),
        fc
          .tuple(fc.constantFrom("lt", "le", "eq", "ne"), tie("tree"), tie("tree"), tie("tree"))
          .map(([operator, x, y, z]): Scalar => {
            return { kind: "select", type, condition: unary("not", binary(operator as "lt", x, y)), x: y, y: z };
          }),
        tie("tree").map((x) => convert(unsigned(convert(x, "i32")), type)),
      ),
    })).tree;
  }

  test.each(["f32", "f64", "i32"] as const)("random expressions of type %s", (type) => {
    const value = type === "i32" ? fc.integer() : fc.double().map((x) => (type === "f32" ? Math.fround(x) : x));
    fc.assert(
      fc.property(expressions(type), value, value, (result, a, b) => {
        const parameters = ["a", "b"].map((name) => ({ name, type }));
        const called: ScalarFunction = { name: "random", doc: "", parameters, result };
        expect(printed(called)["random"]?.(a, b)).toBe(callScalarFunction(called, a, b));
      }),
      { numRuns: 500 },
    );
  });
});

test("a long result does not end at its return", () => {
  let result: Scalar = variable("aVeryLongNameOfAParameter", "f32");
  for (let depth = 0; depth < 20; depth++) result = unary("sqrt", result);
  const parameters = [{ name: "aVeryLongNameOfAParameter", type: "f32" as const }];
  expect(printed({ name: "root", doc: "", parameters, result })["root"]?.(1)).toBe(1);
});

describe("evaluateScalar", () => {
  const [x32, x] = [variable("x", "f32"), variable("x", "f64")];
  const at = (value: number) => ({ variable: () => value });

  test("rounds every f32 operation, and an elementary function once", () => {
    expect(evaluateScalar(mul(add(x32, 1), 3), at(Math.fround(0.1)))).toBe(
      Math.fround(Math.fround(1 + Math.fround(0.1)) * 3),
    );
    expect(evaluateScalar(unary("exp", x32), at(1))).toBe(Math.fround(Math.E));
    expect(evaluateScalar(binary("pow", x32, constant(0.5, "f32")), at(2))).toBe(Math.fround(Math.SQRT2));
    expect(printScalar(unary("exp", x32), { known: () => undefined, variable: (name) => name })).toBe(
      "Math.fround(exp(x))",
    );
  });

  test("the bit primitives", () => {
    for (const value of [1, 1.5, 2 ** -1022, 3e-300, MAX_VALUE, 0.1]) {
      const exponent = evaluateScalar(unary("exponent", x), at(value));
      const mantissa = evaluateScalar(unary("mantissa", x), at(value));
      expect(mantissa >= 1 && mantissa < 2).toBe(true);
      expect(mantissa * evaluateScalar(unary("exp2i", x), at(exponent))).toBe(value);
    }
    expect([-1022, 0, 1023].map((k) => evaluateScalar(unary("exp2i", x), at(k)))).toEqual([2 ** -1022, 1, 2 ** 1023]);
  });

  test("computes a shared part once", () => {
    let reads = 0;
    let deep: Scalar = load("buffer", size("n"), "f64");
    for (let depth = 0; depth < 60; depth++) deep = add(deep, deep);
    const value = evaluateScalar(deep, {
      variable: () => 0,
      index: (each) => evaluateSize(each, () => 4),
      load: (buffer, index) => (reads++, buffer === "buffer" ? index : NaN),
    });
    expect([value, reads]).toEqual([4 * 2 ** 60, 1]);
  });

  test("i32 wraps", () => {
    const [word, big] = [variable("x", "i32"), 2 ** 31 - 1];
    expect(evaluateScalar(add(word, 1), at(big))).toBe(-(2 ** 31));
    expect(evaluateScalar(mul(word, word), at(big))).toBe(1);
    expect(evaluateScalar(unsigned(unary("not", word)), at(0))).toBe(2 ** 32 - 1);
    expect(evaluateScalar(binary("shr", word, 1), at(-1))).toBe(big);
  });

  test("says what it lacks", () => {
    expect(() => evaluateScalar(load("w", size(0), "f32"), at(0))).toThrow("no memory to load 'w' from");
    expect(() => evaluateScalar(unary("exp", variable("x", "i32")), at(0))).toThrow(
      "scalar exp has no meaning for i32",
    );
  });
});
