/** Integer inputs: each element is held to the bounds of the places that it reaches, and to no other. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { emitDeclaration } from "../../compiler/emit/declaration.js";
import { drawInputs } from "../../compiler/check/draw.js";
import {
  type compute,
  concat,
  embedding,
  gather,
  input,
  model,
  param,
  split,
  type IntTensor,
} from "../../src/index.js";
import { build, moduleOf, numbersOf, type Live } from "../run.js";
import { eachTarget } from "../targets.js";

type Indices = IntTensor<number[]>;
type Outputs = Parameters<typeof compute>[0];

const js = eachTarget.find(([name]) => name === "js")?.[1] as (typeof eachTarget)[number][1];
const built = (outputs: Record<string, unknown>, dims = {}, target = js): Live =>
  build(model("m", { dims: { n: 4, t: 6, v: 9, ...dims }, functions: { run: outputs as Outputs } }), { target });
const ints = (name: string, shape: readonly (number | string)[]) => input(name, shape, "int32") as unknown as Indices;
const five = embedding("five", 5, 3);
const seven = embedding("seven", 7, 3);
const docOf = (live: Live): string[] =>
  (emitDeclaration(live.program, { source: "m", version: "1" }).match(/Indices: .*\./g) ?? []).map(String);

describe.each(eachTarget)("on %s", (_, target) => {
  it("columns of one input that go to tables of different sizes", () => {
    const x = ints("x", ["n", 2]);
    const [a, b] = split(x, [1, 1], 1) as unknown as [Indices, Indices];
    const live = built({ a: five(a), b: seven(b) }, {}, target);
    expect(() => live.call("run", { x: [4, 6, 0, 0] })).not.toThrow();
    expect(() => live.call("run", { x: [5, 0] })).toThrow(
      "position 0: expected a whole number from 0 below 5, found 5",
    );
    expect(() => live.call("run", { x: [0, 0, 0, 7] })).toThrow(
      "position 3: expected a whole number from 0 below 7, found 7",
    );
    expect(() => live.call("run", { x: [0, -1] })).toThrow(
      "position 1: expected a whole number from 0 below 7, found -1",
    );
  });

  it("a part that is no index may hold anything", () => {
    const x = ints("x", ["n", 3]);
    const live = built(
      {
        a: five(
          x.slice([
            [0, null],
            [1, 2],
          ]),
        ),
        rest: x.slice([
          [0, null],
          [2, null],
        ]),
      },
      {},
      target,
    );
    const { rest } = live.call("run", { x: [-9, 4, 2 ** 31 - 1, 77, 0, -(2 ** 31)] });
    expect(numbersOf(rest as never)).toEqual([2 ** 31 - 1, -(2 ** 31)]);
    expect(() => live.call("run", { x: [0, 5, 0] })).toThrow("position 1: expected a whole number from 0 below 5");
    expect(() => live.call("run", { x: [0, 0, 0.5] })).toThrow("position 2");
  });

  it("an index on a fixed and a named axis lies below both", () => {
    const [z, table] = [ints("z", [3]), input("table", ["v", 2])];
    const live = built({ a: five(z), b: gather(table, z as never) }, {}, target);
    const call = (v: number, at: number) => live.call("run", { table: new Float32Array(2 * v), z: [0, at, 0] });
    expect(() => call(9, 4)).not.toThrow();
    expect(() => call(9, 5)).toThrow("below 5, found 5");
    expect(() => call(3, 2)).not.toThrow();
    expect(() => call(3, 4)).toThrow("below 3, found 4");
    expect(docOf(live)).toEqual(["Indices: at least 0 and below 5 and v."]);
  });

  it("inputs that are filled in place, at sizes below the capacity", () => {
    const x = ints("x", ["n", "t"]);
    const after = x.slice([[0, null], [1, null]]); // prettier-ignore
    const live = built({ a: five(after), all: seven(x) }, {}, target);
    const net = moduleOf(live.parts).createSync() as unknown as {
      inputs: { run: { x: Int32Array } };
      run(inputs: object, options: object): unknown;
    };
    const view = net.inputs.run.x;
    view.fill(99);
    // Rows lie 6 apart, whatever t is.
    view.set([6, 4, 4], 0);
    view.set([6, 4, 4], 6);
    const dims = { n: 2, t: 3 };
    expect(() => net.run({ x: view }, { dims })).not.toThrow();
    view[7] = 5;
    expect(() => net.run({ x: view }, { dims })).toThrow("position 7: expected a whole number from 0 below 5");
  });
});

describe("what reaches places through views", () => {
  type Step = readonly [name: string, apply: (x: Indices, draw: (below: number) => number) => Indices];
  const sizes = (x: Indices): number[] =>
    (x as unknown as { shape: { key: string }[] }).shape.map(({ key }) => Number(key));
  const steps: readonly Step[] = [
    ["slice", (x, draw) => x.slice(sizes(x).map((extent) => {
      const from = draw(extent);
      return [from, from + 1 + draw(extent - from), 1 + draw(2)] as [number, number, number];
    })) as Indices],
    ["transpose", (x, draw) => {
      const left = sizes(x).map((_, axis) => axis);
      return x.transpose(sizes(x).map(() => left.splice(draw(left.length), 1)[0] as number)) as Indices;
    }],
    ["flatten", (x) => x.reshape([-1]) as Indices],
    ["reshape", (x, draw) => {
      const count = sizes(x).reduce((a, b) => a * b, 1);
      const by = [1, 2, 3, 4, 6].filter((each) => count % each === 0);
      const first = by[draw(by.length)] as number;
      return x.reshape([first, count / first]) as Indices;
    }],
    ["flip", (x, draw) => x.flip(draw(sizes(x).length)) as Indices],
    ["unsqueeze", (x) => x.unsqueeze(0) as Indices],
    ["broadcast", (x) => x.expand([2, ...sizes(x)] as never) as Indices],
    ["tile", (x) => x.tile(sizes(x).map((_, axis) => (axis === 0 ? 2 : 1))) as Indices],
    ["split", (x, draw) => {
      const [first = 1] = sizes(x);
      if (first === 1) return x;
      return split(x as never, [1, first - 1] as never)[draw(2)] as unknown as Indices;
    }],
    ["concat with itself", (x) => concat([x, x.flip(0)] as never) as unknown as Indices],
    ["concat with constants", (x) => concat([x, x.mul(0)] as never) as unknown as Indices],
  ]; // prettier-ignore

  it("is exactly what is checked", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
        fc.array(fc.tuple(fc.nat(steps.length - 1), fc.infiniteStream(fc.nat(1000))), { minLength: 1, maxLength: 5 }),
        (shape, chosen) => {
          const x = ints("x", shape);
          let indices = x;
          for (const [which, numbers] of chosen) {
            const draw = (below: number): number => (numbers.next().value as number) % below;
            const next = steps[which]?.[1](indices, draw) as Indices;
            if (sizes(next).length <= 4 && sizes(next).reduce((a, b) => a * b, 1) <= 200) indices = next;
          }
          // One more, so that zeros, which may be in between, are told from the first element.
          const count = shape.reduce((a, b) => a * b, 1);
          const table = param("table", [count + 1, 1], 0);
          const live = built({ reached: indices, rows: gather(table, indices as never) });
          const places = Int32Array.from({ length: count }, (_, i) => i + 1);
          const reached = new Set(numbersOf(live.call("run", { x: places })["reached"] as never));
          for (let place = 0; place < count; place++) {
            const call = () => live.call("run", { x: places.with(place, count + 1) });
            if (reached.has(place + 1)) expect(call, `place ${place}`).toThrow(`position ${place}: expected`);
            else expect(call, `place ${place}`).not.toThrow();
          }
          const [made] = live.program.functions;
          const drawn = drawInputs(made as NonNullable<typeof made>, {}, () => 0.999, new Set());
          expect(() => live.call("run", drawn)).not.toThrow();
        },
      ),
      { numRuns: 300, seed: 1 },
    );
  });

  it("at every size of the named dimensions, with what is put together first", () => {
    const [x, y] = [ints("x", ["n", "t"]), ints("y", ["n", "t"])];
    const joined = concat([x.slice([[0, null], [1, null]]), y] as never, 1) as unknown as Indices; // prettier-ignore
    const indices = joined
      .transpose([1, 0])
      .slice([[1, -1]])
      .reshape([-1]) as Indices;
    const live = built({ rows: gather(param("table", [50, 1], 0), indices as never), indices });
    for (const dims of [
      { n: 1, t: 3 },
      { n: 3, t: 2 },
      { n: 4, t: 6 },
    ]) {
      const count = dims.n * dims.t;
      const places = {
        x: Array.from({ length: count }, (_, i) => i),
        y: Array.from({ length: count }, (_, i) => i + 24),
      };
      const reached = new Set(numbersOf(live.call("run", places, { dims })["indices"] as never));
      for (const name of ["x", "y"] as const) {
        places[name].forEach((value, place) => {
          const call = () => live.call("run", { ...places, [name]: places[name].with(place, 50) }, { dims });
          if (reached.has(value)) expect(call).toThrow(`input '${name}' at position ${place}: expected`);
          else expect(call).not.toThrow();
        });
      }
    }
  });

  it("is what is checked once, however often it is used", () => {
    const x = ints("x", ["n", "t"]);
    const [before, after] = [x.slice([[0, null], [0, -1]]), x.slice([[0, null], [1, null]])]; // prettier-ignore
    const twice = built({ a: five(before), b: seven(before), c: five(after), d: five(before) });
    expect(twice.text.match(/check\(/g)).toHaveLength(2);
    expect(docOf(twice)).toEqual(["Indices: [:, :t-1] and [:, 1:] at least 0 and below 5."]);
    // All elements, whatever their order: the bound is one number.
    const all = built({
      a: five(x.transpose([1, 0]).reshape([-1]).flip(0)),
      b: five(x.unsqueeze(0)),
      c: seven(before),
    });
    expect(all.text).toContain("below: 5 }");
    expect(docOf(all)).toEqual(["Indices: at least 0 and below 5."]);
  });
});

describe("the declaration names the parts", () => {
  it.each<[string, (x: Indices) => Indices]>([
    ["[:, 1]", (x) => x.slice([[0, null], [1, 2]]) as Indices],
    ["[:, 1::2]", (x) => x.slice([[0, null], [1, null, 2]]) as Indices],
    ["[:, 3:]", (x) => x.slice([[0, null], [3, null]]).flip(1) as Indices],
    ["some elements", (x) => x.reshape([-1]).slice([[0, null, 2]]) as Indices],
  ])("%s", (part, of) => {
    expect(docOf(built({ a: five(of(ints("x", ["n", 6]))) }))).toEqual([`Indices: ${part} at least 0 and below 5.`]);
  }); // prettier-ignore
});
