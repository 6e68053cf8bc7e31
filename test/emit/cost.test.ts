import { callsOf } from "../../compiler/ir/program.js";
import { describe, expect, test } from "vitest";
import { mathFunction } from "../../compiler/ir/math.js";
import type { Statement } from "../../compiler/ir/kernel.js";
import { constant, load, type ScalarFunction } from "../../compiler/ir/scalar.js";
import {
  add,
  evaluate,
  floorDiv,
  indexSize,
  mul,
  one,
  size,
  sub,
  type Index,
  type Size,
} from "../../compiler/ir/size.js";
import { costOf, flopsOfFunction } from "../../compiler/plan/cost/cost.js";
import { footprintOf } from "../../compiler/plan/cost/footprint.js";
import { compileProgram } from "../../compiler/compile.js";
import { js } from "../../compiler/targets/js/js.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { calledFunctions, printScalarFunction } from "../../compiler/targets/js/math.js";
import type { Model } from "../../src/index.js";
import { models } from "../plan/models.js";
import { manifestOf } from "../../compiler/emit/manifest.js";
import { oddities, polynomial, softmaxClassifier, twoLayerNet } from "./models.js";
import { operationsIn, recount } from "./recount.js";
import { recountWasm } from "./recountWasm.js";

// How often the loops of a sort turn depends on the data: its cost is the most that it can be.
const { ranked: _, ...settled } = models;

const all: Readonly<Record<string, () => Model>> = {
  "two-layer net": () => twoLayerNet([1000, 100, 10, 64]),
  "two-layer net, odd sizes": () => twoLayerNet([997, 101, 11, 63]),
  "polynomial, 2000 points": polynomial,
  "softmax classifier": softmaxClassifier,
  oddities,
  ...settled,
};

describe("what is counted on the kernel is what running it does", () => {
  for (const [name, make] of Object.entries(all)) {
    test(name, () => {
      const program = compileProgram(make(), { target: js });
      const manifest = manifestOf([program]);
      for (const made of program.functions) {
        const found = callsOf(made.steps).map((call, position) => ({
          name: call.name,
          ...recount(program, made, position),
        }));
        const expected = manifest.functions[made.name]?.kernels.map(({ lines: _, ...cost }) => cost);
        expect(expected).toEqual(found);
      }
    });
  }
});

describe("in WebAssembly the bytes that are counted are those that loads and stores touch", () => {
  for (const [name, make] of Object.entries(all)) {
    test(name, () => {
      const program = compileProgram(make(), { target: wasm });
      const manifest = manifestOf([program]);
      for (const made of program.functions) {
        manifest.functions[made.name]?.kernels.forEach(({ name: kernel, bytesRead, bytesWritten }, position) => {
          const found = recountWasm(program, made, position);
          expect({ kernel, ...found }).toEqual({ kernel, bytesRead, bytesWritten });
        });
      }
    });
  }
});

describe("figures that can be worked out by hand", () => {
  test("a dense layer with relu", () => {
    const program = compileProgram(twoLayerNet([1000, 100, 10, 64]), { target: js });
    const [first] = manifestOf([program]).functions["predict"]?.kernels ?? [];
    // Products and sums, the bias, the comparison of relu; x, weight and bias in, the activations out.
    expect(first?.flops).toBe(2 * 64 * 100 * 1000 + 64 * 100 * 2);
    expect(first?.bytesRead).toBe(4 * (64 * 1000 + 100 * 1000 + 100));
    expect(first?.bytesWritten).toBe(4 * 64 * 100);
  });

  test.each(["exp", "log", "tanh", "sin", "cos", "erf", "pow"] as const)(
    "%s counts the operations of its text",
    (name) => {
      const definition = mathFunction(name, "f64") as ScalarFunction;
      const definitions = new Map(calledFunctions([definition]).map((each) => [each.name, each]));
      const written = (each: ScalarFunction): number => {
        const { own, calls } = operationsIn(printScalarFunction(each));
        return calls.reduce((sum, callee) => sum + written(definitions.get(callee) as ScalarFunction), own);
      };
      expect(flopsOfFunction(definition)).toBe(written(definition));
    },
  );

  test("a function counts a shared part once", () => {
    const f = { name: "f", parameters: [], doc: "" };
    const shared = { kind: "binary", type: "f64", operator: "mul", x: constant(2), y: constant(3) } as const;
    const result = { kind: "binary", type: "f64", operator: "add", x: shared, y: shared } as const;
    expect(flopsOfFunction({ ...f, result })).toBe(2);
    expect(printScalarFunction({ ...f, result }).match(/[*+] /g)?.length).toBe(3);
  });
});

describe("places that indices reach", () => {
  const [n, m] = [size("n"), size("m")];
  const capacities: Readonly<Record<string, number>> = { n: 6, m: 7 };
  const loop = (id: string, extent: Size): Index => ({ id, extent });
  /** The count of `x[index]` inside loops, and the count by trying all. */
  const both = (loops: readonly Index[], indices: readonly Size[], length: number): readonly [number, number] => {
    const body: Statement[] = indices.map((index, position) => ({
      kind: "let",
      name: `v${position}`,
      value: load("x", index, "f32"),
    }));
    const statements = loops.reduceRight<readonly Statement[]>(
      (inner, index) => [{ kind: "loop", index, extent: index.extent as Size, carried: [], body: inner }],
      body,
    );
    const found =
      footprintOf(
        statements,
        (dim) => capacities[dim] as number,
        () => length,
      ).read.get("x") ?? 0;
    const reached = new Set<number>();
    const visit = (position: number, at: Readonly<Record<string, number>>): void => {
      const index = loops[position];
      if (!index) {
        for (const each of indices) {
          const place = evaluate(each, (name) => at[name] ?? capacities[name]);
          if (place >= 0 && place < length) reached.add(place);
        }
        return;
      }
      const extent = evaluate(index.extent as Size, (name) => capacities[name]);
      for (let value = 0; value < extent; value++) visit(position + 1, { ...at, [index.id]: value });
    };
    visit(0, {});
    return [found, reached.size];
  };
  const [i, j] = [loop("i", n), loop("j", m)];
  const [I, J] = [indexSize(i), indexSize(j)];
  const cases: Readonly<Record<string, readonly Size[]>> = {
    "row-major": [add(mul(I, m), J)],
    "a window": [add(I, J)],
    "a strided window": [add(mul(I, size(3)), mul(J, size(2)))],
    "every third": [mul(J, size(3))],
    backwards: [sub(size(40), add(mul(I, size(7)), J))],
    "two that overlap": [add(mul(I, m), J), add(mul(I, m), J, one)],
    "two apart": [I, add(J, size(20))],
    "a floor": [floorDiv(add(mul(I, size(5)), J), size(3))],
    "beyond both ends": [sub(mul(I, size(10)), size(3)), add(J, size(38))],
    "a product of indices": [mul(I, J)],
    constant: [size(4)],
  };
  test.each(Object.entries(cases))("%s", (_, indices) => {
    const [found, expected] = both([i, j], indices, 42);
    expect(found).toBe(expected);
  });

  test("an index from memory counts once for each time that it is read", () => {
    const at: Index = { id: "at", extent: size(1000) };
    const k = loop("k", size(8));
    const body: Statement[] = [
      { kind: "bind", index: at, value: load("labels", I, "i32") },
      {
        kind: "loop",
        index: k,
        extent: size(8),
        carried: [],
        body: [{ kind: "let", name: "v", value: load("x", add(mul(indexSize(at), size(8)), indexSize(k)), "f32") }],
      },
    ];
    const lengths: Readonly<Record<string, number>> = { x: 8000, labels: 6 };
    const { read } = footprintOf(
      [{ kind: "loop", index: i, extent: n, carried: [], body }],
      (dim) => capacities[dim] as number,
      (buffer) => lengths[buffer] as number,
    );
    expect(Object.fromEntries(read)).toEqual({ labels: 6, x: 48 });
  });

  test("a buffer that is read and written counts twice", () => {
    const kernel = {
      body: [
        {
          kind: "loop",
          index: i,
          extent: n,
          carried: [],
          body: [{ kind: "store", buffer: "x", type: "f64", index: I, value: load("x", I, "f64"), accumulate: false }],
        },
      ],
    } as const;
    const cost = costOf(
      kernel,
      (dim) => capacities[dim] as number,
      () => ({ type: "f64", length: 6 }),
    );
    expect(cost).toEqual({ flops: 0, bytesRead: 48, bytesWritten: 48 });
  });
});
