/** Names of the user's that meet names of the emitted code change no result. */
import { describe, expect, it } from "vitest";
import { adam, hyper, input, minimize, model, type Model, optimizer, param, sgd } from "../../src/index.js";
import { build } from "../run.js";

interface Names {
  readonly x: string;
  readonly y: string;
  readonly w: string;
  readonly n: string;
  readonly r: string;
}

const plain: Names = { x: "first", y: "second", w: "weights", n: "rows", r: "result" };

/** The same two functions under other names; `own` is an optimizer whose option is called as one of them. */
function named({ x: xName, y: yName, w: wName, n, r }: Names, option: string): Model {
  const x = input(xName, [n, 2]);
  const y = input(yName, [n, 2]);
  const w = param(wName, [2], 3);
  const own = optimizer({
    name: "own",
    hyper: { [option]: hyper.number(0.01) },
    state: () => ({}),
    update: ({ param: p, grad, hyper }) => ({ param: p.sub(grad.mul(hyper[option] as never)), state: {} }),
  });
  const h = x.mul(w).add(y);
  return model("m", {
    dims: { [n]: 4 },
    functions: {
      compute: { [r]: h.mul(2), other: h.sum(1) },
      adam: minimize(h.square().sum(), adam({ lr: 0.1 }), { also: { [r === "loss" ? "x" : r]: w.mul(2) } }),
      sgd: minimize(h.square().sum(), sgd({ lr: 0.01, momentum: 0.9 })),
      own: minimize(h.square().sum(), own()),
    },
  });
}

function results(names: Names, option: string): unknown {
  const net = build(named(names, option) as never);
  const inputs = { [names.x]: [1, 2, 3, 4, 5, 6], [names.y]: [6, 5, 4, 3, 2, 1] };
  return ["compute", "adam", "sgd", "own", "compute"].map((name) => [
    Object.values(net.call(name, inputs)),
    [...(net.parameters[names.w] as Float32Array)],
  ]);
}

describe("names that meet", () => {
  const expected = results(plain, "rate");
  it.each([
    [{ ...plain, x: "batch", n: "batch" }, "rate"],
    [{ ...plain, x: "time", w: "time", n: "time" }, "rate"],
    [{ ...plain, n: "words", r: "words", w: "words" }, "words"],
    [{ ...plain, x: "lr", y: "eps" }, "lr"],
    [{ ...plain, x: "beta1", y: "stepSize", w: "lr", r: "beta2" }, "momentum"],
    [{ ...plain, x: "step", y: "seed", w: "call", n: "hyper", r: "inputs" }, "rate"],
    [{ ...plain, x: "memory", y: "contract", w: "sums", n: "panels", r: "program" }, "x"],
    [{ ...plain, x: "i", y: "j", w: "sum", n: "k", r: "value" }, "w"],
    [{ ...plain, x: "x", y: "x2", w: "x3", n: "x4", r: "x5" }, "x6"],
    [{ ...plain, x: "constructor", y: "toString", w: "hasOwnProperty", n: "valueOf", r: "constructor" }, "constructor"],
    [{ ...plain, x: "class", y: "await", w: "let", n: "new", r: "yield" }, "enum"],
  ])("%o, option %s", (names, option) => {
    expect(results(names, option)).toEqual(expected);
  });
});
