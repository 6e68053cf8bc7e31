/** Statements and scalars as JavaScript, one kind after another. */
import { describe, expect, it } from "vitest";
import type { Axis, Carried, Kernel, Statement } from "../../compiler/ir/kernel.js";
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
  select,
  sub,
  unary,
  variable,
  xor,
  type Scalar,
  type ScalarType,
} from "../../compiler/ir/scalar.js";
import { add as addSizes, indexSize, mul as mulSizes, size, type Index } from "../../compiler/ir/size.js";
import { printed, runKernel, runInJavaScript, type Memory } from "../kernel/run.js";

const i: Index = { id: "i.1", extent: size("n") };
const here = indexSize(i);
const store = (buffer: string, value: Scalar, accumulate = false): Statement => ({
  kind: "store",
  buffer,
  type: value.type,
  index: here,
  value,
  accumulate,
});
const carried = (name: string, type: ScalarType, initial: Scalar, next: Scalar): Carried => ({
  name,
  result: `${name}'`,
  type,
  initial,
  next,
});
const over = (body: readonly Statement[], more: readonly Carried[] = []): Statement => ({
  kind: "loop",
  index: i,
  extent: size("n"),
  carried: more,
  body,
});
const kernel = (...body: readonly Statement[]): Kernel => ({ name: "kernel", doc: [], body });

/** What y holds after `y[i] = value` for every i. */
function mapped(value: Scalar, buffers: Record<string, Memory>, y: Memory): number[] {
  runKernel(kernel(over([store("y", value)])), { buffers: { ...buffers, y }, dims: { n: y.length } });
  return [...y];
}

describe("statements", () => {
  it("a reduction and a map in one loop of rows", () => {
    const k: Index = { id: "k.2", extent: size(3) };
    const at = addSizes(mulSizes(here, size(3)), indexSize(k));
    const sum = variable("sum:4:0", "f64");
    const total: Carried = { ...carried("sum:4:0", "f64", constant(0), add(sum, load("x", at, "f64"))) };
    const text = printed(
      kernel(
        over([
          { kind: "loop", index: k, extent: size(3), carried: [total], body: [] },
          store("y", convert(variable("sum:4:0'", "f64"), "f32")),
        ]),
      ),
      (id) => id.split(":")[0] as string,
    );
    expect(text).toMatchInlineSnapshot(`
      "function kernel(x, y, n) {
        for (let i = 0; i < n; i++) {
          let sum = 0;
          for (let j = 0; j < 3; j++) {
            sum += x[i * 3 + j];
          }
          y[i] = sum;
        }
      }"
    `);
  });

  it("let, bind, if, and an addition to what is there", () => {
    const at: Index = { id: "at.3", extent: size(4) };
    const text = printed(
      kernel(
        over([
          { kind: "let", name: "label", value: load("labels", here, "i32") },
          { kind: "bind", index: at, value: variable("label", "i32") },
          {
            kind: "if",
            condition: lt(variable("label", "i32"), 4),
            then: [
              {
                kind: "store",
                buffer: "counts",
                type: "f64",
                index: indexSize(at),
                value: constant(1),
                accumulate: true,
              },
            ],
          },
        ]),
      ),
    );
    expect(text).toMatchInlineSnapshot(`
      "function kernel(labels, counts, n) {
        for (let i = 0; i < n; i++) {
          const label = labels[i];
          const at = label;
          if (label < 4) {
            counts[at] += 1;
          }
        }
      }"
    `);
  });

  it("carried scalars that need each other change at once", () => {
    const [a, b] = [variable("a", "f64"), variable("b", "f64")];
    const swap = kernel(
      over([store("y", a)], [carried("a", "f64", constant(1), b), carried("b", "f64", constant(2), a)]),
    );
    const y = new Float64Array(5);
    runKernel(swap, { buffers: { y }, dims: { n: 5 } });
    expect([...y]).toEqual([1, 2, 1, 2, 1]);
    expect(printed(swap)).toMatchInlineSnapshot(`
      "function kernel(y, n) {
        let a = 1;
        let b = 2;
        for (let i = 0; i < n; i++) {
          y[i] = a;
          const nextA = b;
          const nextB = a;
          a = nextA;
          b = nextB;
        }
      }"
    `);
  });

  it("a contraction, small and in blocks, rounds once", () => {
    for (const [rows, columns, depths] of [
      [2, 3, 4],
      [33, 29, 300],
      [1, 1, 1],
      [1, 70, 70],
      [70, 1, 70],
    ] as const) {
      const [row, column, depth] = [rows, columns, depths].map((extent, axis) => ({
        id: `c.${axis}`,
        extent: size(extent),
      })) as [Axis, Axis, Axis];
      const at = (a: Index, b: Index, width: number) => addSizes(mulSizes(indexSize(a), size(width)), indexSize(b));
      const product = kernel({
        kind: "contract",
        type: "f32",
        rows: [row],
        columns: [column],
        depths: [depth],
        a: { buffer: "a", index: at(row, depth, depths) },
        b: { buffer: "b", index: at(column, depth, depths) },
        value: "dot:1",
        epilogue: [
          {
            kind: "store",
            buffer: "y",
            type: "f32",
            index: at(row, column, columns),
            value: variable("dot:1", "f32"),
            accumulate: false,
          },
        ],
        tiling: { cover: "exact", epilogue: "last", wholeColumns: 0 },
      });
      const a = Float32Array.from({ length: rows * depths }, (_, each) => Math.sin(each));
      const b = Float32Array.from({ length: columns * depths }, (_, each) => Math.cos(each * 1.7));
      const y = new Float32Array(rows * columns);
      runInJavaScript(product, { buffers: { a, b, y } });
      const expected = Float32Array.from(y, (_, each) => {
        let sum = 0;
        for (let k = 0; k < depths; k++)
          sum += (a[Math.floor(each / columns) * depths + k] as number) * (b[(each % columns) * depths + k] as number);
        return sum;
      });
      expect([...y]).toEqual([...expected]);
    }
  });
});

describe("scalars", () => {
  const x = load("x", here, "f32");

  it("f32 rounds at every operation, f64 does not", () => {
    const values = Float32Array.of(0.1, 1e-8, 3, 16777216);
    const once = mapped(add(mul(x, 3), 1), { x: values }, new Float32Array(4));
    expect(once).toEqual([...values].map((each) => Math.fround(Math.fround(each * 3) + 1)));
    const wide = mapped(add(mul(convert(x, "f64"), 3), 1), { x: values }, new Float64Array(4));
    expect(wide).toEqual([...values].map((each) => each * 3 + 1));
    const narrowed = mapped(convert(add(convert(x, "f64"), 1), "f32"), { x: values }, new Float32Array(4));
    expect(narrowed).toEqual([...values].map((each) => Math.fround(each + 1)));
  });

  it("keeps the grouping of sums and products", () => {
    const [a, b, c] = ["a", "b", "c"].map((name) => load(name, here, "f64")) as [Scalar, Scalar, Scalar];
    const given = { a: Float64Array.of(1e16), b: Float64Array.of(1), c: Float64Array.of(-1e16) };
    expect(mapped(add(a, add(b, c)), given, new Float64Array(1))).toEqual([1e16 + (1 + -1e16)]);
    expect(mapped(add(add(a, b), c), given, new Float64Array(1))).toEqual([0]);
    expect(mapped(sub(a, sub(b, c)), given, new Float64Array(1))).toEqual([1e16 - (1 - -1e16)]);
    expect(mapped(sub(a, unary("neg", unary("neg", c))), given, new Float64Array(1))).toEqual([2e16]);
    expect(mapped(binary("div", a, mul(b, c)), given, new Float64Array(1))).toEqual([-1]);
  });

  it("int32 wraps around", () => {
    const n = load("n", here, "i32");
    const given = { n: Int32Array.of(2147483647, -5, 65537) };
    expect(mapped(add(n, 1), given, new Int32Array(3))).toEqual([-2147483648, -4, 65538]);
    expect(mapped(mul(n, n), given, new Int32Array(3))).toEqual([1, 25, 131073]);
    expect(mapped(binary("shr", n, constant(1, "i32")), given, new Int32Array(3))).toEqual([
      1073741823, 2147483645, 32768,
    ]);
    expect(mapped(convert({ kind: "unsigned", type: "f64", x: n }, "f64"), given, new Float64Array(3))).toEqual([
      2147483647, 4294967291, 65537,
    ]);
    expect(mapped(add(indexValue(mulSizes(here, size(2))), indexValue(here)), {}, new Int32Array(3))).toEqual([
      0, 3, 6,
    ]);
  });

  it("a bool is 1 or 0 in memory, and compares with a comparison", () => {
    const flag = load("flag", here, "bool");
    const positive = lt(constant(0), load("v", here, "f64"));
    const given = { flag: Uint8Array.of(1, 1, 0, 0), v: Float64Array.of(1, -1, 1, -1) };
    const result = (value: Scalar) => mapped(value, given, new Uint8Array(4));
    expect(result(and(flag, positive))).toEqual([1, 0, 0, 0]);
    expect(result(unary("not", flag))).toEqual([0, 0, 1, 1]);
    expect(result(select(flag, positive, flag))).toEqual([1, 0, 0, 0]);
    expect(result(xor(flag, positive))).toEqual([0, 1, 1, 0]);
    expect(result(eq(flag, positive))).toEqual([1, 0, 0, 1]);
    expect(result(ne(flag, positive))).toEqual([0, 1, 1, 0]);
    expect(result(eq(flag, flag))).toEqual([1, 1, 1, 1]);
    expect(mapped(convert(flag, "f64"), given, new Float64Array(4))).toEqual([1, 1, 0, 0]);
  });

  it("numbers that JavaScript writes oddly", () => {
    for (const value of [-0, 1e21, 1e-7, 5e-324, -1.5, 1 / 3, Number.MAX_VALUE, Infinity, -Infinity, NaN]) {
      const [result] = mapped(constant(value), {}, new Float64Array(1));
      expect(result).toBe(value);
      expect(mapped(sub(constant(2), constant(value)), {}, new Float64Array(1))).toEqual([2 - value]);
    }
  });
});

describe("hostile labels", () => {
  it("buffers, scalars, dimensions and locals may be called anything", () => {
    const labels = [
      "__proto__",
      "*/ throw 1; /*",
      "a\nthrow 1",
      '"',
      "while",
      "名前",
      "x".repeat(10_000),
      "arguments",
      "${1}",
      "Math",
    ];
    for (const label of labels) {
      const dim = { id: "d", extent: size(label) };
      const hostile: Kernel = {
        name: label,
        doc: [label],
        body: [
          {
            kind: "loop",
            index: dim,
            extent: size(label),
            carried: [],
            body: [
              {
                kind: "let",
                name: `local:${label}`,
                value: add(load(`in:${label}`, indexSize(dim), "f64"), variable(`scalar ${label}`, "f64")),
              },
              {
                kind: "store",
                buffer: `out:${label}`,
                type: "f64",
                index: indexSize(dim),
                value: variable(`local:${label}`, "f64"),
                accumulate: false,
              },
            ],
          },
        ],
      };
      const text = printed(hostile, () => label);
      expect(text).toMatch(/^[\x20-\x7e\n]*$/);
      expect(text).not.toMatch(/throw 1|\*\//);
      const y = new Float64Array(2);
      runKernel(hostile, {
        buffers: { [`in:${label}`]: Float64Array.of(1, 2), [`out:${label}`]: y },
        dims: Object.fromEntries([[label, 2]]),
        scalars: { [`scalar ${label}`]: 10 },
      });
      expect([...y]).toEqual([11, 12]);
    }
  });
});
