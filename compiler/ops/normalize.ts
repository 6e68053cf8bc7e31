/** The common part of the normalizing layers: it brings x along axes to a scale of 1, and to a mean of 0. */
import { fail } from "../diagnostics.js";
import type { Expression } from "../ir/op.js";
import { defineOp } from "../ir/op.js";
import { called } from "../ir/place.js";
import { constantOf, type Size } from "../ir/size.js";
import { add } from "./add.js";
import { sum } from "./broadcast.js";
import { centered, countOver, squaresAround } from "./centered.js";
import { div } from "./div.js";
import { requireElement } from "./elementwise.js";
import { machineEpsilon } from "./machineEpsilon.js";
import { mean } from "./mean.js";
import { mul } from "./mul.js";
import { sqrt } from "./sqrt.js";
import { square } from "./square.js";
import { sub } from "./sub.js";

interface Normalization extends Record<string, unknown> {
  readonly axes: readonly number[];
  /** Added to the variance or the mean square; null is the machine epsilon of the model's float type. */
  readonly eps: number | null;
  /** Whether the mean is subtracted. */
  readonly centered: boolean;
  /** The layer that refuses a call with one value alone, which has no variance; absent if one value is allowed. */
  readonly several?: string;
}

const keep = { keepDim: true };

/** `1 / sqrt(mean(square(x - mean(x))) + eps)`, from distances: squares of the raw values would cancel. */
function inverseDeviation(x: Expression, normalization: Normalization): Expression {
  const { axes, eps, several } = normalization;
  const total = normalization.centered ? squaresAround(x, axes) : sum(square(x), axes, keep);
  const count = countOver(x, axes, several);
  const meanSquare = called(normalization.centered ? "variance" : "mean square", () => div(total, count));
  const deviation = called("deviation", () => sqrt(add(meanSquare, eps ?? machineEpsilon())));
  return called("inverse deviation", () => div(1, deviation));
}

/** `(x - mean) / sqrt(variance + eps)` over axes, with the biased variance; `x / sqrt(mean(x^2) + eps)` uncentered. */
export const normalize = defineOp<[x: Expression, normalization: Normalization], Normalization>({
  name: "normalize",
  parse: (x, normalization) => ({ args: [x], attributes: { ...normalization } }),
  infer([x], { axes, several }) {
    requireElement("normalize", x, ["float"]);
    if (several && axes.every((axis) => constantOf(x.shape[axis] as Size) === 1)) {
      fail({
        code: "invalid-argument",
        message: `${several}: there is one value of each feature, which says nothing of their variance`,
        expected: "more than one value to normalize over",
        found: "1",
      });
    }
    return x;
  },
  expand([x], normalization) {
    const distance = normalization.centered ? centered(x, normalization.axes) : x;
    const factor = inverseDeviation(x, normalization);
    return called("normalized", () => mul(distance, factor));
  },
  // With y the result and s the deviation: dx = (dy - mean(dy) - y mean(y dy)) / s
  gradient({ args: [x], attributes, result, cotangent }) {
    const { axes } = attributes;
    const along = mul(result, mean(mul(result, cotangent), axes, keep));
    const across = attributes.centered ? sub(cotangent, mean(cotangent, axes, keep)) : cotangent;
    return [mul(sub(across, along), inverseDeviation(x, attributes))];
  },
});
