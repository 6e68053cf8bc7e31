/** Data: batches of columns, orders, parts, weights of classes, tables and images. */
import { describe, expect, it, test } from "vitest";
import fc from "fast-check";
import {
  batches,
  category,
  classWeights,
  number,
  pixels,
  predict,
  evaluate,
  split,
  table,
  type Columns,
} from "../../train/default.js";
import type { FunctionShapes } from "../../runtime/types.js";
import { runs } from "../runs.js";
import { classifier, rows } from "./nets.js";

const shapes: FunctionShapes = {
  inputs: {
    x: { element: "float32", shape: ["batch", 2, 3] },
    y: { element: "int32", shape: ["batch"] },
    m: { element: "bool", shape: ["batch", "time"] },
    t: { element: "float32", shape: [] },
    z: { element: "float64", shape: ["rows", 2] },
  },
  outputs: {},
  dims: { batch: 40 },
};

type Any = Readonly<Record<string, ArrayLike<number>>>;

/** The batches of an epoch, copied. */
function all(data: Columns, options: Parameters<typeof batches>[1], epoch = 1, from = 0): Record<string, number[]>[] {
  const bound = batches(data, options).of!(shapes, { batch: 4, time: 9 });
  return [...(bound.epoch(epoch, from) as Iterable<Any>)].map((batch) =>
    Object.fromEntries(
      Object.entries(batch).map(([name, values]) => [name, typeof values === "number" ? [values] : Array.from(values)]),
    ),
  );
}

const ramp = (length: number) => Float32Array.from({ length }, (_, i) => i);
const column = (count: number) => ({ x: ramp(6 * count), y: Int32Array.from({ length: count }, (_, i) => i) });

describe("batches", () => {
  test("of every size have the rows in order, and the last has the rest", () => {
    for (const [count, size] of [
      [1, 1],
      [1, 5],
      [3, 1],
      [5, 3],
      [17, 5],
      [17, 17],
      [17, 16],
      [40, 40],
    ] as const) {
      const found = all(column(count), { size });
      expect(found.flatMap(({ y }) => y)).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(found.flatMap(({ x }) => x)).toEqual([...ramp(6 * count)]);
      expect(found.map(({ y }) => y!.length)).toEqual(
        Array.from({ length: Math.ceil(count / size) }, (_, i) => Math.min(size, count - i * size)),
      );
      expect(all(column(count), { size, dropLast: size <= count })).toHaveLength(
        size <= count ? Math.floor(count / size) : 1,
      );
    }
  });

  test("that are shuffled keep rows together, whatever their width, and are another order in each epoch", () => {
    for (const width of [1, 2, 31, 32, 100]) {
      const own = {
        ...shapes,
        inputs: { x: { element: "float32", shape: ["batch", width] }, y: shapes.inputs["y"]! },
      } as FunctionShapes;
      const data = { x: ramp(width * 17), y: Int32Array.from({ length: 17 }, (_, i) => i) };
      const orders = [1, 2, 3].map((epoch) => {
        const bound = batches(data, { size: 5, shuffle: true, seed: 7 }).of!(own, {});
        const order: number[] = [];
        for (const { x, y } of bound.epoch(epoch) as Iterable<typeof data>) {
          for (const [at, row] of y.entries()) {
            expect([...x.subarray(at * width, (at + 1) * width)]).toEqual([
              ...data.x.subarray(row * width, (row + 1) * width),
            ]);
            order.push(row);
          }
        }
        expect([...order].sort((a, b) => a - b)).toEqual([...data.y]);
        return order.join();
      });
      expect(new Set(orders).size).toBe(3);
    }
  });

  /** Written out, so that a run of an earlier version goes on with the same orders. */
  test("have an order that depends on the seed and the epoch alone", () => {
    const order = (seed: number, epoch: number) =>
      all(column(9), { size: 9, shuffle: true, seed }, epoch)[0]!["y"]!.join("");
    expect([order(0, 1), order(0, 2), order(1, 1), order(2 ** 40, 1), order(2 ** 53 - 1, 99)]).toMatchInlineSnapshot(`
      [
        "412706358",
        "613485702",
        "627481503",
        "784253016",
        "817036254",
      ]
    `);
    expect(order(2 ** 40 + 1, 1)).not.toBe(order(1, 1));
  });

  test("have orders in which every row is anywhere alike", () => {
    const counts = Array.from({ length: 5 }, () => new Array<number>(5).fill(0));
    for (let epoch = 1; epoch <= 5000; epoch++)
      for (const [at, row] of all(column(5), { size: 5, shuffle: true }, epoch)[0]!["y"]!.entries())
        counts[at]![row]!++;
    for (const each of counts.flat()) expect(Math.abs(each - 1000)).toBeLessThan(150);
  });

  test("go on within an epoch with the same batches", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 40 }),
        fc.nat(50),
        fc.boolean(),
        fc.boolean(),
        (count, size, from, shuffle, balanced) => {
          const balance = Array.from({ length: count }, (_, i) => i % 3);
          const options = { size, shuffle, seed: 3, ...(balanced && { balance }) };
          expect(all(column(count), options, 4, from)).toEqual(all(column(count), options, 4).slice(from));
        },
      ),
      runs(300, 1),
    );
  });

  test("that are balanced draw all classes alike", () => {
    const classes = Array.from({ length: 40 }, (_, i) => (i === 7 ? 5 : i < 10 ? -1 : 0));
    const drawn = new Map<number, number>();
    for (let epoch = 1; epoch <= 100; epoch++)
      for (const row of all(column(40), { size: 40, balance: classes }, epoch)[0]!["y"]!)
        drawn.set(classes[row]!, (drawn.get(classes[row]!) ?? 0) + 1);
    for (const each of [5, -1, 0]) expect(Math.abs(drawn.get(each)! - 4000 / 3)).toBeLessThan(150);
  });

  test("take arrays of every kind: rows in arrays, truth values, bytes", () => {
    const x = [[[1, 2, 3], [4, 5, 6]], [[7, 8, 9], [10, 11, 12]]]; // prettier-ignore
    expect(all({ x, y: [3, 4] }, { size: 1 })).toEqual([
      { x: [1, 2, 3, 4, 5, 6], y: [3] },
      { x: [7, 8, 9, 10, 11, 12], y: [4] },
    ]);
    expect(all({ x: x.flat(2), y: new Uint8Array([3, 4]) }, { size: 2 })).toEqual([{ x: x.flat(2), y: [3, 4] }]);
    expect(all({ x: x.map((each) => Float64Array.from(each.flat())), y: [0, 1] }, { size: 2 })[0]!["x"]).toEqual(
      x.flat(2),
    );
    expect(all({ m: [[true, false, true], [false, false, true]] }, { size: 1, dims: { time: 3 } })).toEqual([{ m: [1, 0, 1] }, { m: [0, 0, 1] }]); // prettier-ignore
    expect(all({ m: Uint8Array.of(1, 0, 1, 1), y: [0, 1] }, { size: 1, rows: 2 })).toEqual([
      { m: [1, 0], y: [0] },
      { m: [1, 1], y: [1] },
    ]);
    expect(all({ y: [1, 2] }, { size: 2, fixed: { t: 0.5 } })).toEqual([{ y: [1, 2], t: [0.5] }]);
  });

  test("that do not fit are refused with the column and the row", () => {
    const cases: readonly (readonly [Columns, object, string])[] = [
      [{ x: ramp(7) }, {}, "data 'x': expected rows of 6 numbers, found 7 numbers"],
      [{ x: new Float32Array(0) }, {}, "data 'x': expected rows of 6 numbers, found 0 numbers"],
      [{ x: [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5]] }, {}, "data 'x' at row 1: expected 6 numbers, found 5"],
      [{ y: [1, 2, 3.5] }, {}, "data 'y' at row 2: expected whole numbers, found 3.5"],
      [{ y: [1, 2 ** 31] }, {}, "data 'y' at row 1: expected whole numbers, found 2147483648"],
      [{ x: [1, 2, 3, 4, 5, NaN] }, {}, "data 'x' at row 0: expected float32, found NaN"],
      [{ x: ["1", 2, 3, 4, 5, 6] as never }, {}, "data 'x' at row 0: expected float32, found 1"],
      [{ y: new Float32Array(2) }, {}, "data 'y': expected an array for int32, found Float32Array"],
      [{ x: new Int32Array(6) }, {}, "data 'x': expected an array for float32, found Int32Array"],
      [{ x: "123456" as never }, {}, "data 'x': expected an array, found 123456"],
      [{ m: [true, false] }, {}, "data 'm': expected the size of 'time' in dims, found none"],
      [{ m: [true, 2] }, { dims: { time: 2 } }, "data 'm' at row 0: expected bool, found 2"],
      [{ m: [true, false, true] }, { rows: 2 }, "data 'm': expected rows of 1.5 numbers, found 3 numbers"],
      [{ t: [1] }, {}, "data 't': expected an input with rows, found []"],
      [{ y: [1], z: [1, 2] }, {}, "data 'z': expected an input whose rows are 'batch', found [rows,2]"],
      [{ w: [1] }, {}, "data 'w': expected x, y, m, t, z, found none"],
      [{ constructor: [1] } as never, {}, "data 'constructor': expected x, y, m, t, z, found none"],
      [{}, {}, "data: expected a column, found none"],
      [{ y: [1] }, { size: 41 }, "size: expected at most 40, the capacity, found 41"],
      [{ y: [1] }, { size: 2, dropLast: true }, "size: expected at most 1, the number of rows, found 2"],
      [{ y: [1, 2] }, { balance: [1] }, "balance: expected 2 classes, found 1"],
    ]; // prettier-ignore
    for (const [data, options, words] of cases) expect(() => all(data, { size: 1, ...options }), words).toThrow(words);
    expect(() => batches({}, { size: 0 })).toThrow("size: expected a whole number from 1, found 0");
    expect(() => batches({}, { size: 1, seed: 0.5 })).toThrow("seed: expected a whole number from 0, found 0.5");
    expect(() => batches({}, { size: 1, shufle: true } as never)).toThrow(
      /^batches: expected size, shuffle, .*, found 'shufle'$/,
    );
    expect(() => batches({ y: [1] }, { size: 1 }).epoch(1)).toThrow("batches: expected the shapes of a function");
  });
});

describe("split", () => {
  const data = {
    x: ramp(30),
    y: Array.from({ length: 10 }, (_, i) => i),
    z: Array.from({ length: 10 }, (_, i) => [i, -i]),
  };

  it("takes each row once, whole, in both parts, in an order of its own", () => {
    const [rest, part] = split(data, { part: 0.3, seed: 4 });
    expect([rest.y.length, part.y.length]).toEqual([7, 3]);
    expect([...rest.y, ...part.y].sort((a, b) => a - b)).toEqual(data.y);
    for (const each of [rest, part]) {
      expect(each.x).toBeInstanceOf(Float32Array);
      expect([...each.x]).toEqual(each.y.flatMap((row) => [3 * row, 3 * row + 1, 3 * row + 2]));
      expect(each.z).toEqual(each.y.map((row) => [row, -row]));
    }
    expect(split(data, { part: 0.3, seed: 4 })).toEqual([rest, part]);
    expect(split(data, { part: 0.3, seed: 5 })).not.toEqual([rest, part]);
  });

  it("has the share of every class in each part", () => {
    const by = Array.from({ length: 100 }, (_, i) => (i < 80 ? 0 : i < 95 ? 1 : 2));
    const [rest, part] = split({ row: Array.from({ length: 100 }, (_, i) => i) }, { part: 0.2, by });
    const counts = (rows: readonly number[]) => [0, 1, 2].map((each) => rows.filter((row) => by[row] === each).length);
    expect([counts(rest.row), counts(part.row)]).toEqual([[64, 12, 4], [16, 3, 1]]); // prettier-ignore
  });

  it("refuses what it cannot take apart", () => {
    for (const [given, options, words] of [
      [data, { part: 1 }, "part: expected a number above 0 and below 1, found 1"],
      [data, { part: 0.01 }, "part: expected one that leaves rows in both parts, found 0.01"],
      [{ x: ramp(30) }, { part: 0.5 }, "split: expected rows, or by, found none: lengths alone do not tell"],
      [{ x: ramp(30) }, { part: 0.5, rows: 7 }, "data 'x': expected equally many numbers for 7 rows, found 30"],
      [{ x: ramp(30) }, { part: 0.5, rows: 7, by: [1] }, "by: expected 7 classes, found 1"],
      [{ x: ramp(1) }, { part: 0.5, rows: 1 }, "rows: expected at least 2, found 1"],
      [data, { parts: 0.5 }, "split: expected part, seed, by, rows, found 'parts'"],
    ] as const)
      expect(() => split(given, options as never)).toThrow(words);
  });
});

test("classWeights are scikit-learn's: rows / (classes * count)", () => {
  expect([...classWeights([0, 0, 0, 1, 2, 2], 3)]).toEqual([6 / 9, 2, 1].map(Math.fround));
  expect([...classWeights([0], 2)]).toEqual([0.5, 0]);
  expect(() => classWeights([0, 2], 2)).toThrow("labels at row 1: expected a whole number from 0 below 2, found 2");
  expect(() => classWeights([0.5], 2)).toThrow("labels at row 0: expected a whole number from 0 below 2, found 0.5");
});

describe("table", () => {
  const schema = { kind: category(["a", "b"]), size: number({ missing: "mean" }), age: number() };

  it("reads objects, and arrays under a header, with missing values", async () => {
    const objects = [
      { kind: "b", size: "1.5", age: 3, more: "x" },
      { kind: "a", size: "", age: "4e1" },
      { kind: "a", size: null, age: -1 },
      { kind: "b", size: 2.5, age: " 7 " },
    ];
    const found = await table(objects, schema);
    expect(found).toEqual({
      rows: 4,
      columns: {
        kind: Int32Array.of(1, 0, 0, 1),
        size: Float64Array.of(1.5, 2, 2, 2.5),
        age: Float64Array.of(3, 40, -1, 7),
      },
      filled: { size: 2 },
    });
    const lines = [
      ["age", "more", "kind", "size"],
      ...objects.map(({ kind, size, age, more }) => [age, more, kind, size]),
    ];
    expect(await table(lines, schema)).toEqual(found);
    expect(await table((async function* () { yield* lines; })(), schema)).toEqual(found); // prettier-ignore
    const filled = await table([{ kind: "", size: "", age: 1 }], {
      kind: category(["a", "b"], { missing: "b" }),
      size: number({ missing: found.filled["size"]! }),
    });
    expect(filled.columns).toEqual({ kind: Int32Array.of(1), size: Float64Array.of(2) });
  });

  it("names the row and the column of what it refuses", async () => {
    for (const [rows, words] of [
      [[{ kind: "c", size: 1, age: 1 }], "row 1, column 'kind': expected one of a, b, found 'c'"],
      [
        [
          { kind: "a", size: 1, age: 1 },
          { kind: "a", size: "1,5", age: 1 },
        ],
        "row 2, column 'size': expected a number, found '1,5'",
      ],
      [[{ kind: "a", size: 1 }], "row 1, column 'age': expected a value, or 'missing' in the schema, found none"],
      [[{ kind: "a", size: 1, age: "  " }], "row 1, column 'age': expected a number, found '  '"],
      [[{ kind: "a", size: 1, age: Infinity }], "row 1, column 'age': expected a number, found 'Infinity'"],
      [
        [
          ["kind", "size"],
          ["a", 1],
        ],
        "column 'age': expected one of the first row, found kind, size",
      ],
      [[{ kind: "a", size: "", age: 1 }], "column 'size': expected a number to take the mean of, found none"],
      [[], "table: expected at least one row, found none"],
      [[["kind", "size", "age"]], "table: expected at least one row, found none"],
    ] as const)
      await expect(table(rows, schema)).rejects.toThrow(words);
  });
});

describe("pixels", () => {
  const image = { width: 2, height: 1, data: Uint8ClampedArray.of(255, 0, 51, 255, 0, 102, 255, 0) };
  const rounded = (values: ArrayLike<number>) => Array.from(values, (each) => Math.round(each * 1000) / 1000);

  it("gives channels one after another, or side by side, as shades, and standardized", () => {
    expect(rounded(pixels(image, new Float32Array(6)))).toEqual([1, 0, 0, 0.4, 0.2, 1]);
    expect(rounded(pixels(image, new Float64Array(6), { layout: "NHWC" }))).toEqual([1, 0, 0.2, 0, 0.4, 1]);
    expect(rounded(pixels(image, new Float32Array(8), { channels: 4 }))).toEqual([1, 0, 0, 0.4, 0.2, 1, 1, 0]);
    expect(rounded(pixels(image, new Float32Array(2), { channels: 1 }))).toEqual([0.322, 0.349]);
    expect(rounded(pixels(image, new Float32Array(6), { mean: [0.5, 0, 1], std: [0.5, 2, 1] }))).toEqual([
      1, -1, 0, 0.2, -0.8, 0,
    ]);
    const grey = { width: 1, height: 2, channels: 1, data: [255, 51] };
    expect(rounded(pixels(grey, new Float32Array(2), { channels: 1 }))).toEqual([1, 0.2]);
    expect(rounded(pixels(grey, new Float32Array(6)))).toEqual([1, 0.2, 1, 0.2, 1, 0.2]);
  });

  it("refuses images and arrays that do not fit", () => {
    for (const [given, into, options, words] of [
      [{ ...image, width: 3 }, 6, {}, "image: expected 12 numbers, found 8"],
      [image, 5, {}, "into: expected 6 numbers, found 5"],
      [
        { width: 1, height: 1, channels: 3, data: [1, 2, 3] },
        4,
        { channels: 4 },
        "channels: expected at most the image's 3, found 4",
      ],
      [image, 6, { mean: [1] }, "mean: expected 3 numbers, found 1"],
      [
        { width: 1, height: 1, close() {} },
        3,
        {},
        "image: expected its data, outside of pages and workers, found an ImageBitmap",
      ],
    ] as const)
      expect(() => pixels(given, new Float32Array(into), options as never)).toThrow(words);
  });
});

describe("over more rows than a call takes", () => {
  const net = classifier();
  const data = rows(37);

  it("predict has the rows of all calls, the same whatever their size", async () => {
    const whole = await predict(net, { run: "predict", data: { x: data.x } });
    expect([whole.scores.length, whole.label.length]).toEqual([37 * 4, 37]);
    expect(Object.keys(whole)).toEqual(["scores", "label"]);
    expect(whole.label).toBeInstanceOf(Int32Array);
    for (const size of [1, 3, 8])
      expect(await predict(net, { run: "predict", data: { x: data.x }, size })).toEqual(whole);
    const one = net.predict({ x: data.x.subarray(3 * 36) });
    expect([...whole.scores.subarray(36 * 4)]).toEqual([...one.scores]);
  });

  it("evaluate weights means by rows, and sums", async () => {
    const { loss, right } = await evaluate(net, { run: "evaluate", data, size: 5, numbers: { right: "sum" } });
    const single = await evaluate(net, { run: "evaluate", data, size: 1 });
    expect(loss).toBeCloseTo(single["loss"]!, 6);
    expect(right).toBeCloseTo(37 * single["right"]!, 9);
    const given = await evaluate(net, { run: "evaluate", data: batches(data, { size: 5 }) });
    expect(given["loss"]).toBe(loss);
  });

  it("refuses what cannot be evaluated", async () => {
    for (const [options, words] of [
      [{ run: "evaluat", data }, "run: expected train, evaluate, predict, found evaluat"],
      [{ run: "evaluate", data, size: 17 }, "size: expected at most 16, the capacity, found 17"],
      [
        { run: "evaluate", data: batches(data, { size: 5 }), size: 3 },
        "size: expected none beside batches, which have theirs, found 3",
      ],
      [{ run: "evaluate", data, numbers: { loss: "max" } }, "numbers 'loss': expected 'mean' or 'sum', found max"],
      [{ run: "evaluate", data, numbers: { los: "sum" } }, "numbers: expected loss, right, found los"],
      [{ run: "evaluate", data, sise: 3 }, "evaluate: expected run, data, size, numbers, found 'sise'"],
    ] as const)
      await expect(evaluate(net, options as never)).rejects.toThrow(words);
  });
});
