/**
 * Wrong arguments: every function that the package exports and every method of tensors is called with things that it
 * does not take, at every position. Each call gives something legal, or an error that says at the user's line what was
 * expected and what was found.
 */
import { describe, expect, it } from "vitest";
import { isOptimcError } from "../../compiler/diagnostics.js";
import { methodNames } from "../../compiler/ir/op.js";
import { capturePlaces } from "../../compiler/ir/place.js";
import * as optimc from "../../src/index.js";
import {
  float,
  functions,
  layer,
  loss,
  methodArguments,
  right,
  rows,
  truth,
  vector,
  weight,
  whole,
  type Callable,
} from "./right.js";

const { adam, constant, minimize } = optimc;

/** What is wrong nearly everywhere. */
const wrong: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  "a number": 7,
  "a part": 0.5,
  NaN: NaN,
  "a negative number": -4,
  "a string": "relu",
  "an empty string": "",
  "a boolean": true,
  "a bigint": 7n,
  "a symbol": Symbol("s"),
  "an array": [1, 2],
  "an empty array": [],
  "an array of null": [null],
  "an array of tensors": [float, whole],
  "a typed array": new Float32Array(3),
  "an object with an unknown option": { unknownOption: 1 },
  "an object without a prototype": Object.create(null),
  "an object of null": { reduction: null, dims: null, functions: { run: null }, training: null, values: null },
  "a float tensor": float,
  "an int tensor": whole,
  "a bool tensor": truth,
  "a tensor of rank 0": float.sum(),
  "a layer that was not called": layer,
  "a function of the user's": () => undefined,
  "an optimizer that was not called": adam,
  "an initializer": optimc.zeros(),
  "a promise": Promise.resolve(1),
};

const place = { file: "/project/net.model.js", line: 3, column: 5 };

/** What is wrong with how a call ends; null where it gives a result, or an error as it should be. */
function complaint(call: () => unknown): string | null {
  // This file stands for the user's.
  const remove = capturePlaces(({ script }) => (script.includes("arguments.test") ? place : undefined));
  try {
    call();
    return null;
  } catch (error) {
    if (!isOptimcError(error)) return `threw ${String(error)}`;
    const text = [error.message, error.expected, error.found, error.hint].join("\n");
    if (error.place !== place) return `has no place: ${text}`;
    if (!error.expected || !error.found) return `does not say what was expected and found: ${text}`;
    if (/\[object|undefined is not|Cannot read prop|is not iterable|internal/.test(text)) return `reads: ${text}`;
    return null;
  } finally {
    remove();
  }
}

/** Calls `callable` with each wrong thing in each place, and with too little. */
function complaints(callable: (...given: readonly unknown[]) => unknown, given: readonly unknown[]): string[] {
  const calls: [string, readonly unknown[]][] = [["nothing", []]];
  for (const [what, thing] of Object.entries(wrong)) {
    calls.push([`only ${what}`, [thing]]);
    for (let position = 0; position <= given.length; position++) {
      calls.push([`${what} at ${position + 1}`, [...given.slice(0, position), thing, ...given.slice(position + 1)]]);
    }
  }
  return calls.flatMap(([what, each]) => {
    const said = complaint(() => callable(...each));
    return said === null ? [] : [`${what}: ${said}`];
  });
}

describe("functions", () => {
  it("are all named here", () => {
    expect([...functions.keys()].sort()).toEqual(Object.keys(right).sort());
  });

  it.each(Object.entries(right))("%s", (name, given) => {
    const callable = functions.get(name) as Callable;
    expect(complaint(() => callable(...given))).toBeNull();
    expect(() => callable(...given)).not.toThrow();
    expect(complaints(callable, given)).toEqual([]);
  });
});

describe("methods", () => {
  it.each(methodNames().filter((name) => name !== "constructor"))("%s", (name) => {
    for (const receiver of [float, whole, truth, constant(1)]) {
      const method = (receiver as unknown as Record<string, (...given: readonly unknown[]) => unknown>)[name];
      expect(method).toBeTypeOf("function");
      const given = methodArguments[name] ?? [receiver];
      expect(complaints((...each) => method?.apply(receiver, [...each]), given)).toEqual([]);
    }
  });
});

describe("options that do not exist are refused, and the nearest is named", () => {
  const misspelt: [string, () => unknown, string][] = [
    ["crossEntropy", () => optimc.crossEntropy(float, rows, { labelSmoothin: 0.1 } as never), "labelSmoothing"],
    ["mse", () => optimc.mse(float, float, { reducton: "sum" } as never), "reduction"],
    ["l1", () => optimc.l1(float, float, { reducton: "sum" } as never), "reduction"],
    ["huber", () => optimc.huber(float, float, { dleta: 2 } as never), "delta"],
    ["smoothL1", () => optimc.smoothL1(float, float, { betta: 2 } as never), "beta"],
    ["hinge", () => optimc.hinge(float, float, { margn: 2 } as never), "margin"],
    ["hingeEmbedding", () => optimc.hingeEmbedding(float, float, { margn: 2 } as never), "margin"],
    ["cosineEmbedding", () => optimc.cosineEmbedding(float, float, float.sum(1), { margn: 0 } as never), "margin"],
    ["kl", () => optimc.kl(float, float, { logtarget: true } as never), "logTarget"],
    ["nll", () => optimc.nll(float, rows, { ignoreindex: 1 } as never), "ignoreIndex"],
    ["triplet", () => optimc.triplet(float, float, float, { epss: 1 } as never), "eps"],
    ["binaryCrossEntropy", () => optimc.binaryCrossEntropy(float, float, { weights: weight } as never), "weight"],
    [
      "binaryCrossEntropyWithLogits",
      () => optimc.binaryCrossEntropyWithLogits(float, float, { posweight: weight } as never),
      "posWeight",
    ],
    ["precision", () => optimc.precision(rows, rows, { avarage: "macro" } as never), "average"],
    ["f1", () => optimc.f1(rows, rows, { clases: 3 } as never), "classes"],
    ["batchNorm 'n'", () => optimc.batchNorm("n", 3, { momentm: 0.1 } as never), "momentum"],
    ["embedding 'n'", () => optimc.embedding("n", 9, 3, { paddingIdx: 1 } as never), "paddingIndex"],
    ["layerNorm 'n'", () => optimc.layerNorm("n", 3, { afine: false } as never), "affine"],
    ["rmsNorm 'n'", () => optimc.rmsNorm("n", 3, { epss: 1 } as never), "eps"],
    ["sort", () => optimc.sort(float, 0, { decending: true } as never), "descending"],
    ["topK", () => optimc.topK(float, 2, 1, { larges: true } as never), "largest"],
    ["sum", () => float.sum(0, { keepdim: true } as never), "keepDim"],
    ["argmax", () => float.argmax(0, { keepdim: true } as never), "keepDim"],
    ["norm", () => float.norm(2, 0, { keepdim: true } as never), "keepDim"],
    ["variance", () => float.variance(0, { keepdim: true } as never), "keepDim"],
    ["argsort", () => float.argsort(0, { decending: true } as never), "descending"],
    ["randomNormal", () => optimc.randomNormal([3], { sdt: 1 } as never), "std"],
    ["randomUniform", () => optimc.randomUniform([3], { hig: 1 } as never), "high"],
    [
      "customGradient",
      () => optimc.customGradient(vector, vector, (dy) => dy, { surogate: true } as never),
      "surrogate",
    ],
    ["stepLR", () => optimc.stepLR(0.1, { stepsize: 30 } as never), "stepSize"],
    ["multiStepLR", () => optimc.multiStepLR(0.1, { milestone: [30] } as never), "milestones"],
    ["constantLR", () => optimc.constantLR(0.1, { totalIter: 5 } as never), "totalIters"],
    ["linearLR", () => optimc.linearLR(0.1, { startfactor: 0.5 } as never), "startFactor"],
    ["exponentialLR", () => optimc.exponentialLR(0.1, { gama: 0.9 } as never), "gamma"],
    ["polynomialLR", () => optimc.polynomialLR(0.1, { powr: 2 } as never), "power"],
    ["cosineAnnealingLR", () => optimc.cosineAnnealingLR(0.1, { tmax: 30 } as never), "tMax"],
    ["cosineAnnealingWarmRestarts", () => optimc.cosineAnnealingWarmRestarts(0.1, { tmult: 2 } as never), "tMult"],
    ["oneCycleLR", () => optimc.oneCycleLR(0.1, { totalStep: 30 } as never), "totalSteps"],
    ["cyclicLR", () => optimc.cyclicLR(0.1, { maxLR: 1 } as never), "maxLr"],
    ["swaLR", () => optimc.swaLR(0.1, { swaLR: 0.05 } as never), "swaLr"],
    ["reduceLROnPlateau", () => optimc.reduceLROnPlateau(0.1, { patence: 3 } as never), "patience"],
    ["sequentialLR", () => optimc.sequentialLR([0.1, 0.2], { milestone: [5] } as never), "milestones"],
    ["warmup", () => optimc.warmup(5, 0.1, { startfactor: 0.1 } as never), "startFactor"],
    ["minimize", () => minimize(loss, adam(), { param: [] } as never), "params"],
  ];
  it.each(misspelt)("%s", (name, call, near) => {
    let thrown: unknown;
    try {
      call();
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: "invalid-argument", hint: `did you mean ${near}?` });
    expect((thrown as Error).message).toContain(`${name}: there is no option '`);
  });
});
