/** Kernels that no operation makes yet, written by hand: what the IR must be able to say. */
import { expect, test } from "vitest";
import type { Carried, Kernel, Statement } from "../../compiler/ir/kernel.js";
import {
  add,
  and,
  binary,
  constant,
  indexValue,
  le,
  load,
  lt,
  mul,
  or,
  select,
  sub,
  variable,
  type Scalar,
  type ScalarType,
} from "../../compiler/ir/scalar.js";
import { add as addSizes, indexSize, mul as mulSizes, size, type Index, type Size } from "../../compiler/ir/size.js";
import { accessesOf } from "../../compiler/plan/verify/access.js";
import { flowOf } from "../../compiler/plan/verify/flow.js";
import { runKernel } from "./run.js";

const index = (id: string, extent: Size | null): Index => ({ id, extent });
const carried = (name: string, type: ScalarType, initial: Scalar, next: Scalar): Carried => ({
  name,
  result: `${name} after`,
  type,
  initial,
  next,
});
const store = (buffer: string, at: Size, value: Scalar): Statement => ({
  kind: "store",
  buffer,
  type: value.type,
  index: at,
  value,
  accumulate: false,
});
const bind = (bound: Index, value: Scalar): Statement => ({ kind: "bind", index: bound, value });
const assign = (name: string, value: Scalar): Statement => ({ kind: "let", name, value });
const i32 = (value: number): Scalar => constant(value, "i32");

test("cumulative sum: a row at a time, the sum carried and stored at each step", () => {
  const [row, column] = [index("row", size("rows")), index("column", size(5))];
  const at = addSizes(mulSizes(indexSize(row), size(5)), indexSize(column));
  const total = variable("total", "f64");
  const sum = variable("sum", "f64");
  const kernel: Kernel = {
    name: "cumulativeSum",
    doc: [],
    body: [
      {
        kind: "loop",
        index: row,
        extent: size("rows"),
        carried: [],
        body: [
          {
            kind: "loop",
            index: column,
            extent: size(5),
            carried: [carried("total", "f64", constant(0), sum)],
            body: [assign("sum", add(total, load("x", at, "f64"))), store("y", at, sum)],
          },
        ],
      },
    ],
  };
  const x = Float64Array.from({ length: 15 }, (_, i) => Math.sin(i) * 3);
  const y = new Float64Array(15);
  runKernel(kernel, { buffers: { x, y }, dims: { rows: 3 } });
  for (let i = 0; i < 3; i++)
    for (let j = 0, sum = 0; j < 5; j++) expect(y[5 * i + j]).toBe((sum += x[5 * i + j] as number));
  expect(flowOf(kernel).get("y")).toEqual(new Set(["x"]));
});

test("carried scalars change all at once: Fibonacci, and a rotation of three", () => {
  const [a, b, c] = [variable("a", "i32"), variable("b", "i32"), variable("c", "i32")];
  const step = index("step", size(10));
  const fibonacci: Kernel = {
    name: "fibonacci",
    doc: [],
    body: [
      {
        kind: "loop",
        index: step,
        extent: size(10),
        carried: [carried("a", "i32", i32(0), b), carried("b", "i32", i32(1), add(a, b))],
        body: [store("y", indexSize(step), a)],
      },
    ],
  };
  const y = new Int32Array(10);
  runKernel(fibonacci, { buffers: { y } });
  expect([...y]).toEqual([0, 1, 1, 2, 3, 5, 8, 13, 21, 34]);

  const rotate: Kernel = {
    name: "rotate",
    doc: [],
    body: [
      {
        kind: "loop",
        index: step,
        extent: size("steps"),
        carried: [carried("a", "i32", i32(1), b), carried("b", "i32", i32(2), c), carried("c", "i32", i32(3), a)],
        body: [],
      },
      ...["a", "b", "c"].map((name, at) => store("z", size(at), variable(`${name} after`, "i32"))),
    ],
  };
  const z = new Int32Array(3);
  runKernel(rotate, { buffers: { z }, dims: { steps: 4 } });
  expect([...z]).toEqual([2, 3, 1]);
});

test("conditional stores: what is not reached is not changed", () => {
  const i = index("i", size("n"));
  const value = load("x", indexSize(i), "f64");
  const kernel: Kernel = {
    name: "positive",
    doc: [],
    body: [
      {
        kind: "loop",
        index: i,
        extent: size("n"),
        carried: [],
        body: [
          {
            kind: "if",
            condition: lt(constant(0), value),
            then: [
              assign("root", { kind: "unary", type: "f64", operator: "sqrt", x: value }),
              store("y", indexSize(i), variable("root", "f64")),
            ],
          },
          { kind: "if", condition: lt(value, constant(0)), then: [store("y", indexSize(i), constant(-1))] },
        ],
      },
    ],
  };
  const y = Float64Array.of(7, 7, 7, 7);
  runKernel(kernel, { buffers: { x: Float64Array.of(4, -1, 0, 9), y }, dims: { n: 4 } });
  expect([...y]).toEqual([2, -1, 7, 3]);
});

test("a search: a while loop that carries two bounds, and a load at a computed place in its condition", () => {
  // The first place at which the sorted x is not below the wanted value.
  const [low, high] = [variable("low", "i32"), variable("high", "i32")];
  const q = index("q", size("queries"));
  const middle = index("middle", null);
  const half = binary("shr", add(low, high), i32(1));
  const below = variable("below", "bool");
  const kernel: Kernel = {
    name: "search",
    doc: [],
    body: [
      {
        kind: "loop",
        index: q,
        extent: size("queries"),
        carried: [],
        body: [
          {
            kind: "while",
            condition: lt(low, high),
            limit: size(32),
            carried: [
              carried("low", "i32", i32(0), select(below, add(variable("at", "i32"), 1), low)),
              carried("high", "i32", indexValue(size("n")), select(below, high, variable("at", "i32"))),
            ],
            body: [
              assign("at", half),
              bind(middle, variable("at", "i32")),
              assign("below", lt(load("x", indexSize(middle), "f64"), load("wanted", indexSize(q), "f64"))),
            ],
          },
          store("place", indexSize(q), variable("low after", "i32")),
        ],
      },
    ],
  };
  const x = Float64Array.of(1, 2, 2, 4, 8, 16);
  const wanted = Float64Array.of(0, 1, 2, 3, 8, 9, 17);
  const place = new Int32Array(7);
  runKernel(kernel, { buffers: { x, wanted, place }, dims: { n: 6, queries: 7 } });
  expect([...place]).toEqual([...wanted].map((each) => [...x].filter((other) => other < each).length));
  expect(flowOf(kernel).get("place")).toEqual(new Set(["x", "wanted"]));
});

/**
 * Bottom-up merge sort of n numbers in x, with y as the other buffer: runs of `width` become runs of 2 `width`, from
 * x to y and back to x. Sorting is stable.
 */
function mergeSort(): Kernel {
  const n = indexValue(size("n"));
  const width = variable("width", "i32");
  const start = variable("start", "i32");
  const least = (a: Scalar, b: Scalar): Scalar => select(lt(a, b), a, b);
  const i = index("i", size("n"));

  /** One run: [start, middle) and [middle, end) of `from` into `to`. */
  const merge = (from: string, to: string): Statement[] => {
    const name = (text: string): string => `${text} of ${from}`;
    const [left, right] = [variable(name("left"), "i32"), variable(name("right"), "i32")];
    const [middle, end] = [variable(name("middle"), "i32"), variable(name("end"), "i32")];
    const out = index(name("out"), null);
    const [l, r] = [index(name("l"), null), index(name("r"), null)];
    const takes = variable(name("takes left"), "bool");
    const last = sub(n, 1);
    const value = (at: Index): Scalar => load(from, indexSize(at), "f64");
    return [
      assign(name("middle"), least(add(start, width), n)),
      assign(name("end"), least(add(start, mul(i32(2), width)), n)),
      {
        kind: "while",
        condition: or(lt(left, middle), lt(right, end)),
        limit: size("n"),
        carried: [
          { ...carried(name("left"), "i32", start, select(takes, add(left, 1), left)) },
          { ...carried(name("right"), "i32", middle, select(takes, right, add(right, 1))) },
        ],
        body: [
          bind(l, least(left, last)),
          bind(r, least(right, last)),
          assign(name("takes left"), and(lt(left, middle), or(le(end, right), le(value(l), value(r))))),
          bind(out, sub(add(left, right), middle)),
          store(to, indexSize(out), select(takes, value(l), value(r))),
        ],
      },
    ];
  };

  return {
    name: "mergeSort",
    doc: ["sorts x"],
    body: [
      {
        kind: "while",
        condition: lt(width, n),
        limit: size(32),
        carried: [carried("width", "i32", i32(1), mul(i32(2), width))],
        body: [
          {
            kind: "while",
            condition: lt(start, n),
            limit: size("n"),
            carried: [carried("start", "i32", i32(0), add(start, mul(i32(2), width)))],
            body: merge("x", "y"),
          },
          {
            kind: "loop",
            index: i,
            extent: size("n"),
            carried: [],
            body: [store("x", indexSize(i), load("y", indexSize(i), "f64"))],
          },
        ],
      },
    ],
  };
}

test("merge sort: whiles in whiles, carried int32 scalars as places, two buffers", () => {
  const kernel = mergeSort();
  expect(accessesOf(kernel).faults).toEqual([]);
  for (const n of [1, 2, 3, 7, 16, 33, 100]) {
    const x = Float64Array.from({ length: n }, (_, i) => Math.round(Math.sin(i * 7.77) * 50));
    const expected = [...x].sort((a, b) => a - b);
    runKernel(kernel, { buffers: { x, y: new Float64Array(n) }, dims: { n } });
    expect([...x]).toEqual(expected);
  }
});

test("a bounded while stops at its limit", () => {
  const count = variable("count", "i32");
  const kernel: Kernel = {
    name: "bounded",
    doc: [],
    body: [
      {
        kind: "while",
        condition: lt(count, 1000),
        limit: size("most"),
        carried: [carried("count", "i32", i32(0), add(count, 1))],
        body: [],
      },
      store("y", size(0), variable("count after", "i32")),
    ],
  };
  const y = new Int32Array(1);
  runKernel(kernel, { buffers: { y }, dims: { most: 10 } });
  expect([...y]).toEqual([10]);
});

test("a carried scalar that starts as another one's value is another variable", () => {
  // inner starts at outer, and outer goes its own way.
  const [outer, inner] = [variable("outer", "i32"), variable("outer2", "i32")];
  const [i, j] = [index("i", size(3)), index("j", size(2))];
  const kernel: Kernel = {
    name: "apart",
    doc: [],
    body: [
      {
        kind: "loop",
        index: i,
        extent: size(3),
        carried: [carried("outer", "i32", i32(0), add(outer, 1))],
        body: [
          {
            kind: "loop",
            index: j,
            extent: size(2),
            carried: [carried("outer2", "i32", outer, add(inner, 10))],
            body: [],
          },
          store("y", indexSize(i), variable("outer2 after", "i32")),
        ],
      },
    ],
  };
  const y = new Int32Array(3);
  runKernel(kernel, { buffers: { y } });
  expect([...y]).toEqual([20, 21, 22]);
});
