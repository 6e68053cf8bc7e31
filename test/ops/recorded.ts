/** References that PyTorch recorded, in test/reference: the form of a case in the file, and its comparison. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import { compute, model } from "../../compiler/model/model.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { constant } from "../../compiler/ops/constant.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { mul } from "../../compiler/ops/mul.js";
import type { Target } from "../../compiler/targets/target.js";
import { inputsOf } from "../arbitrary.js";
import { inputNames, magnitudeOf, near, sizesOf, type Precision } from "../laws/check.js";
import { build, numbersOf } from "../run.js";

export type Encoded = number | "inf" | "-inf" | "nan";

interface Tensor {
  readonly shape: readonly number[];
  readonly data: readonly Encoded[];
  readonly element: "float" | "int32" | "bool";
}

export interface Recorded<Attributes> {
  readonly name: string;
  readonly operation: string;
  readonly arguments: readonly Tensor[];
  readonly attributes: Attributes;
  readonly value: Tensor;
  readonly cotangent?: readonly Encoded[];
  readonly gradients?: readonly (readonly Encoded[] | null)[];
}

export function recordedIn<Attributes>(file: string): readonly Recorded<Attributes>[] {
  const text = readFileSync(new URL(`../reference/${file}`, import.meta.url), "utf8");
  return (JSON.parse(text) as { cases: readonly Recorded<Attributes>[] }).cases;
}

export const decode = (value: Encoded): number =>
  typeof value === "number" ? value : { inf: Infinity, "-inf": -Infinity, nan: NaN }[value];

/** In float64 to 1e-10 of each number; in float32 to 1e-5 of the largest value, and 1e-4 of the largest gradient. */
function compare(what: string, found: readonly number[], recorded: readonly Encoded[], single: number | null): void {
  expect(found.length, what).toBe(recorded.length);
  const wanted = recorded.map(decode);
  const magnitude = magnitudeOf(wanted);
  wanted.forEach((value, i) => {
    const double = Number.isFinite(value) ? 1e-10 * Math.max(Math.abs(value), 1e-290) : 0;
    const allowed = single === null ? double : single * magnitude;
    if (!near(found[i] as number, value, allowed)) expect.fail(`${what}[${i}] is ${found[i]} instead of ${value}`);
  });
}

/** Checks that an operation, built for a target, has the recorded value and gradients. */
export function checkRecorded<Attributes>(
  each: Recorded<Attributes>,
  make: (args: readonly Expression[], attributes: Attributes) => Expression,
  target: Target,
  precision: Precision = "float64",
): void {
  const tensors = each.arguments.map((argument) => ({ ...argument, data: argument.data.map(decode) }));
  const args = inputsOf(tensors);
  const result = make(args, each.attributes);
  expect(sizesOf(result)).toEqual(each.value.shape);
  const outputs: Record<string, Expression> = { result };
  if (each.cotangent && each.gradients) {
    const cotangent = constant({ shape: each.value.shape, data: each.cotangent.map(decode) });
    const loss = sum(mul(result, cotangent));
    each.gradients.forEach((wanted, position) => {
      if (wanted) outputs[`g${position}`] = gradient(loss, args[position] as Expression) as Expression;
    });
  }
  const live = build(model("reference", { precision, functions: { run: compute(outputs) } }), { target });
  const needed = inputNames(live, "run");
  const arrays = { float: precision === "float64" ? Float64Array : Float32Array, int32: Int32Array, bool: Uint8Array };
  const given = Object.fromEntries(
    tensors
      .map(({ data, element }, position) => [`x${position}`, arrays[element].from(data)] as const)
      .filter(([name]) => needed.includes(name)),
  );
  const found = live.call("run", given);
  const isSingle = precision === "float32";
  compare(each.name, numbersOf(found["result"]), each.value.data, isSingle ? 1e-5 : null);
  each.gradients?.forEach((wanted, position) => {
    const what = `${each.name}, gradient ${position}`;
    if (wanted) compare(what, numbersOf(found[`g${position}`]), wanted, isSingle ? 1e-4 : null);
  });
}
