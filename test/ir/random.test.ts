import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { callScalarFunction } from "../../compiler/ir/evaluate.js";
import { drawOf, hashName, threefry, threefryWord, type WordPair } from "../../compiler/ir/random.js";
import { calledFunctions, printScalarFunction, printScalarFunctions } from "../../compiler/targets/js/math.js";
import type { ScalarFunction } from "../../compiler/ir/scalar.js";

function printed(called: ScalarFunction): (...words: number[]) => number {
  return new Function(`"use strict";${printScalarFunctions([called]).text}; return ${called.name};`)() as never;
}

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const pair = fc.tuple(word, word);

describe("threefry", () => {
  // Random123 1.14, tests/kat_vectors, the rows "threefry2x32 20".
  const vectors: readonly { counter: WordPair; key: WordPair; words: WordPair }[] = [
    { counter: [0, 0], key: [0, 0], words: [0x6b200159, 0x99ba4efe] },
    { counter: [-1, -1], key: [-1, -1], words: [0x1cb996fc, 0xbb002be7] },
    { counter: [0x243f6a88, 0x85a308d3], key: [0x13198a2e, 0x03707344], words: [0xc4923a9c, 0x483df7a0] },
  ];

  test.each(vectors)("the published answer for counter $counter", ({ counter, key, words }) => {
    expect(threefry(key, counter).map((each) => each >>> 0)).toEqual(words);
  });

  test("the scalar functions, evaluated and printed, are the plain one", () => {
    const functions = [printed(threefryWord(0)), printed(threefryWord(1))] as const;
    fc.assert(
      fc.property(pair, pair, (key, counter) => {
        const words = threefry(key, counter);
        expect(functions.map((each) => each(...key, ...counter))).toEqual(words);
        expect(([0, 1] as const).map((which) => callScalarFunction(threefryWord(which), ...key, ...counter))).toEqual(
          words,
        );
      }),
    );
  });

  test("is printed as rounds over two locals", () => {
    const lines = printScalarFunction(threefryWord(1)).split("\n");
    expect(lines.slice(1, 7)).toMatchInlineSnapshot(`
      [
        "function threefry1(k0, k1, c0, c1) {",
        "  let b = (c1 + k1) | 0;",
        "  let a = (((c0 + k0) | 0) + b) | 0;",
        "  b = ((b << 13) | (b >>> 19)) ^ a;",
        "  a = (a + b) | 0;",
        "  b = ((b << 15) | (b >>> 17)) ^ a;",
      ]
    `);
    expect(lines.length).toBeLessThan(60);
  });
});

const draws = (["uniform", "normal"] as const).flatMap((distribution) =>
  (["f32", "f64"] as const).map((type) => ({ distribution, type })),
);

describe("draws", () => {
  test.each(draws)("$distribution $type: printed equals evaluated, bit for bit", ({ distribution, type }) => {
    const called = drawOf(distribution, type);
    const draw = printed(called);
    fc.assert(
      fc.property(pair, pair, (key, counter) => {
        const value = draw(...key, ...counter);
        expect(value).toBe(callScalarFunction(called, ...key, ...counter));
        if (type === "f32") expect(Math.fround(value)).toBe(value);
        if (distribution === "uniform") expect(value >= 0 && value < 1).toBe(true);
        else expect(Math.abs(value)).toBeLessThan(6.77);
      }),
    );
  });

  const count = 100_000;
  function sample(distribution: "uniform" | "normal", type: "f32" | "f64"): Float64Array {
    const draw = printed(drawOf(distribution, type));
    return Float64Array.from({ length: count }, (_, index) => draw(hashName("a"), 1, index, 0));
  }

  test.each(["f32", "f64"] as const)("uniform %s fills every tenth alike", (type) => {
    const tenths = new Array<number>(10).fill(0);
    for (const value of sample("uniform", type)) tenths[Math.floor(value * 10)]! += 1;
    // 6 standard deviations of a binomial count.
    for (const tenth of tenths) expect(Math.abs(tenth - count / 10)).toBeLessThan(6 * Math.sqrt(count * 0.09));
  });

  test("normal has the moments 0, 1, 0, 3", () => {
    const moments = [0, 0, 0, 0];
    for (const value of sample("normal", "f32"))
      moments.forEach((_, power) => (moments[power]! += value ** (power + 1) / count));
    [0, 1, 0, 3].forEach((expected, power) => expect(moments[power]).toBeCloseTo(expected, 1));
  });

  test("a printed draw needs the two words, log and cos", () => {
    expect(calledFunctions([drawOf("normal", "f32")]).map(({ name }) => name)).toEqual([
      "threefry0",
      "log",
      "threefry1",
      "turnedSine",
      "cos",
      "normal32",
    ]);
  });
});

test("hashName is FNV-1a over UTF-8", () => {
  // Published values: http://www.isthe.com/chongo/tech/comp/fnv/
  expect(["", "a", "foobar"].map((text) => hashName(text) >>> 0)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
  expect(hashName("é")).toBe(hashName("\u00e9"));
  expect(hashName("e\u0301")).not.toBe(hashName("é"));
});
