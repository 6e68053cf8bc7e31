/** What layers check of the numbers they are declared with, and of the tensors they are applied to. */
import { fail } from "../../compiler/diagnostics.js";
import { describeValue } from "../../compiler/ir/guards.js";
import { printType, requireTensor, shapeFault, type Expression } from "../../compiler/ir/op.js";
import { inLayer } from "../../compiler/ir/place.js";
import type { Dim, FeaturesFault, Shape } from "../../compiler/ir/shape.js";
import { constantOf } from "../../compiler/ir/size.js";
import type { Tensor } from "../../compiler/ir/tensorMethods.js";
import { requireElement } from "../../compiler/ops/elementwise.js";

/**
 * To intersect with the operand of a layer that takes features F as the last axes: anything, or the sentence about last
 * axes K that are others, with which TypeScript ends before it compares sizes one by one.
 */
export type CheckFeatures<F extends Shape, K extends Shape> = F extends K ? EndingIn<K> : NoInfer<FeaturesFault<F, K>>;

/** Anything; K is inferred from it as the last axes of what is given, whatever stands before them. */
type EndingIn<K extends Shape> = K extends readonly unknown[] ? unknown : Tensor<readonly [...Dim[], ...K]>;

/** A layer as a function of a tensor: what goes wrong within it names it. */
export function applying(layer: string, name: string, apply: (x: Expression) => Expression) {
  return (given: unknown): Expression => inLayer(name, () => apply(requireTensor(layer, given, 1)));
}

/** Numbers of features are positive and whole. */
export function checkFeatures(layer: string, ...counts: readonly unknown[]): void {
  for (const count of counts) {
    if (Number.isSafeInteger(count) && (count as number) > 0) continue;
    fail({
      code: "invalid-argument",
      message: `${layer}: a number of features is not usable`,
      expected: "positive whole numbers",
      found: describeValue(count),
    });
  }
}

/** The shape of the features: one number, or an array of one or more. */
export function featureShape(layer: string, features: unknown): readonly number[] {
  const shape: readonly unknown[] = Array.isArray(features) && features.length > 0 ? features : [features];
  checkFeatures(layer, ...shape);
  return shape as readonly number[];
}

/**
 * The last axes of what a layer is applied to have its features; it says so in its own name, and how it would be
 * declared for another width.
 */
export function requireFeatures(
  layer: string,
  x: Expression,
  features: readonly number[],
  declared: (features: number) => string,
): void {
  requireElement(layer, x, ["float"]);
  const last = x.shape.slice(-features.length);
  if (last.map(({ key }) => key).join() === features.join()) return;
  const [width] = features.length === 1 ? last : [];
  const found = width && constantOf(width);
  const wanted = features.join(", ");
  shapeFault(
    width
      ? `${layer}: the input has ${width.key} features, not ${wanted}`
      : `${layer}: the input ${printType(x)} does not end in the axes of the features, [${wanted}]`,
    `[..., ${wanted}]`,
    printType(x),
    typeof found === "number" ? `declare the layer as ${declared(found)}` : undefined,
  );
}
