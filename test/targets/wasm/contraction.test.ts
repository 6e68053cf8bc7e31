/** Contractions in tiles: every sum is its chains of 256 products in order, whatever the shape, the form or the build. */
import { setFlagsFromString } from "node:v8";
import { describe, expect, test } from "vitest";
import type { Axis, Contraction, Kernel, Statement } from "../../../compiler/ir/kernel.js";
import { add as addScalars, load, variable } from "../../../compiler/ir/scalar.js";
import { add, indexSize, mul, size, type Index, type Size } from "../../../compiler/ir/size.js";
import { contractionScratch } from "../../../compiler/targets/wasm/contraction.js";
import { generator } from "../../arbitrary.js";
import type { Memory } from "../../kernel/run.js";
import { runWasmKernel } from "../../kernel/wasm.js";
import { count } from "../../runs.js";

/** Elements from one row, depth and column to the next, for extents M, K, N. */
interface Form {
  readonly name: string;
  readonly a: (m: number, k: number) => readonly [row: number, depth: number];
  readonly b: (k: number, n: number) => readonly [depth: number, column: number];
}

const forms: readonly Form[] = [
  { name: "NN", a: (_, k) => [k, 1], b: (_, n) => [n, 1] },
  { name: "NT", a: (_, k) => [k, 1], b: (k) => [1, k] },
  { name: "TN", a: (m) => [1, m], b: (_, n) => [n, 1] },
  { name: "TT", a: (m) => [1, m], b: (k) => [1, k] },
  { name: "padded", a: (_, k) => [k + 3, 1], b: (_, n) => [n + 5, 1] },
  { name: "padded, transposed", a: (m) => [1, m + 3], b: (k) => [1, k + 1] },
  { name: "apart in both directions", a: (_, k) => [2 * k + 1, 2], b: (_, n) => [3 * n + 2, 3] },
  { name: "spread", a: () => [0, 1], b: (k) => [1, k] },
  { name: "one column for all", a: (_, k) => [k, 1], b: () => [1, 0] },
  { name: "far apart", a: () => [2100, 1], b: () => [1030, 1] },
  { name: "far apart, transposed", a: () => [1, 2100], b: () => [1, 1030] },
  { name: "far apart in both directions", a: () => [2100, 2], b: () => [1030, 2] },
  { name: "the same row at every depth", a: (_, k) => [k, 1], b: () => [0, 1] },
];

interface Problem {
  readonly form: Form;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly type: "f32" | "f64";
  readonly batch: number;
  /** What the sizes are at most where they are known at run time only. */
  readonly capacities: { readonly m?: number; readonly n?: number; readonly k?: number };
}

/** What the kernel adds to every element that it makes: it must do so once. */
const epilogueAddend = 0.5;

function kernelOf({ form, m, n, k, type, batch, capacities }: Problem): Kernel {
  const extent = (name: "m" | "n" | "k", value: number): Size => size(capacities[name] === undefined ? value : name);
  const index = (id: string, extent: Size): Axis => ({ id, extent });
  // Strides come from capacities, loops from sizes.
  const most = { m: capacities.m ?? m, n: capacities.n ?? n, k: capacities.k ?? k };
  const [row, column, depth, turn] = [
    index("i", extent("m", m)),
    index("j", extent("n", n)),
    index("k", extent("k", k)),
    index("b", size(batch)),
  ] as [Axis, Axis, Axis, Axis];
  const step = (by: number, along: Index): Size => mul(size(by), indexSize(along));
  const [ra, ka] = form.a(most.m, most.k);
  const [kb, cb] = form.b(most.k, most.n);
  const place = add(step(most.m * most.n, turn), step(most.n, row), step(1, column));
  const contraction: Contraction = {
    kind: "contract",
    type,
    rows: [row],
    columns: [column],
    depths: [depth],
    a: {
      buffer: "a",
      index: add(size(1), step(elements(most.m, ra, most.k, ka), turn), step(ra, row), step(ka, depth)),
    },
    b: { buffer: "b", index: add(step(elements(most.k, kb, most.n, cb), turn), step(kb, depth), step(cb, column)) },
    value: "product",
    epilogue: [
      {
        kind: "store",
        buffer: "c",
        type,
        index: place,
        value: addScalars(load("c", place, type), variable("product", type)),
        accumulate: false,
      },
    ],
    tiling: { cover: "exact", epilogue: "last", wholeColumns: 0 },
  };
  const body: Statement = { kind: "loop", index: turn, extent: size(batch), carried: [], body: [contraction] };
  return { name: "contract", doc: [], body: [body] };
}

const elements = (count: number, step: number, other: number, otherStep: number): number =>
  Math.max(0, count - 1) * step + Math.max(0, other - 1) * otherStep + 1;

type MultiplyAdd = (x: number, y: number, sum: number) => number;

const separate =
  (round: (value: number) => number): MultiplyAdd =>
  (x, y, sum) =>
    round(sum + round(x * y));

const words = new BigInt64Array(1);
const double = new Float64Array(words.buffer);

/** x * y + sum of float32, rounded once: the sum in double is made odd where it is not exact, then rounded again. */
function fused(x: number, y: number, sum: number): number {
  const product = x * y;
  const total = product + sum;
  const back = total - product;
  const error = product - (total - back) + (sum - back);
  double[0] = total;
  const bits = words[0] as bigint;
  if (error !== 0 && bits % 2n === 0n) words[0] = error > 0 === total > 0 ? bits + 1n : bits - 1n;
  return Math.fround(double[0]);
}

function check(problem: Problem, options = { relaxed: false }, multiplyAdd?: MultiplyAdd): void {
  const { form, m, n, k, type, batch, capacities } = problem;
  const most = { m: capacities.m ?? m, n: capacities.n ?? n, k: capacities.k ?? k };
  const make = (length: number): Memory => (type === "f32" ? new Float32Array(length) : new Float64Array(length));
  const [ra, ka] = form.a(most.m, most.k);
  const [kb, cb] = form.b(most.k, most.n);
  const [sizeA, sizeB] = [elements(most.m, ra, most.k, ka), elements(most.k, kb, most.n, cb)];
  const random = generator(m * 7919 + n * 104729 + k);
  const a = make(1 + batch * sizeA).map(() => random() - 0.5);
  const b = make(batch * sizeB).map(() => random() - 0.5);
  const c = make(batch * most.m * most.n).fill(epilogueAddend);
  const wanted = c.slice();
  const round = type === "f32" ? Math.fround : (value: number): number => value;
  const one = multiplyAdd ?? separate(round);
  for (let turn = 0; turn < batch; turn++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let total = 0;
        for (let first = 0; first < k; first += 256) {
          let chain = 0;
          for (let l = first; l < Math.min(k, first + 256); l++) {
            const x = a[1 + turn * sizeA + i * ra + l * ka] as number;
            chain = one(x, b[turn * sizeB + l * kb + j * cb] as number, chain);
          }
          total = round(total + chain);
        }
        const at = turn * most.m * most.n + i * most.n + j;
        wanted[at] = round((wanted[at] as number) + total);
      }
    }
  }
  const dims = { m, n, k };
  runWasmKernel(kernelOf(problem), { buffers: { a, b, c }, dims, capacities: { ...dims, ...capacities } }, options);
  const wrong = wanted.findIndex((value, at) => !Object.is(value, c[at]));
  if (wrong < 0) return;
  const name = `${form.name} ${type} ${m}x${k}x${n} batch ${batch} of ${JSON.stringify(capacities)}`;
  expect.fail(`${name}: [${wrong}] is ${c[wrong]}, not ${wanted[wrong]}`);
}

const extents = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 100] as const;

describe.each(forms)("$name", (form) => {
  test("of all shapes", () => {
    const random = generator(form.name.length);
    const any = (): number => extents[Math.floor(random() * extents.length)] as number;
    for (let turn = 0; turn < count(120); turn++) {
      check({ form, m: any(), n: any(), k: any(), type: turn % 3 === 0 ? "f64" : "f32", batch: 1, capacities: {} });
    }
  });

  test("around the ends of chains", () => {
    for (const k of [255, 256, 257, 511, 512, 513, 770]) {
      check({ form, m: 9, n: 13, k, type: "f32", batch: 1, capacities: {} });
      check({ form, m: 2, n: 35, k, type: "f32", batch: 1, capacities: {} });
      check({ form, m: 5, n: 6, k, type: "f64", batch: 1, capacities: {} });
      check({ form, m: 1, n: 19, k, type: "f64", batch: 1, capacities: {} });
    }
  });

  test("around the ends of blocks", () => {
    for (const [m, n] of [
      [133, 9],
      [270, 17],
      [5, 521],
      [129, 515],
      [9, 1100],
      [2, 700],
      [300, 2],
      [290, 530],
    ] as const) {
      check({ form, m, n, k: 5, type: "f32", batch: 1, capacities: {} });
      check({ form, m, n, k: 3, type: "f64", batch: 1, capacities: {} });
    }
    // Several blocks both ways at capacity, whatever there is of them in a call.
    for (const [m, n, k] of [
      [600, 530, 6],
      [20, 530, 6],
      [300, 9, 6],
      [300, 9, 0],
    ] as const) {
      check({ form, m, n, k, type: "f32", batch: 1, capacities: { m: 600, n: 530, k: 30 } });
    }
  });

  test("in batches", () => {
    for (const [m, n, k] of [
      [7, 9, 17],
      [1, 33, 70],
      [64, 3, 11],
      [4, 8, 300],
    ] as const) {
      check({ form, m, n, k, type: "f32", batch: 3, capacities: {} });
      check({ form, m, n, k, type: "f64", batch: 2, capacities: {} });
    }
  });

  test("of sizes below the capacity", () => {
    const random = generator(3);
    const below = (most: number): number => 1 + Math.floor(random() * most);
    for (let turn = 0; turn < count(60); turn++) {
      const most = { m: below(150), n: below(70), k: below(turn % 4 === 0 ? 600 : 40) };
      const names = (["m", "n", "k"] as const).filter(() => random() < 0.6);
      const capacities = Object.fromEntries(names.map((name) => [name, most[name]]));
      const at = (name: "m" | "n" | "k"): number => (names.includes(name) ? below(most[name]) : most[name]);
      const type = turn % 3 === 0 ? "f64" : "f32";
      const few = turn % 5 === 0;
      check({
        form,
        m: few ? Math.min(at("m"), most.m, 3) : at("m"),
        n: at("n"),
        k: at("k"),
        type,
        batch: 1,
        capacities: few ? { m: most.m, ...capacities } : capacities,
      });
    }
  });

  test("without products, rows or columns", () => {
    for (const [m, n, k] of [
      [5, 6, 0],
      [0, 6, 7],
      [5, 0, 7],
    ] as const) {
      check({ form, m, n, k, type: "f32", batch: 1, capacities: { m: 20, n: 30, k: 40 } });
    }
    check({ form, m: 40, n: 30, k: 0, type: "f32", batch: 1, capacities: {} });
    check({ form, m: 0, n: 30, k: 20, type: "f64", batch: 1, capacities: {} });
    check({ form, m: 30, n: 0, k: 20, type: "f32", batch: 1, capacities: {} });
  });
});

describe("far apart", () => {
  test("in panels of both operands", () => {
    for (const form of forms.filter(({ name }) => name.startsWith("far apart"))) {
      for (const [m, n, k] of [
        [37, 70, 9],
        [64, 64, 8],
        [41, 67, 259],
        [134, 66, 5],
      ] as const) {
        check({ form, m, n, k, type: "f32", batch: 1, capacities: {} });
        check({ form, m, n, k, type: "f64", batch: 1, capacities: m === 41 ? { m: 50, n: 70 } : {} });
      }
    }
  });
});

test("scratch memory is bounded, and small for small contractions", () => {
  for (const form of forms) {
    for (const type of ["f32", "f64"] as const) {
      for (const [m, n, k, sums, panels] of [
        [5000, 5000, 5000, 256, 1280],
        [3, 100_000, 100, 256, 1280],
        [129, 3000, 300, 256, 1280],
        [10, 12, 14, 2, 8],
      ] as const) {
        const kernel = kernelOf({ form, m, n, k, type, batch: 1, capacities: {} });
        const [loop] = kernel.body as readonly [Statement & { readonly kind: "loop" }];
        const scratch = contractionScratch(loop.body[0] as Contraction, () => 0);
        expect(scratch.sums).toBeLessThanOrEqual(sums * 1024);
        expect(scratch.panels).toBeLessThanOrEqual(panels * 1024);
        expect([scratch.sums % 64, scratch.panels % 64]).toEqual([0, 0]);
      }
    }
  }
});

/** Node 20 has relaxed instructions behind a flag. */
if (Number(process.versions.node.split(".")[0]) < 22) setFlagsFromString("--experimental-wasm-relaxed-simd");

describe("relaxed", () => {
  test("the same chains, each step rounded once where the engine does so", () => {
    const NN = forms[0] as Form;
    const probe: Problem = { form: NN, m: 2, n: 8, k: 200, type: "f32", batch: 1, capacities: {} };
    let step: MultiplyAdd = fused;
    try {
      check(probe, { relaxed: true }, fused);
    } catch {
      step = separate(Math.fround);
    }
    const random = generator(77);
    const any = (): number => extents[Math.floor(random() * extents.length)] as number;
    for (const form of forms) {
      for (let turn = 0; turn < count(40); turn++) {
        const capacities = turn % 4 === 0 ? { m: 110 } : turn % 4 === 1 ? { n: 100, k: 120 } : {};
        check({ form, m: any(), n: any(), k: any(), type: "f32", batch: 1, capacities }, { relaxed: true }, step);
      }
      for (const k of [256, 257, 515]) {
        for (const [m, n] of [
          [7, 13],
          [1, 21],
          [3, 40],
          [133, 65],
        ] as const) {
          check({ form, m, n, k, type: "f32", batch: 1, capacities: {} }, { relaxed: true }, step);
        }
      }
    }
  });
});
