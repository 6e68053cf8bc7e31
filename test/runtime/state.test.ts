import { describe, expect, it } from "vitest";
import { javascriptProgram as program, type ModelState } from "../../runtime/node.js";
import { linear, log } from "./linear.js";
import { refused } from "./snapshot.js";

const model = program(linear);
const batch = { x: [1, -2, 3, 0.5, 0.25, 2], labels: [0, 1] };

function trained(steps: number, seed = 7) {
  const net = model.createSync({ seed });
  for (let step = 0; step < steps; step++) net.train(batch);
  net.predict({ x: [1, 2, 3] });
  return net;
}

/** `state` with the member at `path` replaced, or removed. */
function changed(state: ModelState, path: readonly string[], value?: unknown): ModelState {
  const copy = structuredClone(state) as unknown as Record<string, unknown>;
  const owner = path.slice(0, -1).reduce((owner, name) => owner[name] as Record<string, unknown>, copy);
  if (value === undefined) delete owner[path.at(-1)!];
  else owner[path.at(-1)!] = value;
  return copy as unknown as ModelState;
}

describe("state", () => {
  it("is a deep copy of everything", () => {
    const net = trained(2);
    const state = net.state();
    expect(state).toMatchObject({ format: 1, model: "linear", seed: 7 });
    expect(Object.keys(state.parameters)).toEqual(["weight", "hidden.bias"]);
    expect(Object.keys(state.state)).toEqual(["mean", "seen", "flags"]);
    expect(state.functions.train).toMatchObject({ calls: 2, step: 2 });
    expect(state.functions.train!.parameters!.weight!.exp_avg).toBeInstanceOf(Float32Array);
    expect(state.functions.predict).toEqual({ calls: 1 });
    const before = structuredClone(state);
    net.train(batch);
    expect(state).toEqual(before);
  });

  const json = (state: ModelState) =>
    JSON.parse(
      JSON.stringify(state, (_, value: unknown) =>
        ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value,
      ),
    ) as ModelState;

  it.each([
    ["itself", (state: ModelState) => state],
    ["JSON", json],
    ["a structured clone", (state: ModelState) => structuredClone(state)],
  ])("continues bit for bit from %s", (_, carry) => {
    const net = trained(3);
    const saved = carry(net.state());
    net.train(batch);
    net.sample({}, { dims: { batch: 1 } });
    const other = trained(1, 2 ** 40);
    other.load(saved);
    other.train(batch);
    other.sample({}, { dims: { batch: 1 } });
    expect(log.at(-1)!.seed).toEqual([7, 0]);
    expect(other.state()).toEqual(net.state());
  });

  it.each<[string[], unknown, string]>([
    [["format"], 2, "format: expected 1, found 2"],
    [["format"], undefined, "format is missing"],
    [["model"], "other", "model: expected linear, found other"],
    [["seed"], -1, "seed: expected a whole number from 0 below 9007199254740992, found -1"],
    [["extra"], 1, "unknown name in state 'extra': expected format, model, seed, parameters, state, functions"],
    [["parameters"], undefined, "parameters is missing"],
    [["parameters"], 3, "parameters: expected an object, found Number"],
    [["parameters", "weight"], undefined, "parameters.weight is missing"],
    [["parameters", "bias"], [1], "unknown name in parameters 'bias': expected weight, hidden.bias"],
    [["parameters", "weight"], new Float32Array(5), "parameters.weight: expected 6 numbers, found 5"],
    [
      ["parameters", "weight"],
      new Int32Array(6),
      "parameters.weight: expected one of Float32Array, Float64Array, Uint8Array, Uint8ClampedArray, Array, found Int32Array",
    ],
    [["parameters", "weight"], { 0: 1, 1: 2 }, "parameters.weight: expected 6 numbers, found 2"],
    [
      ["parameters", "weight"],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      "parameters.weight: expected flat values, found nested arrays",
    ],
    [
      ["parameters", "hidden.bias"],
      [1, null],
      "parameters.hidden.bias at position 1: expected a finite number, found null",
    ],
    [
      ["state", "seen"],
      [1, 0.5],
      "state.seen at position 1: expected a whole number from -2147483648 below 2147483648, found 0.5",
    ],
    [["state", "flags"], [0, 1, 2], "state.flags at position 2: expected a whole number from 0 below 2, found 2"],
    [["functions", "train"], undefined, "functions.train is missing"],
    [
      ["functions", "train", "calls"],
      NaN,
      "functions.train.calls: expected a whole number from 0 below 9007199254740992, found NaN",
    ],
    [["functions", "train", "step"], undefined, "functions.train.step is missing"],
    [["functions", "predict", "step"], 1, "unknown name in functions.predict 'step': expected calls"],
    [
      ["functions", "train", "parameters", "weight", "exp_avg"],
      new Float32Array(1),
      "functions.train.parameters.weight.exp_avg: expected 6 numbers, found 1",
    ],
    [
      ["functions", "train", "parameters", "weight", "exp_avg_sq"],
      new Float32Array(6),
      "unknown name in functions.train.parameters.weight 'exp_avg_sq': expected exp_avg",
    ],
  ])("refuses a change of %j to %o", (path, value, message) => {
    const net = trained(2);
    refused(net, () => net.load(changed(trained(3).state(), path, value)), `linear.load: ${message}`);
  });

  it("JSON keeps what it has no numbers for, and the sign of 0", () => {
    const [net, other] = [trained(2), trained(1)];
    const odd = [NaN, Infinity, -Infinity, -0, 5e-324, 1 / 3];
    net.parameters.weight!.set(odd);
    net.load({ ...net.state(), state: { ...net.state().state, mean: Float64Array.of(-Infinity) } });
    const text = JSON.stringify(net.state());
    expect(text).not.toMatch(/null/);
    other.load(JSON.parse(text) as ModelState);
    expect(other.state()).toEqual(net.state());
    expect(Object.is(other.parameters.weight![3], -0)).toBe(true);
    expect(Object.keys(net.state().parameters.weight!)).toHaveLength(6);
  });

  it("a function that only computes may be newer than the state, and has then not been called", () => {
    const net = trained(2);
    net.tick();
    const old = trained(3).state() as unknown as { functions: Record<string, unknown> };
    for (const name of ["predict", "tick", "sequence"]) delete old.functions[name];
    net.load(old as unknown as ModelState);
    expect(net.state()).toMatchObject({
      functions: { train: { calls: 3 }, predict: { calls: 0 }, tick: { calls: 0 } },
    });
  });

  it("a load that is not strict takes what fits by name, and says what", () => {
    const net = trained(1);
    const from = structuredClone(trained(3).state()) as unknown as Record<string, Record<string, unknown>>;
    const old = net.state();
    from.model = "other" as never;
    from.parameters!.weight = new Float32Array(5);
    from.parameters!.extra = [1];
    from.state!.flags = [0, 1, 7];
    delete from.state!.mean;
    from.functions!.old = { calls: 3 };
    (from.functions!.train as { step: number }).step = -1;
    delete from.functions!.tick;
    const report = net.load(from as unknown as ModelState, { strict: false });
    expect(report.kept).toEqual(
      expect.arrayContaining([
        "model",
        "parameters.weight",
        "state.flags",
        "state.mean",
        "functions.train.calls",
        "functions.train.step",
        "functions.tick",
        "seed",
      ]),
    );
    expect(report.kept).toHaveLength(8);
    expect([...report.skipped].sort()).toEqual([
      "functions.old",
      "functions.train.calls",
      "functions.train.step",
      "model",
      "parameters.extra",
      "parameters.weight",
      "seed",
      "state.flags",
    ]);
    expect(report.loaded).toEqual(
      expect.arrayContaining(["format", "parameters.hidden.bias", "functions.train.parameters.weight.exp_avg"]),
    );
    const now = net.state();
    expect(now.parameters.weight).toEqual(old.parameters.weight);
    expect(now.functions.train).toMatchObject({ calls: 1, step: 1 });
    expect(now.functions.train!.parameters).toEqual(trained(3).state().functions.train!.parameters);
    refused(
      net,
      () => net.load({ ...now, format: 2 as 1 }, { strict: false }),
      "linear.load: format: expected 1, found 2",
    );
    refused(
      net,
      () => net.load(now, { strict: 0 as never }),
      "linear.load: strict: expected true or false, found Number",
    );
    refused(
      net,
      () => net.load(now, { strickt: false } as object),
      "linear.load: unknown option 'strickt': expected strict. Did you mean strict?",
    );
    expect(net.load(now).kept).toEqual([]);
  });

  it.each<[string, string[], unknown, string[]]>([
    [
      "an optimizer's tensor does not fit",
      ["functions", "train", "parameters", "weight", "exp_avg"],
      new Float32Array(1),
      ["functions.train.calls", "functions.train.step"],
    ],
    [
      "it lacks a parameter's tensors",
      ["functions", "train", "parameters", "weight"],
      undefined,
      ["functions.train.calls", "functions.train.step"],
    ],
    [
      "it lacks them all",
      ["functions", "train", "parameters"],
      undefined,
      ["functions.train.calls", "functions.train.step"],
    ],
    ["it is of another model", ["model"], "other", ["seed"]],
    ["it names no model", ["model"], undefined, ["seed"]],
    ["it names no format", ["format"], undefined, ["seed"]],
    ["a parameter does not fit", ["parameters", "weight"], new Float32Array(1), []],
  ])("counters stay with what they count: where %s", (_, path, value, stay) => {
    const net = trained(1, 3);
    const from = trained(4).state();
    const label = path.join(".");
    const { kept, skipped, loaded } = net.load(changed(from, path, value), { strict: false });
    expect([...kept].sort()).toEqual([label, ...stay].sort());
    expect([...skipped].sort()).toEqual([...(value === undefined ? [] : [label]), ...stay].sort());
    for (const each of stay) expect(loaded).not.toContain(each);
    const now = net.state();
    const counts = stay.includes("functions.train.step") ? 1 : 4;
    expect(now.functions.train).toMatchObject({ calls: counts, step: counts });
    expect(now.seed).toBe(stay.includes("seed") ? 3 : 7);
  });

  it("numbers that an optimizer shares stay where a tensor of its does not fit, and its step where a number does not", () => {
    const shared = { mu_product: linear.state.mean! };
    const train = { ...linear.functions.train!, shared };
    const net = program({ ...linear, functions: { ...linear.functions, train } }).createSync();
    const all = ["functions.train.calls", "functions.train.step", "functions.train.shared.mu_product"];
    for (const [path, kept] of [
      [["functions", "train", "parameters", "weight", "exp_avg"], all],
      [["functions", "train", "shared", "mu_product"], all.slice(0, 2)],
    ] as const) {
      const report = net.load(changed(net.state(), path), { strict: false });
      expect([...report.kept].sort()).toEqual([path.join("."), ...kept].sort());
      expect([...report.skipped].sort()).toEqual([...kept].sort());
    }
    expect(net.load(net.state(), { strict: false })).toMatchObject({ kept: [], skipped: [] });
  });

  it("loads what JSON makes of a state", () => {
    const [net, other] = [trained(3), trained(1)];
    other.load(JSON.parse(JSON.stringify(net.state())) as ModelState);
    expect(other.state()).toEqual(net.state());
  });

  it.each([undefined, null, "state", 1])("refuses %o", (state) => {
    const net = trained(1);
    const kind =
      state === undefined || state === null ? String(state) : Object.prototype.toString.call(state).slice(8, -1);
    refused(
      net,
      () => net.load(state as unknown as ModelState),
      `linear.load: state: expected an object, found ${kind}`,
    );
  });
});
