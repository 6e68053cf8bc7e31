/** Elementary functions in lanes and one by one have the bits of their definitions, whose accuracy test/ir measures. */
import { describe, expect, test } from "vitest";
import type { Kernel } from "../../../compiler/ir/kernel.js";
import { mathFunction } from "../../../compiler/ir/math.js";
import { normalOrZero, smallestNormal } from "../../../compiler/ir/math/normal.js";
import { binary, load, unary, type Scalar, type ScalarFunction } from "../../../compiler/ir/scalar.js";
import { indexSize, size, type Index } from "../../../compiler/ir/size.js";
import { compileScalarFunction } from "../../ir/compiled.js";
import { runWasmKernel } from "../../kernel/wasm.js";

/** Every float32 whose low 16 bits are 0: all exponents and signs, zeros, infinities, NaN, subnormal numbers. */
const patterns = new Float32Array(Int32Array.from({ length: 65_536 }, (_, i) => i << 16).buffer);

/** y = f(x) for `count` elements: in lanes, but for a single one. */
function kernelOf(type: "f32" | "f64", count: number, f: (x: Scalar) => Scalar): Kernel {
  const i: Index = { id: "i", extent: size(count) };
  const at = indexSize(i);
  const value = f(load("x", at, type));
  return {
    name: "elementary",
    doc: [],
    body: [
      {
        kind: "loop",
        index: i,
        extent: size(count),
        carried: [],
        body: [{ kind: "store", buffer: "y", type, index: at, value, accumulate: false }],
      },
    ],
  };
}

const operators = ["exp", "log", "tanh", "sin", "cos", "erf"] as const;

describe.each(["f32", "f64"] as const)("in %s", (type) => {
  const Array_ = type === "f32" ? Float32Array : Float64Array;
  const x = Array_.from(patterns);

  test.each(operators)("%s", (operator) => {
    const f = compileScalarFunction(mathFunction(operator, type) as ScalarFunction);
    const wanted = x.map((each) => f(each));
    const y = new Array_(x.length);
    runWasmKernel(
      kernelOf(type, x.length, (each) => unary(operator, each)),
      { buffers: { x, y } },
    );
    expect(y.findIndex((each, at) => !Object.is(each, wanted[at]))).toBe(-1);
    for (let at = 0; at < x.length; at += 997) {
      const one = new Array_(1);
      runWasmKernel(
        kernelOf(type, 1, (each) => unary(operator, each)),
        { buffers: { x: x.slice(at, at + 1), y: one } },
      );
      expect(one[0], `${operator}(${x[at]})`).toBe(wanted[at]);
    }
  });

  test("0 for what is subnormal, and everything else as it is", () => {
    // The highest bits of every double, with lower bits of 0 and of 1, too.
    const wide = new Float64Array(Int32Array.from({ length: 2 * 131_072 }, (_, i) => (i % 2 ? (i >> 2) << 16 : (i >> 1) & 1)).buffer); // prettier-ignore
    const values = type === "f32" ? x : wide;
    const kept = (each: number): number => (Math.abs(each) < smallestNormal[type] ? 0 : each);
    const y = new Array_(values.length);
    const body = kernelOf(type, values.length, (each) => normalOrZero(each, type));
    runWasmKernel(body, { buffers: { x: values, y } });
    expect(y.findIndex((each, at) => !Object.is(each, kept(values[at] as number)))).toBe(-1);
    for (let at = 0; at < values.length; at += 997) {
      const one = new Array_(1);
      const alone = kernelOf(type, 1, (each) => normalOrZero(each, type));
      runWasmKernel(alone, { buffers: { x: values.slice(at, at + 1), y: one } });
      expect(one[0], String(values[at])).toBe(kept(values[at] as number));
    }
  });

  test("pow", () => {
    const power = compileScalarFunction(mathFunction("pow", type) as ScalarFunction);
    for (const exponent of [2.5, -1, 0, 3, Infinity, NaN]) {
      const wanted = x.map((each) => power(each, exponent));
      const y = new Array_(x.length);
      const constant: Scalar = { kind: "constant", type, value: exponent };
      runWasmKernel(
        kernelOf(type, x.length, (each) => binary("pow", each, constant)),
        { buffers: { x, y } },
      );
      expect(y.findIndex((each, at) => !Object.is(each, wanted[at]))).toBe(-1);
    }
  });
});
