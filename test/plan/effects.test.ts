/** Effects that read what other effects, or they themselves, replace: every read but `current` is from before the call. */
import { expect, test } from "vitest";
import { verifyProgram } from "../../compiler/plan/verify/verify.js";
import { assign, compute, gather, input, minimize, model, param, sgd, state, type Model } from "../../src/index.js";
import { build, numbersOf, type Live } from "../run.js";
import { placedOf } from "../stages.js";

const fusions = ["all", "withoutUpdates", "none"] as const;

function live(make: () => Model, fusion: (typeof fusions)[number]): Live {
  const made = build(make(), { fusion });
  expect(verifyProgram(placedOf(made.stages))).toEqual([]);
  return made;
}

const stateOf = (net: Live, name: string): number[] => Array.from(net.state().state[name] ?? []);

test.each(fusions)("two states change places, fusion %s", (fusion) => {
  const net = live(() => {
    const [a, b] = [state("a", [3], 1), state("b", [3], 2)];
    const effects = [assign(a, () => b), assign(b, () => a)];
    return model("m", { functions: { run: compute({ difference: a.sub(b) }, { effects }) } });
  }, fusion);
  expect(numbersOf(net.call("run")["difference"])).toEqual([-1, -1, -1]);
  expect([stateOf(net, "a"), stateOf(net, "b")]).toEqual([
    [2, 2, 2],
    [1, 1, 1],
  ]);
});

test.each(fusions)("a state is divided by its sum, and returned as it was, fusion %s", (fusion) => {
  const net = live(() => {
    const a = state("a", [4], 3);
    return model("m", {
      functions: { run: compute({ a }, { effects: [assign(a, (current) => current.div(current.sum()))] }) },
    });
  }, fusion);
  expect(numbersOf(net.call("run")["a"])).toEqual([3, 3, 3, 3]);
  expect(stateOf(net, "a")).toEqual([0.25, 0.25, 0.25, 0.25]);
});

test.each(fusions)("a state is transposed, and its rows are chosen, fusion %s", (fusion) => {
  const net = live(() => {
    const a = state("a", [2, 2], 0);
    const [x, rows] = [input("x", [2, 2]), input("rows", [2], "int32")];
    return model("m", {
      functions: {
        set: compute({}, { effects: [assign(a, () => x)] }),
        turn: compute({ before: a.sum() }, { effects: [assign(a, (current) => current.transpose())] }),
        choose: compute({ before: a.sum() }, { effects: [assign(a, (current) => gather(current, rows))] }),
      },
    });
  }, fusion);
  net.call("set", { x: [1, 2, 3, 4] });
  expect(numbersOf(net.call("turn")["before"])).toEqual([10]);
  expect(stateOf(net, "a")).toEqual([1, 3, 2, 4]);
  expect(numbersOf(net.call("choose", { rows: [1, 1] })["before"])).toEqual([10]);
  expect(stateOf(net, "a")).toEqual([2, 4, 2, 4]);
});

test.each(fusions)("a state follows a parameter, and the parameter's gradient is the state, fusion %s", (fusion) => {
  const net = live(() => {
    const [w, s] = [param("w", [2], 1), state("s", [2], 4)];
    const effects = [assign(s, (current) => current.mul(0.5).add(w))];
    return model("m", { functions: { train: minimize(w.mul(s).sum(), sgd({ lr: 0.25 }), { effects, also: { s } }) } });
  }, fusion);
  const result = net.call("train");
  expect([numbersOf(result["loss"]), numbersOf(result["s"])]).toEqual([[8], [4, 4]]);
  expect([stateOf(net, "s"), Array.from(net.parameters["w"] ?? [])]).toEqual([
    [3, 3],
    [0, 0],
  ]);
});

test.each(fusions)("a weight is used twice in a row, fusion %s", (fusion) => {
  const net = live(() => {
    const w = param("w", [1, 1], 3);
    const x = input("x", ["batch", 1]);
    const y = x.matmul(w).matmul(w);
    return model("m", {
      dims: { batch: 2 },
      functions: { train: minimize(y.sum(), sgd({ lr: 0.5 }), { also: { w: w.transpose() } }) },
    });
  }, fusion);
  // d(x w^2)/dw = 2 x w
  const result = net.call("train", { x: [1, 2] });
  expect([numbersOf(result["loss"]), numbersOf(result["w"])]).toEqual([[27], [3]]);
  expect(Array.from(net.parameters["w"] ?? [])).toEqual([3 - 0.5 * 2 * 3 * 3]);
});
