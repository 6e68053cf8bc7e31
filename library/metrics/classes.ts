/** Predicted classes against true ones. */
import { fail } from "../../compiler/diagnostics.js";
import { describeValue } from "../../compiler/ir/guards.js";
import { requireTensor, shapeFault, typeFault, type Expression } from "../../compiler/ir/op.js";
import type { Match, Shape, Show } from "../../compiler/ir/shape.js";
import { equalAll, printShape, product } from "../../compiler/ir/size.js";
import type { BoolTensor, IntTensor } from "../../compiler/ir/tensorMethods.js";
import { reshape } from "../../compiler/ops/reshape.js";
import type { ShapeOf } from "../../compiler/ops/where.js";

/** Classes: integers, or truth values where there are two. */
export type ClassTensor = IntTensor<Shape> | BoolTensor<Shape>;

/** True classes in the shape of the predicted ones. */
export type TrueClasses<Op extends string, P, T> =
  Match<ShapeOf<P>, ShapeOf<T>> extends null
    ? `${Op}: predicted classes ${Show<ShapeOf<P>>} and labels ${Show<ShapeOf<T>>} are not one shape`
    : T;

/** Predicted classes and labels as vectors, once they are known to go together. */
export function classPair(
  name: string,
  predicted: Expression,
  labels: Expression,
  elements: readonly string[],
): readonly [Expression, Expression] {
  for (const [what, each] of [
    ["predicted classes", predicted],
    ["labels", labels],
  ] as const) {
    if (elements.includes(requireTensor(name, each, what).element)) continue;
    const hint = "argmax(-1) of scores makes classes of them";
    typeFault(`${name}: the ${what} are of the wrong element type`, elements.join(" or "), [each], hint);
  }
  if (!equalAll(predicted.shape, labels.shape)) {
    const [found, wanted] = [printShape(labels.shape), printShape(predicted.shape)];
    const message = `${name}: predicted classes ${wanted} and labels ${found} are not one shape`;
    shapeFault(message, `labels ${wanted}`, found);
  }
  const vector = (x: Expression) => reshape.node([x], { shape: [product(x.shape)] });
  return [vector(predicted), vector(labels)];
}

/** Ends the build unless the number of classes is one whose square can be counted. */
export function requireClasses(name: string, classes: number | undefined): number {
  if (Number.isInteger(classes) && (classes as number) >= 1 && (classes as number) < 2 ** 15) return classes as number;
  return fail({
    code: "invalid-argument",
    message: `${name}: the number of classes is ${classes === undefined ? "missing" : "not usable"}`,
    expected: "a whole number from 1 to 32767",
    found: describeValue(classes),
  });
}
