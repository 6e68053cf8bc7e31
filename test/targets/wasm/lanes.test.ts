/** What can run in lanes does: no operation, gradient or optimizer is left in loops of single elements. */
import { describe, expect, test } from "vitest";
import { compileProgram, type CompiledProgram } from "../../../compiler/program.js";
import { codesOf, partsOf, type Code } from "../../../compiler/targets/wasm/code.js";
import { isWasmKernel, wasm } from "../../../compiler/targets/wasm/wasm.js";
import {
  adagrad,
  adam,
  adamw,
  compute,
  gather,
  gradient,
  input,
  minimize,
  model,
  param,
  rmsprop,
  sgd,
  uniform,
  where,
  type Optimizer,
} from "../../../src/index.js";

/** Stores of single elements in innermost loops that store no vectors, as `kernel: instruction`. */
function singleStores(program: CompiledProgram): string[] {
  const found: string[] = [];
  for (const made of [...program.functions, program.initialize]) {
    for (const { name, printed } of made.calls) {
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
  slice: x.slice([null, [3, 20]]),
  transpose: x.transpose().exp(),
};

const discrete = { floor: x.floor(), argmax: x.argmax(0), gather: gather(x, labels) };

const loopsOf = (tensor: typeof x): string[] =>
  singleStores(compileProgram(model("m", { functions: { run: { result: tensor } } }), { target: wasm }));

test.each(Object.entries({ ...smooth, ...discrete }))("%s", (_, result) => {
  expect(loopsOf(result as typeof x)).toEqual([]);
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
};

describe.each(["float32", "float64"] as const)("in %s", (precision) => {
  test.each(Object.entries(optimizers))("%s", (_, optimizer) => {
    const made = model("m", { precision, functions: { train: minimize(x.mul(w).sum(), optimizer) } });
    expect(singleStores(compileProgram(made, { target: wasm }))).toEqual([]);
  });
});

test("a loop of single elements is found: places that are known only when it runs", () => {
  const table = param("table", [50, 1], uniform(-1, 1));
  const loss = gather(table, labels).square().sum();
  const made = model("m", { functions: { run: compute({ g: gradient(loss, table) }) } });
  expect(singleStores(compileProgram(made, { target: wasm }))).not.toEqual([]);
});
