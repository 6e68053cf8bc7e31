/** What layers check of the numbers they are declared with, and of the tensors they are applied to. */
import { fail } from "../../compiler/diagnostics.js";
import { printType, type Expression } from "../../compiler/ir/op.js";

/** Numbers of features are positive and whole. */
export function checkFeatures(layer: string, ...counts: readonly number[]): void {
  for (const count of counts) {
    if (Number.isSafeInteger(count) && count > 0) continue;
    fail({
      code: "invalid-argument",
      message: `${layer}: a number of features is not usable`,
      expected: "positive whole numbers",
      found: String(count),
    });
  }
}

/** The last axes of what a layer is applied to have its features; it says so in its own name. */
export function requireFeatures(layer: string, x: Expression, features: readonly number[]): void {
  const last = x.shape.slice(-features.length).map(({ key }) => key);
  if (x.element === "float" && last.join() === features.join()) return;
  fail({
    code: "shape-mismatch",
    message: `${layer}: the input does not fit: ${printType(x)}`,
    expected: `float [..., ${features.join(", ")}]`,
    found: printType(x),
  });
}

/** A number of an option that is positive, or 0 where that is allowed. */
export function checkOption(layer: string, option: string, value: number, valid: boolean, expected: string): void {
  if (typeof value === "number" && valid) return;
  fail({
    code: "invalid-argument",
    message: `${layer}: ${option} is out of range`,
    expected,
    found: String(value),
  });
}
