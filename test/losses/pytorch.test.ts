/** Values and gradients of the losses as PyTorch computes them in float64: test/reference/losses.json. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, model } from "../../compiler/model/model.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { constant } from "../../compiler/ops/constant.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { mul } from "../../compiler/ops/mul.js";
import * as optimc from "../../src/index.js";
import { inputsOf, type TensorValue } from "../arbitrary.js";
import { inputNames, magnitudeOf, near, sizesOf } from "../laws/check.js";
import { build, numbersOf, type Numbers } from "../run.js";
import { some } from "../runs.js";
import { eachTargetInItsPrecision } from "../targets.js";

type Encoded = number | "inf" | "-inf" | "nan";
type EncodedTensor = Omit<TensorValue, "data"> & { readonly data: readonly Encoded[] };

interface Case {
  readonly name: string;
  readonly loss: string;
  readonly arguments: readonly EncodedTensor[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly tensors: Readonly<Record<string, EncodedTensor>>;
  /** The size of what cancels in the numbers, if it is larger than they are. */
  readonly scale: number;
  readonly value: EncodedTensor;
  readonly cotangent: readonly Encoded[];
  readonly gradients: readonly (readonly Encoded[] | null)[];
}

const { cases } = JSON.parse(readFileSync(new URL("../reference/losses.json", import.meta.url), "utf8")) as {
  cases: readonly Case[];
};

const decode = (value: Encoded): number =>
  typeof value === "number" ? value : { inf: Infinity, "-inf": -Infinity, nan: NaN }[value];
const decoded = ({ shape, element, data }: EncodedTensor): TensorValue => ({ shape, element, data: data.map(decode) });

type Loss = (...parameters: unknown[]) => Expression;
const losses = optimc as unknown as Readonly<Record<string, Loss>>;
const names = [...new Set(cases.map((each) => each.loss))];

/** In float64 each number by itself; in float32 compared with the largest, since the inputs are rounded too. */
function compare(what: string, found: readonly number[], wanted: readonly Encoded[], relative: number, least: number) {
  expect(found.length, what).toBe(wanted.length);
  wanted.forEach((each, i) => {
    const value = relative < 1e-8 ? decode(each) : Math.fround(decode(each));
    const allowed = Number.isFinite(value) ? relative * Math.max(Math.abs(value), least) : 0;
    if (!near(found[i] as number, value, allowed)) expect.fail(`${what}[${i}] is ${found[i]} instead of ${value}`);
  });
}

describe.each(eachTargetInItsPrecision)("%s in %s", (_, precision, target) => {
  const single = precision === "float32";
  describe.each(names)("%s", (name) => {
    test.each(some(cases.filter((each) => each.loss === name)))("$name", (each) => {
      const tensors = each.arguments.map(decoded);
      const args = inputsOf(tensors);
      const fixed = Object.entries(each.tensors).map(([option, value]) => [
        option,
        constant(asConstant(decoded(value))),
      ]);
      const result = (losses[name] as Loss)(...args, { ...each.options, ...Object.fromEntries(fixed) });
      expect(sizesOf(result)).toEqual(each.value.shape);
      const loss = sum(mul(result, constant(asConstant({ ...decoded(each.value), data: each.cotangent.map(decode) }))));
      const outputs: Record<string, Expression> = { result };
      each.gradients.forEach((wanted, position) => {
        if (wanted) outputs[`g${position}`] = gradient(loss, args[position] as Expression) as Expression;
      });
      const live = build(model("reference", { precision, functions: { run: compute(outputs) } }), { target });
      const needed = inputNames(live, "run");
      const inputs = tensors
        .map((tensor, position) => [`x${position}`, asNumbers(tensor)] as const)
        .filter(([input]) => needed.includes(input));
      const found = live.call("run", Object.fromEntries(inputs));
      const least = (numbers: readonly Encoded[]) =>
        Math.max(each.scale, single ? magnitudeOf(numbers.map(decode)) : 1e-290);
      const { data } = each.value;
      compare(each.name, numbersOf(found["result"]), data, single ? 1e-5 : 1e-10, least(data));
      each.gradients.forEach((wanted, position) => {
        if (!wanted) return;
        const what = `${each.name}, gradient ${position}`;
        compare(what, numbersOf(found[`g${position}`]), wanted, single ? 1e-4 : 1e-10, least(wanted));
      });
    });
  });
});

const asConstant = ({ shape, data }: TensorValue) => (shape.length === 0 ? (data[0] as number) : { shape, data });
const asNumbers = ({ element, data }: TensorValue): Numbers =>
  element === "int32" ? Int32Array.from(data) : Float64Array.from(data);
