/** Checkpoints: training goes on bit for bit in another net, and what is not of this net's is refused as a whole. */
import { describe, expect, it, test } from "vitest";
import { moduleOf } from "../../compiler/check/instance.js";
import {
  FileError,
  loadCheckpoint,
  type LoadCheckpointOptions,
  loadWeights,
  openSafetensors,
  saveCheckpoint,
  saveWeights,
  type Tensor,
  writeSafetensors,
} from "../../files/node.js";
import { type AnyInstance, javascriptProgram } from "../../runtime/node.js";
import {
  adam,
  assign,
  batchNorm,
  clipByGlobalNorm,
  compute,
  dropout,
  ema,
  input,
  lbfgs,
  linear,
  minimize,
  model,
  mse,
  param,
  reduceLROnPlateau,
  sgd,
  state,
  swats,
  type Model,
  type Tensor as Symbolic,
} from "../../src/index.js";
import { compiled } from "../end/emit.js";
import { linear as written } from "../runtime/linear.js";
import { eachTarget, type TargetName } from "../targets.js";
import { randomly, mutated } from "./mutate.js";
import { runs } from "../runs.js";

type Optimizer = Parameters<typeof minimize>[1];
type Options = NonNullable<Parameters<typeof minimize>[2]>;

interface Parts {
  readonly name?: string;
  readonly width?: number;
  readonly second?: string;
  readonly act?: (h: Symbolic<["batch", number]>) => Symbolic<["batch", number]>;
  readonly precision?: "float32" | "float64";
}

/** A net with states, dropout, and a function beside the training that changes something. */
function netOf(optimizer: Optimizer, options: Options = {}, parts: Parts = {}): Model {
  const { name = "net", width = 3, second = "b", act = (h) => h.relu(), precision = "float32" } = parts;
  const scale = state("scale", [], 1);
  const h = dropout(act(batchNorm("norm", width)(linear("a", 2, width)(input("x", ["batch", 2])))), 0.25);
  const loss = mse(linear(second, width, 1)(h).mul(scale), input("y", ["batch", 1]));
  const train = minimize(loss, optimizer, options);
  const mark = compute({ now: scale.mul(1) }, { effects: [assign(scale, (now) => now.mul(1.5))] });
  return model(name, { dims: { batch: 4 }, functions: { predict: { h }, train, mark }, precision }) as unknown as Model;
}

const plateau = reduceLROnPlateau(0.1, { patience: 1 });
const nets: Readonly<Record<string, () => Model>> = {
  Adam: () => netOf(adam({ lr: 0.05, amsgrad: true })),
  "Adam in float64": () => netOf(adam({ lr: 0.05 }), {}, { precision: "float64" }),
  "momentum, accumulated, clipped, averaged, skipping": () =>
    netOf(sgd({ lr: 0.05, momentum: 0.9 }), {
      accumulate: 2,
      clip: clipByGlobalNorm(0.1),
      average: ema(0.9),
      skipNonFinite: true,
    }),
  "a schedule that keeps numbers": () => netOf(sgd({ lr: plateau })),
  "numbers over all gradients": () => netOf(swats({ lr: 0.05 })),
  "L-BFGS": () => netOf(lbfgs({ lr: 0.1, maxIter: 3 }) as Optimizer),
};

const made = (net: Model, target: TargetName, seed = 1): AnyInstance =>
  moduleOf(compiled(net, [target], { inline: true }).parts).createSync({ seed }) as unknown as AnyInstance;

/** Calls of every function, with inputs that depend on the number of the step alone. */
function go(net: AnyInstance, from: number, steps: number, options: object = {}): unknown[] {
  const results: unknown[] = [];
  for (let step = from; step < from + steps; step++) {
    const rows = 2 + (step % 3);
    const numbers = (count: number, at: number) =>
      Array.from({ length: count }, (_, i) => Math.sin(i * 1.3 + step + at));
    results.push(net["train"]({ x: numbers(2 * rows, 0), y: numbers(rows, 5) }, options));
    if (step % 2 === 0) results.push(net["mark"]({}));
  }
  return results;
}

describe.each(eachTarget)("on %s", (target) => {
  test.each(Object.entries(nets))("%s goes on bit for bit", async (name, make) => {
    // A metric that does not get better, so that the rate falls.
    const options = name.includes("schedule") ? { metric: 1 } : {};
    const [net, other] = [made(make(), target), made(make(), target, 99)];
    go(net, 0, 5, options);
    go(other, 3, 1, options);
    const bytes = saveCheckpoint(net, { epoch: 3 });
    expect(await loadCheckpoint(other, bytes)).toEqual({ epoch: 3 });
    expect(other.state()).toEqual(net.state());
    expect(go(other, 5, 4, options)).toEqual(go(net, 5, 4, options));
    expect(other.state()).toEqual(net.state());
    expect(saveCheckpoint(other)).toEqual(saveCheckpoint(net));
  });

  test("NaN, infinities and -0 come back", async () => {
    const [net, other] = [made(nets["Adam"]!(), target), made(nets["Adam"]!(), target, 2)];
    go(net, 0, 1);
    net.parameters["a.bias"]!.set([NaN, -Infinity, -0]);
    await loadCheckpoint(other, saveCheckpoint(net));
    expect([...other.parameters["a.bias"]!]).toEqual([NaN, -Infinity, -0]);
    const poisoned = net.state();
    (poisoned.functions["train"]!.parameters!["a.bias"]!["exp_avg"] as Float32Array).set([Infinity, NaN, 1]);
    net.load(poisoned);
    await loadCheckpoint(other, saveCheckpoint(net));
    expect(other.state()).toEqual(net.state());
  });
});

it("tensors of every element come back", async () => {
  const program = javascriptProgram<AnyInstance>(written);
  const [net, other] = [program.createSync({ seed: 3 }), program.createSync({ seed: 2 ** 52 })];
  for (let step = 0; step < 3; step++) net.train({ x: [1, -2, 3, 0.5, 0.25, 2], labels: [0, 1] });
  const bytes = saveCheckpoint(net);
  const { tensors } = await openSafetensors(bytes);
  expect(new Set([...tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(["F64", "F32", "I32", "BOOL"]));
  await loadCheckpoint(other, new Blob([bytes]));
  expect(other.state()).toEqual(net.state());
  await loadCheckpoint(net, await openSafetensors(saveCheckpoint(program.createSync({ seed: 2 ** 53 - 1 }))));
  expect(net.state()).toEqual(program.createSync({ seed: 2 ** 53 - 1 }).state());
});

const base = (): Model => netOf(adam({ lr: 0.05 }));

describe("another net", () => {
  const saved = (): Uint8Array => {
    const net = made(base(), "js");
    go(net, 0, 3);
    return saveCheckpoint(net);
  };

  async function refusal(net: AnyInstance, file: Uint8Array, options?: LoadCheckpointOptions): Promise<string> {
    const before = net.state();
    const found = await loadCheckpoint(net, file, options).then(
      () => "loaded",
      (error: unknown) => {
        expect(error).toBeInstanceOf(FileError);
        return (error as Error).message;
      },
    );
    if (found !== "loaded") expect(net.state()).toEqual(before);
    return found;
  }

  it("of another name, capacity, rate or target takes it", async () => {
    const renamed = netOf(adam({ lr: 0.1 }), { dims: { batch: 100 } }, { name: "other" });
    for (const target of ["js", "wasm"] as const) expect(await refusal(made(renamed, target), saved())).toBe("loaded");
  });

  it("that trains in another way is named, and takes it on demand", async () => {
    const net = made(netOf(adam({ lr: 0.05 }), {}, { act: (h) => h.tanh() }), "js");
    expect(await refusal(net, saved())).toBe(
      'checkpoint: expected one of functions that do the same, found other graphs of train: { graph: "any" } takes it if the tensors fit',
    );
    expect(await refusal(net, saved(), { graph: "any" })).toBe("loaded");
    expect(net.state().functions["train"]!.step).toBe(3);
  });

  it("that keeps other tensors refuses it all the same", async () => {
    const amsgrad = made(netOf(adam({ lr: 0.05, amsgrad: true })), "js");
    expect(await refusal(amsgrad, saved(), { graph: "any" })).toBe(
      "tensor 'optimizer/train/a.weight/max_exp_avg_sq': expected one in the file, found none",
    );
    const wide = made(netOf(adam({ lr: 0.05 }), {}, { width: 5 }), "js");
    expect(await refusal(wide, saved(), { graph: "any" })).toMatch(
      /^tensor '[^']+': expected F32 \[5.*, found F32 \[3/,
    );
    const other = made(netOf(adam({ lr: 0.05 }), {}, { second: "c" }), "js");
    expect(await refusal(other, saved(), { graph: "any" })).toBe(
      "tensor 'b.bias': expected a tensor that the net keeps, found none of this name",
    );
    const double = made(netOf(adam({ lr: 0.05 }), {}, { precision: "float64" }), "js");
    expect(await refusal(double, saved(), { graph: "any" })).toMatch(/^tensor '[^']+': expected F64 .*, found F32/);
  });

  it("options that it has not are refused", async () => {
    const net = made(base(), "js");
    expect(await refusal(net, saved(), { strict: true } as never)).toBe("options: expected graph, found 'strict'");
    expect(await refusal(net, saved(), { graph: "none" } as never)).toBe(
      "graph: expected 'same' or 'any', found 'none'",
    );
  });

  it("a file that is no checkpoint, or one of other versions, is refused", async () => {
    const net = made(base(), "js");
    expect(await refusal(net, saveWeights(net))).toBe(
      "checkpoint: expected a file that saveCheckpoint wrote, found none: loadWeights takes weights alone",
    );
    const { tensors, metadata, read } = await openSafetensors(saved());
    const note = JSON.parse(metadata.get("optimc")!) as Record<string, unknown>;
    const all = new Map<string, Tensor>();
    for (const [name, { shape, dtype }] of tensors)
      all.set(name, { shape, data: await read(name), ...(dtype === "BOOL" && { dtype }) });
    const withNote = (text: string) => writeSafetensors(all, { optimc: text });
    const changed = (over: object) => withNote(JSON.stringify({ ...note, ...over }));
    expect(await refusal(net, withNote(JSON.stringify(note)))).toBe("loaded");
    expect(await refusal(net, withNote("{"))).toMatch(/^metadata 'optimc': expected JSON, found SyntaxError/);
    expect(await refusal(net, withNote("null"))).toBe("checkpoint: expected format 1, found undefined");
    expect(await refusal(net, changed({ format: 2 }))).toBe("checkpoint: expected format 1, found 2");
    expect(await refusal(net, changed({ functions: null }))).toBe("checkpoint: expected functions, found Null");
    for (const functions of [
      { ...(note["functions"] as object), predict: null },
      { train: 1, mark: 1 },
    ])
      expect(await refusal(net, changed({ functions }))).toMatch(
        /^checkpoint, function '\w+': expected its counters, found (?:Null|1)$/,
      );
    for (const functions of [{}, [], { train: {} }])
      expect(await refusal(net, changed({ functions }))).toMatch(
        /^checkpoint: expected one of functions that do the same/,
      );
    for (const seed of [null, -1, 0.5, "1", {}])
      expect(await refusal(net, changed({ seed }))).toMatch(
        /^net: expected a state that it takes, found TypeError: net.load: /,
      );
    const { train, mark } = note["functions"] as Record<string, { graph: string }>;
    for (const wrong of [
      { calls: -1, step: 3 },
      { calls: 3, step: "3" },
      { calls: {}, step: 3 },
    ])
      expect(await refusal(net, changed({ functions: { train: { ...train, ...wrong }, mark } }))).toMatch(/^net: /);
    expect(train!.graph).not.toBe(mark!.graph);
  });

  it("changed files are refused, or read", async () => {
    const { numRuns, seed } = runs(3000, 1);
    const random = randomly(seed);
    const net = made(base(), "js");
    const file = saved();
    const counts = { loaded: 0, refused: 0 };
    for (let round = 0; round < numRuns; round++) {
      const found = await refusal(net, mutated(file, random));
      counts[found === "loaded" ? "loaded" : "refused"]++;
    }
    expect(Math.min(counts.loaded, counts.refused)).toBeGreaterThan(0);
  });
});

describe("progress", () => {
  const net = made(base(), "js");
  const back = async (progress: unknown): Promise<unknown> => loadCheckpoint(net, saveCheckpoint(net, progress));

  it("is what was given, with the numbers that JSON lacks", async () => {
    const progress = {
      epoch: 2,
      losses: [1.5, NaN, Infinity, -Infinity, -0, 1e-320],
      text: ["~", "~NaN", "~~1", "", "x~"],
      best: { "validation.loss": 0.25, "~key": null, on: true },
    };
    expect(await back(progress)).toEqual(progress);
    for (const each of [0, "~", false, null, [], NaN]) expect(await back(each)).toEqual(each);
    expect(await back(undefined)).toBeUndefined();
    expect(saveCheckpoint(net)).toEqual(saveCheckpoint(net, undefined));
  });

  it("that JSON cannot hold is refused", () => {
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    for (const each of [cyclic, 1n, { toJSON: () => 1n }])
      expect(() => saveCheckpoint(net, each)).toThrow(/^progress: expected what JSON can hold, found TypeError: /);
  });
});

it("has the weights under PyTorch's names for whoever wants these alone", async () => {
  const [net, other] = [made(base(), "js"), made(base(), "js", 5)];
  go(net, 0, 2);
  const step = other.state().functions;
  const { loaded } = await loadWeights(other, saveCheckpoint(net), { unknown: "skip" });
  expect(loaded).toHaveLength(Object.keys({ ...net.parameters, ...net.state().state }).length);
  expect(other.state().parameters).toEqual(net.state().parameters);
  expect(other.state().functions).toEqual(step);
});

it("a parameter that is called as an optimizer's tensor would be is refused", () => {
  const p = param("w", [2], 0.5);
  const q = param("optimizer/train/w/exp_avg", [2], 0.5);
  const train = minimize(p.add(q).square().sum(), adam());
  const net = made(model("net", { functions: { train } }) as unknown as Model, "js");
  expect(() => saveCheckpoint(net)).toThrow(
    "tensor 'optimizer/train/w/exp_avg': expected one of this name, found two: call a parameter otherwise",
  );
});
