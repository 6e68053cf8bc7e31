/** What is handed over is read once, and known by what it is: refused means unchanged, whatever it is. */
import { beforeEach, describe, expect, it } from "vitest";
import { type AnyInstance, javascriptProgram as program, type ModelState } from "../../runtime/node.js";
import { linear, log } from "./linear.js";
import { refused } from "./snapshot.js";

const model = program(linear);
let net: AnyInstance;
beforeEach(() => {
  net = model.createSync({ seed: 3 });
  net.train({ x: [1, 2, 3], labels: [1] });
  log.length = 0;
});
const x = () => Float32Array.of(1, 2, 3, 4, 5, 6);
const labels = () => Int32Array.of(0, 1);

/** An object whose member answers with the next of `values` each time that it is read. */
function turning(name: string, ...values: unknown[]): object {
  let reads = 0;
  return Object.defineProperty({}, name, {
    enumerable: true,
    get: () => values[Math.min(reads++, values.length - 1)],
  });
}

/** A proxy whose every read is counted. */
function counted<T extends object>(target: T): { readonly proxy: T; readonly reads: Map<PropertyKey, number> } {
  const reads = new Map<PropertyKey, number>();
  const proxy = new Proxy(target, {
    get(of, key, receiver) {
      reads.set(key, (reads.get(key) ?? 0) + 1);
      return Reflect.get(of, key, receiver) as unknown;
    },
  });
  return { proxy, reads };
}

const throwing = (name: string): object =>
  Object.defineProperty({}, name, {
    enumerable: true,
    get() {
      throw new RangeError("not now");
    },
  });

/** `state` with the member at `path` replaced. */
function changed(path: readonly string[], value: unknown): ModelState {
  const copy = structuredClone(net.state()) as unknown as Record<string, unknown>;
  const owner = path.slice(0, -1).reduce((owner, name) => owner[name] as Record<string, unknown>, copy);
  owner[path.at(-1)!] = value;
  return copy as unknown as ModelState;
}

describe("in a call", () => {
  it("each member of an object is read once", () => {
    const inputs = counted({ x: x(), labels: labels() });
    const options = counted({ lr: 0.25, betas: [0.5, 0.5], dims: { batch: 2 } });
    const dims = counted({ batch: 2 });
    const into = counted({ prediction: new Float32Array(4) });
    net.train(inputs.proxy, options.proxy);
    net.predict({ x: x() }, { dims: dims.proxy, into: into.proxy });
    for (const { reads } of [inputs, options, dims, into])
      for (const [key, times] of reads) if (typeof key === "string") expect([key, times]).toEqual([key, 1]);
  });

  it("the values of a plain array are read once", () => {
    const values = counted([1, 2, 3, 4, 5, 6]);
    net.predict({ x: values.proxy });
    for (const times of values.reads.values()) expect(times).toBe(1);
    const answers = turning("0", 1, "two");
    const row = Object.setPrototypeOf([0, 2, 3], null) as number[];
    Object.defineProperty(row, "0", Object.getOwnPropertyDescriptor(answers, "0")!);
    expect(() => net.predict({ x: row })).not.toThrow();
  });

  it.each<[string, () => object, () => object, string]>([
    ["a getter that throws", () => ({ x: x(), ...{} }), () => throwing("lr"), "linear.train: options cannot be read"],
    ["inputs that throw", () => throwing("x"), () => ({}), "linear.train: inputs cannot be read"],
    [
      "an array that throws",
      () => ({ x: Object.defineProperty([1, 2, 3], 1, { get: () => net.missing() as unknown }), labels: [0] }),
      () => ({}),
      "linear.train: input 'x' cannot be read",
    ],
    [
      "a leaf that is a BigInt",
      () => ({ x: [1, 2n, 3], labels: [0] }),
      () => ({}),
      "linear.train: input 'x' at position 1: expected a finite number, found BigInt",
    ],
    [
      "an array that only says that it is typed",
      () => ({ x: { [Symbol.toStringTag]: "Float32Array", length: 3, 0: 1, 1: 2, 2: 3 }, labels: [0] }),
      () => ({}),
      "linear.train: input 'x': expected one of Float32Array, Float64Array, Uint8Array, Uint8ClampedArray, Array, found Float32Array",
    ],
    [
      "a proxy of a typed array",
      () => ({ x: new Proxy(x(), {}), labels: labels() }),
      () => ({}),
      "linear.train: input 'x': expected one of Float32Array, Float64Array, Uint8Array, Uint8ClampedArray, Array, found Object",
    ],
    [
      "a typed array with a length of its own",
      () => ({ x: Object.defineProperty(x(), "length", { value: 3 }), labels: [0] }),
      () => ({}),
      "linear.train: input 'labels': expected [batch = 2 (input 'x')], found 1 values",
    ],
    [
      "an array that is longer than it can be",
      () => ({ x: new Proxy([], { get: (_, key) => (key === "length" ? 2 ** 52 : 1) }), labels: [0] }),
      () => ({}),
      `linear.train: input 'x': expected [batch, 3], found ${2 ** 52} values`,
    ],
  ])("%s is refused", (_, inputs, options, message) => refused(net, () => net.train(inputs(), options()), message));

  it("a buffer may shrink or go away while the rest is read", () => {
    const resizable = new (ArrayBuffer as unknown as new (bytes: number, options: object) => ArrayBuffer)(24, {
      maxByteLength: 24,
    }) as ArrayBuffer & { resize(bytes: number): void };
    const shrinking = new Float32Array(resizable);
    refused(
      net,
      () =>
        net.train({
          x: shrinking,
          get labels() {
            resizable.resize(4);
            return labels();
          },
        }),
      "linear.train: input 'labels': expected [batch, 3], found 1 values".replace("'labels'", "'x'"),
    );
    const gone = x();
    const before = net.state();
    expect(() =>
      net.train({
        x: gone,
        get labels() {
          structuredClone(gone, { transfer: [gone.buffer] });
          return labels();
        },
      }),
    ).toThrow("linear.train: input 'x': expected [batch, 3], found 0 values: give at least one row");
    expect(net.state()).toEqual(before);
  });

  it("values may change while the rest is read: those that are used are checked", () => {
    const changing = labels();
    refused(
      net,
      () =>
        net.train({
          labels: changing,
          get x() {
            changing[0] = 7;
            return x();
          },
        }),
      "linear.train: input 'labels' at position 0: expected a whole number from 0 below 2, found 7",
    );
  });

  it("shared memory is taken as it is at one time", () => {
    const shared = new Int32Array(new SharedArrayBuffer(8));
    shared.set([0, 1]);
    const other = model.createSync({ seed: 3 });
    other.train({ x: [1, 2, 3], labels: [1] });
    expect(net.train({ x: x(), labels: shared })).toEqual(other.train({ x: x(), labels: labels() }));
  });

  it("`into` needs no method of its own, and has none", () => {
    const prediction = new Float32Array(4);
    for (const name of ["set", "subarray", "buffer", "constructor", "length"])
      Object.defineProperty(prediction, name, { value: null });
    const expected = net.predict({ x: x() }).prediction;
    net.predict({ x: x() }, { into: { prediction } });
    expect([0, 1, 2, 3].map((i) => prediction[i])).toEqual([...expected]);
    const over = new Float32Array(net.parameters.weight!.buffer as ArrayBuffer, 0, 4);
    Object.defineProperty(over, "buffer", { value: new ArrayBuffer(0) });
    refused(
      net,
      () => net.predict({ x: x() }, { into: { prediction: over } }),
      "linear.predict: into.prediction: expected Float32Array of length 4 outside the net's memory, found Float32Array of length 4 within it",
    );
    refused(
      net,
      () => net.predict({ x: x() }, { into: turning("prediction", new Float32Array(3), new Float32Array(4)) }),
      "linear.predict: into.prediction: expected Float32Array of length 4 outside the net's memory, found Float32Array of length 3",
    );
  });

  it("views of the net's memory take no members", () => {
    expect(() => Object.assign(net.parameters.weight!, { set: () => {} })).toThrow(TypeError);
    expect(Reflect.setPrototypeOf(net.inputs.train!.x!, null)).toBe(false);
  });

  it("no other call begins", () => {
    for (const inner of [
      () => net.train({ x: x(), labels: labels() }) as object,
      () => net.load(net.state()),
      () => model.createSync(),
    ]) {
      const before = net.state();
      expect(() =>
        net.predict({
          get x() {
            inner();
            return x();
          },
        }),
      ).toThrow(/^linear\.predict: linear\.(train|load|create) was called within it$/);
      expect(net.state()).toEqual(before);
    }
    expect(() => net.predict({ x: x() })).not.toThrow();
  });
});

describe("in a state", () => {
  it("each member is read once", () => {
    const reads = new Map<string, number>();
    const watched = (value: unknown, path: string): unknown => {
      if (typeof value !== "object" || !value || ArrayBuffer.isView(value)) return value;
      return new Proxy(value, {
        get(of, key, receiver) {
          const name = `${path}.${String(key)}`;
          if (typeof key === "string") reads.set(name, (reads.get(name) ?? 0) + 1);
          return watched(Reflect.get(of, key, receiver), name);
        },
      });
    };
    const state = net.state();
    net.load(watched(state, "") as ModelState);
    expect(reads.size).toBeGreaterThan(10);
    expect(new Set(reads.values())).toEqual(new Set([1]));
    expect(net.state()).toEqual(state);
  });

  it.each<[string, readonly string[], () => unknown, string]>([
    [
      "a BigInt",
      ["parameters", "hidden.bias"],
      () => [1, 2n],
      "parameters.hidden.bias at position 1: expected a finite number, found BigInt",
    ],
    [
      "a negative counter",
      ["functions", "train", "calls"],
      () => -1,
      "functions.train.calls: expected a whole number from 0 below 9007199254740992, found -1",
    ],
    [
      "a text for a counter",
      ["functions", "train", "step"],
      () => "12",
      "functions.train.step: expected a whole number from 0 below 9007199254740992, found String",
    ],
    [
      "a function for a counter",
      ["functions", "tick", "calls"],
      () => () => 1,
      "functions.tick.calls: expected a whole number from 0 below 9007199254740992, found Function",
    ],
    [
      "what only says that it is typed",
      ["state", "seen"],
      () => ({ [Symbol.toStringTag]: "Int32Array", length: 2 }),
      "state.seen: expected one of Int32Array, Int16Array, Int8Array, Uint32Array, Uint16Array, Uint8Array, Uint8ClampedArray, Array, found Int32Array",
    ],
    ["an array that throws", ["state", "mean"], () => throwing("0"), "state.mean cannot be read"],
    ["an object that throws", ["state"], () => throwing("mean"), "state cannot be read"],
    ["text that is no base64", ["parameters", "weight"], () => "Float32Array:*", "parameters.weight cannot be read"],
    [
      "text of a part of a number",
      ["parameters", "weight"],
      () => "Float32Array:AAAA",
      "parameters.weight cannot be read",
    ],
    [
      "other text",
      ["parameters", "weight"],
      () => "weights",
      "parameters.weight: expected one of Float32Array, Float64Array, Uint8Array, Uint8ClampedArray, Array, found String",
    ],
  ])("%s is refused", (_, path, value, message) => {
    const state = changed(path, value());
    refused(net, () => net.load(state), `linear.load: ${message}`);
  });

  it("a getter that answers otherwise the second time is asked once", () => {
    const state = net.state();
    const calls = turning("calls", 4, -1);
    net.load({ ...state, functions: { ...state.functions, tick: calls as { calls: number } } });
    expect(net.state().functions.tick).toEqual({ calls: 4 });
  });

  it("arrays may change, and views of the net's own memory be among them", () => {
    const state = net.state();
    const seen = Int32Array.of(1, 2);
    const flags = Uint8Array.of(1, 0, 1);
    net.load({
      ...state,
      parameters: net.parameters,
      state: {
        mean: state.state.mean!,
        seen,
        get flags() {
          seen[0] = 5;
          return flags;
        },
      },
    });
    expect(net.state().state.seen).toEqual(Int32Array.of(5, 2));
    refused(
      net,
      () =>
        net.load({
          ...state,
          get functions() {
            structuredClone(seen, { transfer: [seen.buffer] });
            return state.functions;
          },
          state: { ...state.state, seen },
        }),
      "linear.load: state.seen: expected 2 numbers, found 0",
    );
  });
});
