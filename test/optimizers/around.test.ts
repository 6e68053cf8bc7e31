/** What users stumble over around an optimizer: each is an error with its reason, or does what the documentation says. */
import { describe, expect, it } from "vitest";
import { compareCall } from "../../compiler/check/call.js";
import { circumstancesOf } from "../../compiler/check/draw.js";
import { compileModel } from "../../compiler/compile.js";
import { manifestOf } from "../../compiler/emit/manifest.js";
import { withPlace } from "../../compiler/ir/place.js";
import type { Model } from "../../compiler/model/model.js";
import * as optimc from "../../src/index.js";
import { build } from "../run.js";
import { eachTarget } from "../targets.js";
import { subjectOf } from "../stages.js";

const {
  adam,
  assign,
  clipByValue,
  ema,
  clipByGlobalNorm,
  input,
  linear,
  minimize,
  model,
  mse,
  scheduleFreeSGD,
  sgd,
  state,
} = optimc;

const x = input("x", ["batch", 5]);
const y = input("y", ["batch", 3]);
const scores = linear("output", 4, 3)(linear("hidden", 5, 4)(x).tanh());
const loss = mse(scores, y);
const inputs = { x: Float32Array.from({ length: 15 }, (_, i) => Math.sin(i)), y: new Float32Array(9).fill(1) };
const broken = { x: new Float32Array(15).fill(NaN), y: inputs.y };

const net = (functions: Parameters<typeof model>[1]["functions"]): Model =>
  model("net", { dims: { batch: 3 }, functions });

describe.each(eachTarget)("on %s", (_, target) => {
  it.each(["average", "schedule-free"])(
    "a call that reads what one of two functions keeps is what its graph means: %s",
    (how) => {
      const [by, options] = how === "average" ? [sgd(), { average: ema(0.5) }] : [scheduleFreeSGD(), {}];
      const live = build(net({ read: { scores }, train: minimize(loss, by, options), fine: minimize(loss, sgd()) }), {
        target,
      });
      for (const name of ["train", "train", "fine"]) live.call(name, inputs);
      const read = subjectOf(live.stages, "read");
      const given = circumstancesOf(read.graph, live.state(), { dims: { batch: 3 }, inputs: { x: inputs.x }, seed: 0 });
      for (const { fault } of compareCall(live, read, given, { x: inputs.x })) expect(fault).toBeNull();
    },
  );

  it("a scheduled limit is checked in every call, and may be overridden", () => {
    const live = build(net({ train: minimize(loss, sgd(), { clip: clipByGlobalNorm((t) => t.sub(1).neg()) }) }), {
      target,
    });
    live.call("train", inputs);
    expect(() => live.call("train", inputs)).toThrow(
      "the schedule of 'clip': expected a finite number above 0, found 0",
    );
    live.call("train", inputs, { clip: 0.5 });
    expect(() => live.call("train", inputs, { clip: -1 })).toThrow("option 'clip'");
  });

  it("a step that is left out leaves assigned states alone", () => {
    const seen = state("seen", [3], 2);
    const effects = [assign(seen, (now) => now.mul(0.5).add(scores.mean(0)))];
    const options = { effects, skipNonFinite: true, average: ema(0.5) };
    const live = build(net({ train: minimize(loss, sgd(), options), read: { seen: seen.mul(1) } }), { target });
    expect(live.call("train", broken)["skipped"]).toBe(true);
    expect(Array.from(live.state().state["seen"] as Float32Array)).toEqual([2, 2, 2]);
    live.call("train", inputs);
    expect(Array.from(live.call("read")["seen"] as Float32Array).every(Number.isFinite)).toBe(true);
    const { storedGradients } = manifestOf([live.program]).functions["train"] ?? expect.fail();
    for (const { parameter } of storedGradients) expect(parameter).toMatch(/^(hidden|output)\./);
  });

  it("groups of a call are objects", () => {
    const by = sgd({ groups: { biases: { match: "*.bias", lr: 0.1 } } });
    const live = build(net({ train: minimize(loss, by) }), { target });
    expect(() => live.call("train", inputs, { groups: 3 })).toThrow(
      "option 'groups': expected an object, found Number",
    );
    expect(() => live.call("train", inputs, { groups: { biases: 3 } })).toThrow("group 'biases': expected an object");
    expect(() => live.call("train", inputs, { groups: { other: {} } })).toThrow(
      "unknown group 'other': expected biases",
    );
    expect(() => live.call("train", inputs, { groups: { biases: { beta: 1 } } })).toThrow(
      "unknown option of group 'biases'",
    );
  });

  it("a call overrides in a group the numbers that are written in it, and says so of others", () => {
    const bare = { match: "hidden.weight", weightDecay: 0 };
    const by = adam({ weightDecay: 0.1, groups: { biases: { match: "*.bias", lr: 0.1 }, bare } });
    const live = build(net({ train: minimize(loss, by) }), { target });
    const train = (groups: object) => live.call("train", inputs, { groups });
    train({ biases: { lr: 0.2 } });
    expect(() => train({ biases: { eps: 0.1 } })).toThrow(
      "train: group 'biases' has no eps of its own to override: give the group eps in the model, other than 0",
    );
    expect(() => train({ bare: { lr: 0.1 } })).toThrow(
      "train: group 'bare' has no lr of its own to override: give the group lr in the model, other than 0",
    );
    expect(() => train({ bare: { weightDecay: 0.1 } })).toThrow(
      "give the group weightDecay in the model, other than 0",
    );
    expect(() => train({ biases: { beta: 0.1 } })).toThrow("unknown option of group 'biases' 'beta': expected lr");
  });
});

describe("refused when the model is built", () => {
  const build1 = (train: ReturnType<typeof minimize>): unknown => build(net({ train }));

  it("a group that fits no parameter", () =>
    expect(() => build1(minimize(loss, adam({ groups: { biases: { match: "*.bais", lr: 1 } } })))).toThrow(
      "no parameter of 'train' is in group 'biases'",
    ));
  it("a group that fits no parameter, at the place of the minimize", () => {
    const place = { file: "/net.model.ts", line: 7, column: 3 };
    const by = adam({ groups: { biases: { match: "*.bais", lr: 1 } } });
    const train = withPlace(place, () => minimize(loss, by));
    expect(() => build1(train)).toThrow(expect.objectContaining({ code: "invalid-hyper", place }) as Error);
  });
  it("a parameter in two groups", () =>
    expect(() =>
      build1(minimize(loss, adam({ groups: { a: { match: "*.bias" }, b: { match: "hidden.*", lr: 1 } } }))),
    ).toThrow("'hidden.bias' is in two groups"));
  it("an average of an average", () =>
    expect(() => minimize(loss, scheduleFreeSGD(), { average: ema() })).toThrow("keeps an average of its own"));
  it("a number that advance gives and nothing shares", () => {
    const own = optimc.optimizer({
      name: "own",
      hyper: {},
      state: () => ({}),
      shared: () => ({ size: 1 }),
      advance: ({ shared }) => ({ siez: shared.size }) as never,
      update: ({ param }) => ({ param, state: {} }),
    });
    expect(() => build1(minimize(loss, own()))).toThrow("advance gives 'siez' which is not shared");
  });
});

it.each([false, true])("explain says what clipping costs, and what the other way would: %s", (recompute) => {
  const made = net({ train: minimize(loss, adam(), { clip: clipByGlobalNorm(1, { recompute }) }) });
  const text = compileModel(made, { name: "net", targets: ["wasm"], source: "net.model.ts" })
    .explain()
    .replace(/\s+/g, " ");
  const found = recompute
    ? /clip by global norm computes gradients twice: \+\d+ % arithmetic; holding them instead: [+-][\d.]+ \w+/
    : /clip by global norm holds all gradients: [+-][\d.]+ \w+; recomputing them instead: \+\d+ % arithmetic/;
  expect(text).toMatch(found);
  const plain = compileModel(net({ train: minimize(loss, adam(), { clip: clipByValue(1) }) }), {
    name: "net",
    targets: ["wasm"],
    source: "net.model.ts",
  });
  expect(plain.explain()).not.toContain("clip by");
});

describe("a parameter that no gradient moves stays as it is", () => {
  const { adadelta, embedding, param, sparseAdam, stopGradient } = optimc;
  const single = param("single", [], 0.5);
  const table = embedding("table", 5, 3);
  const rows = input("rows", ["batch"], "int32");
  // Something must be trained.
  const moved = param("moved", [], 0.5).square();
  const losses = {
    "a single number, in steps that may be skipped": () =>
      minimize(single.toInt().toFloat().add(moved), adadelta(), { skipNonFinite: true }),
    "rounded, with another optimizer": () => minimize(single.round().add(moved), adam(), { skipNonFinite: true }),
    "a table whose rows nothing lists": () =>
      minimize(
        stopGradient(table(rows))
          .sum()
          .add(embedding("moved", 5, 3)(rows).sum()),
        sparseAdam(),
      ),
  };

  it.each(
    eachTarget.flatMap(([name, target]) => Object.entries(losses).map((each) => [name, ...each, target] as const)),
  )("on %s: %s", (_, which, make, target) => {
    const sparse = which.startsWith("a table");
    const live = build(model("net", { dims: sparse ? { batch: 3 } : {}, functions: { train: make() } }), { target });
    const parameter = live.parameters[sparse ? "table.weight" : "single"] as Float32Array;
    const before = [...parameter];
    for (let step = 0; step < 3; step++) live.call("train", sparse ? { rows: Int32Array.of(1, 4) } : {});
    expect([...parameter]).toEqual(before);
  });
});
