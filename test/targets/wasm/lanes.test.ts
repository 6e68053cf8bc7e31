/** What can run in lanes does: no operation, gradient or optimizer is left in loops of single elements. */
import { callsOf } from "../../../compiler/ir/program.js";
import { describe, expect, test } from "vitest";
import { compileProgram } from "../../../compiler/compile.js";
import type { CompiledProgram } from "../../../compiler/emit/compiled.js";
import { codesOf, partsOf, type Code } from "../../../compiler/targets/wasm/code.js";
import { isWasmKernel } from "../../../compiler/targets/wasm/printed.js";
import { wasm } from "../../../compiler/targets/wasm/wasm.js";
import type { MinimizeOptions } from "../../../compiler/model/options.js";
import {
  adabound,
  adadelta,
  adafactor,
  adamax,
  asgd,
  clipByNorm,
  clipByValue,
  ema,
  clipByGlobalNorm,
  muon,
  nadam,
  radam,
  rprop,
  swa,
  adaboundw,
  adagrad,
  adam,
  adamw,
  adan,
  compute,
  concat,
  gather,
  gradient,
  input,
  lamb,
  lion,
  minimize,
  model,
  oneHot,
  outer,
  param,
  rmsprop,
  scheduleFreeAdamW,
  scheduleFreeSGD,
  sgd,
  sort,
  split,
  stack,
  swats,
  takeAlongAxis,
  topK,
  uniform,
  where,
  type IntTensor,
  type Optimizer,
  type Shape,
  type Tensor,
} from "../../../src/index.js";

/** Stores of single elements in innermost loops that store no vectors, as `kernel: instruction`. */
function singleStores(program: CompiledProgram): string[] {
  const found: string[] = [];
  for (const made of [...program.functions, program.initialize]) {
    for (const { name, printed } of callsOf(made.steps)) {
      if (!isWasmKernel(printed)) throw new Error("not compiled for WebAssembly");
      const visit = (code: Code, inLoop: boolean): void => {
        if (code.kind === "loop") {
          const own = code.body.filter((each) => each.kind === "memory");
          const hasInner = code.body.some((each) => each.kind === "loop" || each.kind === "if");
          if (!hasInner) for (const each of own) if (!each.name.startsWith("v128")) found.push(`${name}: ${each.name}`);
        }
        for (const part of partsOf(code)) visit(part, inLoop || code.kind === "loop");
      };
      for (const code of codesOf(printed.kernelCode.code)) visit(code, false);
    }
  }
  return found;
}

const x = input("x", [16, 24]);
const y = input("y", [16, 24]);
const row = input("row", [24]);
const labels = input("labels", [16], "int32");

const smooth = {
  neg: x.neg(),
  abs: x.abs(),
  sqrt: x.sqrt(),
  exp: x.exp(),
  log: x.log(),
  tanh: x.tanh(),
  sin: x.sin(),
  cos: x.cos(),
  sigmoid: x.sigmoid(),
  relu: x.relu(),
  square: x.square(),
  sign: x.sign().mul(x),
  round: x.round().mul(x),
  clamp: x.clamp(-1, 1),
  leakyRelu: x.leakyRelu(),
  elu: x.elu(),
  softplus: x.softplus(),
  silu: x.silu(),
  hardSigmoid: x.hardSigmoid(),
  erf: x.erf(),
  gelu: x.gelu(),
  "gelu by tanh": x.gelu({ approximate: "tanh" }),
  add: x.add(y),
  "add a row": x.add(row),
  sub: x.sub(y),
  mul: x.mul(y),
  div: x.div(y),
  pow: x.pow(2.5),
  maximum: x.maximum(y),
  where: where(x.lt(y), x, y),
  softmax: x.softmax(),
  logSoftmax: x.logSoftmax(),
  "sum of rows": x.sum(1),
  "sum of columns": x.sum(0),
  "largest of columns": x.max(0),
  "smallest of columns": x.min(0),
  "product of rows": x.prod(1),
  "product of columns": x.prod(0),
  variance: x.variance(1),
  std: x.std(0),
  norm: x.norm(2, 1),
  "norm 3": x.norm(3, 0),
  logSumExp: x.logSumExp(1),
  slice: x.slice([null, [3, 20]]),
  transpose: x.transpose().exp(),
  unsqueeze: x.unsqueeze(1).exp(),
  squeeze: x.sum(1, { keepDim: true }).squeeze(1),
  flatten: x.flatten(),
  expand: row.expand([3, 16, -1]).add(x),
  "concat of rows": concat([x, y]),
  "concat within rows": concat([x, y], 1),
  stack: stack([x, y]),
  "stack beside": stack([x, y], -1),
  split: split(x, [12, 12], 1)[0]
    .add(split(x, [12, -1], 1)[1])
    .exp(),
  "tile of rows": x.tile([3, 1]),
  "tile within rows": x.tile([1, 3]).exp(),
  outer: outer(x.sum(1), row),
  tril: x.tril(),
  triu: x.triu(1),
  "flip of rows": x.flip(0),
  "flip within rows": x.flip(1),
  "cumsum of columns": x.cumsum(0),
  // Four rows side by side: along each of them it is a chain.
  "cumsum within rows": x.cumsum(1),
  "cumsum of columns of what is computed": x.exp().mul(row).cumsum(0),
};

const discrete = {
  floor: x.floor(),
  argmax: x.argmax(0),
  argmin: x.argmin(0),
  and: x.lt(y).and(x.gt(0)).or(y.gt(1)).xor(x.lt(1).not()).toFloat(),
  gather: gather(x, labels),
  oneHot: oneHot(labels, 10),
  "cummax of columns": x.cummax(0),
  "cummax within rows": x.cummax(1),
  "cumsum of columns of integers": labels.unsqueeze(1).expand([16, 24]).cumsum(0),
  "cummax of columns of integers": labels.unsqueeze(1).expand([16, 24]).cummax(0),
  takeAlongAxis: takeAlongAxis(x, labels.unsqueeze(1).expand([16, 24]), 0),
};

/** A chain of dependent steps with nothing beside it, and places that are known only when they run. */
const single = {
  "cumsum of one row": row.cumsum(0),
  "cummax of one row": row.cummax(0),
  argsort: x.argsort(0),
  sort: sort(x).indices,
  topK: topK(x, 3).indices,
};

const loopsOf = (tensor: Tensor<Shape> | IntTensor<Shape>): string[] =>
  singleStores(compileProgram(model("m", { functions: { run: { result: tensor } } }), { target: wasm }));

test.each(Object.entries({ ...smooth, ...discrete }))("%s", (_, result) => {
  expect(loopsOf(result as unknown as typeof x)).toEqual([]);
});

test.each(Object.entries(smooth))("the gradient of %s", (_, result) => {
  const loss = (result as typeof x).square().sum();
  const made = model("m", { functions: { run: compute({ g: gradient(loss, x) }) } });
  expect(singleStores(compileProgram(made, { target: wasm }))).toEqual([]);
});

const w = param("w", [16, 24], uniform(-1, 1));
const optimizers: Readonly<Record<string, Optimizer>> = {
  sgd: sgd({ lr: 0.1, momentum: 0.9, nesterov: true }),
  adam: adam({ lr: 0.1, amsgrad: true }),
  adamw: adamw({ lr: 0.1 }),
  rmsprop: rmsprop({ lr: 0.1, momentum: 0.9, centered: true }),
  adagrad: adagrad({ lr: 0.1 }),
  adabound: adabound({ amsbound: true, weightDecay: 0.1 }),
  adaboundw: adaboundw({ weightDecay: 0.1 }),
  adan: adan({ weightDecay: 0.1 }),
  lamb: lamb({ debias: true, weightDecay: 0.1 }),
  lion: lion({ weightDecay: 0.1 }),
  scheduleFreeAdamW: scheduleFreeAdamW({ weightDecay: 0.1, warmupSteps: 5 }),
  scheduleFreeSGD: scheduleFreeSGD({ weightDecay: 0.1 }),
  swats: swats({ weightDecay: 0.1 }),
  nadam: nadam({ weightDecay: 0.1 }),
  radam: radam({ weightDecay: 0.1 }),
  adamax: adamax({ weightDecay: 0.1 }),
  adadelta: adadelta({ weightDecay: 0.1 }),
  rprop: rprop(),
  asgd: asgd({ weightDecay: 0.1 }),
  adafactor: adafactor({ weightDecay: 0.1 }),
  muon: muon({ weightDecay: 0.1 }),
};

const around: Readonly<Record<string, MinimizeOptions>> = {
  clipByValue: { clip: clipByValue(1) },
  clipByNorm: { clip: clipByNorm(1) },
  "clipByNorm, largest": { clip: clipByNorm(1, { type: Infinity }) },
  clipByGlobalNorm: { clip: clipByGlobalNorm(1) },
  "clipByGlobalNorm, twice": { clip: clipByGlobalNorm(1, { recompute: true }) },
  accumulate: { accumulate: 3 },
  skipNonFinite: { skipNonFinite: true },
  ema: { average: ema(0.9) },
  swa: { average: swa({ start: 2, every: 3 }) },
  all: { clip: clipByGlobalNorm(1), accumulate: 2, skipNonFinite: true, average: ema(0.9) },
};

describe.each(["float32", "float64"] as const)("in %s", (precision) => {
  test.each(Object.entries(optimizers))("%s", (_, optimizer) => {
    const made = model("m", { precision, functions: { train: minimize(x.mul(w).sum(), optimizer) } });
    expect(singleStores(compileProgram(made, { target: wasm }))).toEqual([]);
  });

  test.each(Object.entries(around))("adam, %s", (_, options) => {
    const loss = x.matmul(w.transpose()).square().sum();
    const made = model("m", {
      precision,
      functions: { train: minimize(loss, adam(), options), read: { w: w.mul(2) } },
    });
    expect(singleStores(compileProgram(made, { target: wasm }))).toEqual([]);
  });
});

test.each(Object.entries(single))("element by element, and not more of it than that: %s", (_, result) => {
  const stores = loopsOf(result);
  expect(stores.length).toBeGreaterThan(0);
  expect(new Set(stores.map((each) => each.split(": ")[0])).size).toBe(1);
});

test("the values of a sort, and what follows, are in lanes", () => {
  const { values } = sort(x, 0);
  const names = loopsOf(values.exp()).map((each) => each.split(": ")[0]);
  expect(new Set(names)).toEqual(new Set(["computeArgsort"]));
});

test("a loop of single elements is found: places that are known only when it runs", () => {
  const table = param("table", [50, 1], uniform(-1, 1));
  const loss = gather(table, labels).square().sum();
  const made = model("m", { functions: { run: compute({ g: gradient(loss, table) }) } });
  expect(singleStores(compileProgram(made, { target: wasm }))).not.toEqual([]);
});
