/** Convolutions, pooling and resizing as PyTorch computes them: test/reference/images.json. */
import { describe, test } from "vitest";
import type { Expression } from "../../compiler/ir/op.js";
import * as conv from "../../compiler/ops/conv.js";
import * as pool from "../../compiler/ops/pool.js";
import * as upsample from "../../compiler/ops/upsample.js";
import { some } from "../runs.js";
import { eachTargetInItsPrecision, targets } from "../targets.js";
import { checkRecorded, recordedIn } from "./recorded.js";

type Attributes = Readonly<Record<string, unknown>>;

const operations = { ...conv, ...pool, ...upsample } as unknown as Readonly<
  Record<string, (x: Expression, ...others: readonly unknown[]) => unknown>
>;

function make([x, ...others]: readonly Expression[], name: string, attributes: Attributes): Expression {
  const operation = operations[name.split(" ").at(-1) as string]!;
  const { kernelSize, outputSize, factor, ...options } = attributes;
  if (name.startsWith("conv")) {
    const [weight, bias] = others;
    return operation(x!, weight, { ...options, ...(bias && { bias }) }) as Expression;
  }
  if (name === "upsample") return operation(x!, options) as Expression;
  if (factor !== undefined) return operation(x!, factor) as Expression;
  if (outputSize !== undefined) return operation(x!, outputSize) as Expression;
  if (!name.startsWith("places")) return operation(x!, kernelSize, options) as Expression;
  return (operation(x!, kernelSize, { ...options, returnIndices: true }) as { indices: Expression }).indices;
}

describe.each(eachTargetInItsPrecision)("on %s in %s", (target, precision) => {
  test.each(some(recordedIn<Attributes>("images.json")).map((each) => [each.name, each] as const))("%s", (_, each) => {
    checkRecorded(each, (args, attributes) => make(args, each.operation, attributes), targets[target], precision);
  });
});
