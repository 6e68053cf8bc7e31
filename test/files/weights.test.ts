/** Weights of nets in files: PyTorch's names and shapes, conversions, and loads that change all or nothing. */
import fc from "fast-check";
import { describe, expect, expectTypeOf, it, test } from "vitest";
import { moduleOf } from "../../compiler/check/instance.js";
import {
  FileError,
  loadWeights,
  type LoadedWeights,
  type LoadWeightsOptions,
  openSafetensors,
  saveWeights,
  type Tensor,
  writeSafetensors,
} from "../../files/node.js";
import {
  type AnyInstance,
  type Float32,
  javascriptProgram,
  type LoadOptions,
  type LoadReport,
  type ModelState,
  type Shapes,
} from "../../runtime/node.js";
import { batchNorm, input, linear as linearLayer, minimize, model, sgd } from "../../src/index.js";
import { compiled } from "../end/emit.js";
import { runs } from "../runs.js";
import { linear } from "../runtime/linear.js";
import { bytesOf, recorded } from "./recorded.js";

const made = javascriptProgram<AnyInstance>(linear);
const batch = { x: [1, -2, 3, 0.5, 0.25, 2], labels: [0, 1] };

function trained(seed = 7): AnyInstance {
  const net = made.createSync({ seed });
  for (let step = 0; step < 3; step++) net.train(batch);
  return net;
}

/** What a file of the net's has, with some of it replaced, or left out where that is undefined. */
function given(over: Readonly<Record<string, Tensor | undefined>> = {}): Uint8Array {
  const tensors: Record<string, Tensor | undefined> = {
    weight: { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, NaN) },
    "hidden.bias": { shape: [2], data: Float32Array.of(-0, Infinity) },
    mean: { shape: [], data: Float64Array.of(0.1) },
    seen: { shape: [2], data: Int32Array.of(-5, 7) },
    flags: { shape: [3], data: Uint8Array.of(1, 0, 1), dtype: "BOOL" },
    ...over,
  };
  return writeSafetensors(new Map(Object.entries(tensors).filter((each): each is [string, Tensor] => !!each[1])));
}

/** What is not in files of weights. */
const rest = ({ functions, seed, model, format }: ReturnType<AnyInstance["state"]>) => ({
  functions,
  seed,
  model,
  format,
});

describe("weights", () => {
  it("come back bit for bit, and all else stays as it is", async () => {
    const [net, other] = [trained(), trained(8)];
    const before = other.state();
    const { tensors, metadata } = await openSafetensors(saveWeights(net));
    expect(Object.fromEntries(metadata)).toEqual({ format: "pt" });
    expect([...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ["mean", "F64", []],
      ["hidden.bias", "F32", [2]],
      ["weight", "F32", [2, 3]],
      ["seen", "I32", [2]],
      ["flags", "BOOL", [3]],
    ]);
    const report = await loadWeights(other, saveWeights(net));
    expect(report).toEqual({ loaded: [...tensors.keys()], kept: [], skipped: [] });
    const after = other.state();
    expect([after.parameters, after.state]).toEqual([net.state().parameters, net.state().state]);
    expect(rest(after)).toEqual(rest(before));
  });

  it("are a module's state_dict in PyTorch, and come from there", async () => {
    const x = input("x", ["batch", 4]);
    const norm = batchNorm("norm", 3);
    const loss = norm(linearLayer("hidden", 4, 3)(x))
      .square()
      .sum();
    const { createSync } = moduleOf(
      compiled(model("net", { dims: { batch: 2 }, functions: { train: minimize(loss, sgd({ lr: 0.1 })) } }), ["js"])
        .parts,
    );
    const net = createSync() as unknown as AnyInstance;
    const { file, values, shapes } = recorded.torch;
    const { loaded, kept, skipped } = await loadWeights(net, bytesOf(file));
    expect([loaded.toSorted(), kept, skipped]).toEqual([Object.keys(values).sort(), [], []]);
    const state = net.state();
    for (const [name, numbers] of Object.entries(values))
      expect(Array.from(state.parameters[name] ?? state.state[name]!)).toEqual(numbers);
    const ours = await openSafetensors(saveWeights(net));
    expect(Object.fromEntries([...ours.tensors].map(([name, { shape }]) => [name, shape]))).toEqual(shapes);
  });

  it("of other types become the net's", async () => {
    const net = trained();
    const half = { dtype: "F16", shape: [2], data_offsets: [0, 4] };
    const text = JSON.stringify({ "hidden.bias": half, seen: { dtype: "I64", shape: [2], data_offsets: [4, 20] } });
    const header = Buffer.from(text.padEnd(Math.ceil(text.length / 8) * 8));
    const long = Buffer.from(BigInt64Array.of(-(2n ** 31n), 2n ** 31n - 1n).buffer);
    const length = Buffer.from(BigUint64Array.of(BigInt(header.length)).buffer);
    const file = Buffer.concat([length, header, Buffer.from([0, 0x3c, 0, 0xc0]), long]);
    await loadWeights(net, file, { missing: "keep" });
    expect(net.parameters["hidden.bias"]).toEqual(Float32Array.of(1, -2));
    expect(net.state().state["seen"]).toEqual(Int32Array.of(-2147483648, 2147483647));

    const weight = { shape: [2, 3], data: Float64Array.of(0.1, 1, 2, 3, 4, 5) };
    await loadWeights(
      net,
      given({ weight, mean: { shape: [], data: Int32Array.of(7) }, seen: { shape: [2], data: Uint8Array.of(1, 255) } }),
    );
    expect(net.parameters["weight"]![0]).toBe(Math.fround(0.1));
    expect(net.state().state).toMatchObject({ mean: Float64Array.of(7), seen: Int32Array.of(1, 255) });
  });

  it("come back whatever their bits are", async () => {
    const net = trained();
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 24, maxLength: 24 }),
        fc.tuple(fc.integer(), fc.integer()),
        async (bytes, seen) => {
          const weight = { shape: [2, 3], data: new Float32Array(bytes.slice().buffer) };
          await loadWeights(net, given({ weight, seen: { shape: [2], data: Int32Array.from(seen) } }));
          expect(Buffer.from(net.state().parameters["weight"] as Float32Array)).toEqual(Buffer.from(weight.data));
          expect(await (await openSafetensors(saveWeights(net))).read("seen")).toEqual(Int32Array.from(seen));
        },
      ),
      runs(200, 1),
    );
  });
});

/** A net as declarations of emitted modules have it: with its own names, and no others. */
interface Declared {
  readonly parameters: { readonly "hidden.weight": Float32<[8, 4]>; readonly "hidden.bias": Float32<[8]> };
  readonly shapes: Shapes;
  state(): ModelState;
  load(state: ModelState, options?: LoadOptions): LoadReport;
}

it("are taken of nets with declared types", () => {
  const calls = (net: Declared) => [saveWeights(net), loadWeights(net, new Blob([]), { only: "*.bias" })] as const;
  expectTypeOf(calls).returns.toEqualTypeOf<readonly [Uint8Array<ArrayBuffer>, Promise<LoadedWeights>]>();
});

const tensor = (shape: readonly number[], data: Tensor["data"]): Tensor => ({ shape, data });

test.each<[string, Record<string, Tensor | undefined>, LoadWeightsOptions, string]>([
  ["one too few", { weight: undefined }, {}, "tensor 'weight': expected one in the file, found none for it"],
  [
    "one too many",
    { bias: tensor([], Float32Array.of(1)) },
    {},
    "tensor 'bias': expected a tensor that the net has, found none of the net's is called 'bias'",
  ],
  [
    "another shape",
    { weight: tensor([3, 2], new Float32Array(6)) },
    {},
    "tensor 'weight': expected [2, 3], found [3, 2]",
  ],
  ["another rank", { mean: tensor([1], new Float64Array(1)) }, {}, "tensor 'mean': expected [], found [1]"],
  [
    "floats for int32",
    { seen: tensor([2], new Float32Array(2)) },
    {},
    "tensor 'seen': expected what becomes int32, found F32",
  ],
  [
    "int32 for bool",
    { flags: tensor([3], new Int32Array(3)) },
    {},
    "tensor 'flags': expected what becomes bool, found I32",
  ],
  [
    "bytes for bool",
    { flags: tensor([3], Uint8Array.of(0, 1, 2)) },
    {},
    "tensor 'flags' at position 2: expected 0 or 1, found 2",
  ],
  [
    "two of one name",
    {},
    { rename: () => "weight" },
    "tensor 'hidden.bias': expected one tensor for 'weight', found 'mean' too",
  ],
  ["a name that is none", {}, { rename: () => 1 as never }, "found none of the net's is called 1"],
  [
    "another option",
    {},
    { strict: true } as never,
    "options: expected rename, only, missing or unknown, found 'strict'",
  ],
  ["another choice", {}, { missing: "skip" as never }, "missing: expected 'error' or 'keep', found 'skip'"],
  ["another choice", {}, { unknown: null as never }, "unknown: expected 'error' or 'skip', found Null"],
  [
    "no pattern",
    {},
    { only: 1 as never },
    "only: expected a pattern such as 'hidden.*', several of them, or a function, found 1",
  ],
  ["no function", {}, { rename: "a" as never }, "rename: expected a function, found 'a'"],
])("a load is refused, and changes nothing, with %s", async (_, over, options, message) => {
  const net = trained();
  const before = net.state();
  const load = loadWeights(net, given(over), options);
  await expect(load).rejects.toThrow(FileError);
  await expect(load).rejects.toThrow(message);
  expect(net.state()).toEqual(before);
});

describe("a load", () => {
  it("renames, skips and keeps as it is told", async () => {
    const net = trained();
    const before = net.state();
    const file = writeSafetensors(
      new Map([
        ["model.fc.weight", tensor([2, 3], new Float32Array(6))],
        ["model.head", tensor([], new Float32Array(1))],
        ["other", tensor([], new Float32Array(1))],
      ]),
    );
    const names: Record<string, string | null> = { "model.fc.weight": "weight", "model.head": null };
    const report = await loadWeights(net, file, {
      rename: (name) => (name in names ? names[name]! : name),
      missing: "keep",
      unknown: "skip",
    });
    expect(report).toEqual({
      loaded: ["weight"],
      kept: ["hidden.bias", "mean", "seen", "flags"],
      skipped: ["model.head", "other"],
    });
    const { parameters, state } = net.state();
    expect(parameters["weight"]).toEqual(new Float32Array(6));
    expect([parameters["hidden.bias"], state]).toEqual([before.parameters["hidden.bias"], before.state]);
  });

  test.each<[NonNullable<LoadWeightsOptions["only"]>, readonly string[]]>([
    ["hidden.*", ["hidden.bias"]],
    ["*e*", ["mean", "weight", "seen", "hidden.bias"]],
    ["flags", ["flags"]],
    [
      ["se*", "*.bias"],
      ["seen", "hidden.bias"],
    ],
    ["hidden?bias", []],
    [[], []],
    [({ shape }) => shape.length === 1, ["seen", "flags", "hidden.bias"]],
  ])("of only %s", async (only, loaded) => {
    const report = await loadWeights(trained(), given(), { only });
    expect(report.loaded.toSorted()).toEqual(loaded.toSorted());
    expect([...report.loaded, ...report.kept].toSorted()).toEqual([...report.loaded, ...report.skipped].toSorted());
    expect(report.loaded.length + report.kept.length).toBe(5);
  });

  it("takes an open file, and whatever has tensors that can be read", async () => {
    const net = trained();
    await loadWeights(net, await openSafetensors(given()));
    expect(net.parameters["weight"]![5]).toBeNaN();
    const own = {
      tensors: new Map([["weight", { dtype: "F32", shape: [2, 3], begin: 0, end: 24 }]]),
      read: () => Promise.resolve(new Float32Array(6).fill(4)),
    };
    await loadWeights(net, own, { missing: "keep" });
    expect(net.parameters["weight"]).toEqual(new Float32Array(6).fill(4));
    const before = net.state();
    const wrong = { ...own, read: () => Promise.resolve(new Float32Array(5)) };
    await expect(loadWeights(net, wrong, { missing: "keep" })).rejects.toThrow(
      "net: expected a state that it takes, found TypeError: linear.load: parameters.weight: expected 6 numbers, found 5",
    );
    expect(net.state()).toEqual(before);
  });

  it("keeps what a net learns while the file is read", async () => {
    const [net, other] = [trained(), trained()];
    const load = loadWeights(net, given(), { only: "weight" });
    net.train(batch);
    other.train(batch);
    await load;
    expect(net.state().functions).toEqual(other.state().functions);
    expect(net.state().parameters["hidden.bias"]).toEqual(other.state().parameters["hidden.bias"]);
  });
});
