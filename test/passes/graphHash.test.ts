/** The hash of a graph: equal for functions that do the same to what is kept, and for no others. */
import { describe, expect, test } from "vitest";
import { compileProgram } from "../../compiler/compile.js";
import { describeModule } from "../../compiler/emit/moduleDescription.js";
import type { Model } from "../../compiler/model/model.js";
import {
  adam,
  assign,
  batchNorm,
  clipByGlobalNorm,
  compute,
  constant,
  customGradient,
  dropout,
  input,
  lbfgs,
  linear,
  minimize,
  model,
  mse,
  normal,
  param,
  sgd,
  state,
  type Tensor,
} from "../../src/index.js";
import { js } from "../../compiler/targets/js/js.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";

type Rows = Tensor<["batch", 3]>;

/** What may differ between two models. */
interface Parts {
  readonly act?: (h: Rows) => Rows;
  readonly optimizer?: Parameters<typeof minimize>[1];
  readonly options?: Parameters<typeof minimize>[2];
  readonly precision?: "float32" | "float64";
  readonly batch?: number;
  readonly name?: string;
  readonly weight?: number;
  readonly also?: boolean;
  readonly more?: (loss: Tensor<[]>, h: Rows) => Record<string, Tensor<[]>>;
}

function hashesOf(made: Model, target = js): Record<string, string | undefined> {
  const functions = compileProgram(made, { target }).functions.map(({ name }) => name);
  const text = describeModule(compileProgram(made, { target })).entries.find(([name]) => name === "functions");
  const found = new Function(`return ${text![1].join("\n")}`)() as Record<string, { graph?: string }>;
  return Object.fromEntries(functions.map((name) => [name, found[name]!.graph]));
}

function hashOf(parts: Parts = {}, target = js): string {
  const { act = (h) => h.relu(), optimizer = adam({ lr: 1e-3 }), precision, batch = 8, name = "net" } = parts;
  const h = act(input("x", ["batch", 2]).matmul(param("w", [2, 3], normal(0, parts.weight ?? 1))));
  const loss = mse(linear("b", 3, 1)(h), input("y", ["batch", 1]));
  const train = minimize(loss, optimizer, { ...parts.options, ...(parts.also && { also: { sum: h.sum() } }) });
  const functions = { predict: { h }, train, ...(parts.more && { other: parts.more(loss, h) }) };
  const { train: hash, predict } = hashesOf(
    model(name, { dims: { batch }, functions, ...(precision && { precision }) } as never) as unknown as Model,
    target,
  );
  expect(predict).toBeUndefined();
  expect(hash).toMatch(/^[0-9a-f]{16}$/);
  return hash!;
}

const base = hashOf();

/** Written out, so that a change of the compiler that makes saved checkpoints those of other graphs is noticed. */
test("is the same in every process and version", () => {
  expect(base).toMatchInlineSnapshot(`"dcb39fbc655f2675"`);
});

describe("is the same", () => {
  const same: Readonly<Record<string, Parts>> = {
    "for another default of a hyper-parameter": { optimizer: adam({ lr: 0.1, betas: [0.5, 0.6] }) },
    "for a schedule": { optimizer: adam({ lr: (t) => t.mul(0.1) }) },
    "for other initial values": { weight: 3 },
    "for another capacity": { batch: 100 },
    "for another name of the model": { name: "other" },
    "beside another function": { more: (loss) => ({ loss }) },
    "for other results": { also: true },
  };
  test.each(Object.entries(same))("%s", (_, parts) => expect(hashOf(parts)).toBe(base));

  test("on every target", () => expect(hashOf({}, wasm as never)).toBe(base));
});

describe("differs", () => {
  const scaled =
    (by: number) =>
    (x: Rows): Rows =>
      customGradient(x, x, (dy) => dy.mul(by), { surrogate: true });
  const different: Readonly<Record<string, Parts>> = {
    "for another function of an element": { act: (h) => h.tanh() },
    "for another constant": { act: (h) => h.relu().mul(constant([1, 2, 3])) },
    "for one that differs in a number": { act: (h) => h.relu().mul(constant([1, 2, 4])) },
    "for one that differs in the sign of a zero": { act: (h) => h.relu().add(constant([-0, 0, 0])) },
    "for another number": { act: (h) => h.relu().mul(2) },
    "for dropout": { act: (h) => dropout(h.relu(), 0.5) },
    "for other dropout": { act: (h) => dropout(h.relu(), 0.25) },
    "for a normalization": { act: (h) => batchNorm("n", 3)(h.relu()) },
    "for another optimizer": { optimizer: sgd({ lr: 1e-3 }) },
    "for momentum": { optimizer: sgd({ lr: 1e-3, momentum: 0.9 }) },
    "for another formula of an update": { optimizer: sgd({ lr: 1e-3, momentum: 0.9, nesterov: true }) },
    "for another that keeps a maximum": { optimizer: adam({ lr: 1e-3, amsgrad: true }) },
    "for a driver": { optimizer: lbfgs() as never },
    "for a driver of another loss": { optimizer: lbfgs() as never, act: (h) => h.tanh() },
    "for clipping": { options: { clip: clipByGlobalNorm(1) } },
    "for accumulation": { options: { accumulate: 2 } },
    "for another precision": { precision: "float64" },
    "for a gradient of one's own": { act: (h) => scaled(2)(h.relu()) },
    "for another gradient of one's own": { act: (h) => scaled(3)(h.relu()) },
  };

  test("from one another, and from the first", () => {
    const hashes = Object.entries(different).map(([why, parts]) => [hashOf(parts), why] as const);
    const by = new Map([[base, "the first"]]);
    for (const [hash, why] of hashes) {
      expect(by.get(hash), why).toBeUndefined();
      by.set(hash, why);
    }
  });
});

test("functions that only compute have one if they assign", () => {
  const count = state("count", [], 0);
  const step = (by: number): Model =>
    model("m", {
      functions: {
        look: { now: count.mul(1) },
        count: compute({ now: count.mul(1) }, { effects: [assign(count, (now) => now.add(by))] }),
      },
    }) as unknown as Model;
  const { look, count: hash } = hashesOf(step(1));
  expect(look).toBeUndefined();
  expect(hash).not.toBe(hashesOf(step(2))["count"]);
  expect(hash).toBe(hashesOf(step(1))["count"]);
});
