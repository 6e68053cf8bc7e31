/**
 * Tensors that optimizers keep never hold a subnormal number: 0 is stored in its place. Otherwise averages of gradients
 * that have become 0 would end at subnormal numbers and stay there (nine tenths of the smallest one rounds back to it),
 * and processors take tens to a hundred times as long for them. WebAssembly has no mode that flushes them to 0.
 */
import { define } from "./define.js";
import { call, constant, lt, select, unary, type Scalar, type ScalarFunction } from "../scalar.js";

/** The smallest normal number of a type. */
export const smallestNormal = { f32: 2 ** -126, f64: 2 ** -1022 } as const;

type Float = keyof typeof smallestNormal;

const numbers = { f32: "float32", f64: "double" } as const;

/** By the type in which it is computed, then the type in which it is stored. NaN stays. */
const functions = Object.fromEntries(
  (["f32", "f64"] as const).flatMap((type) =>
    (["f32", "f64"] as const).map((stored): readonly [string, ScalarFunction] => [
      `${type} ${stored}`,
      define(
        "normalOrZero",
        ["x"],
        type,
        `x, or 0 where it is smaller than the normal ${numbers[stored]} numbers are: so small ones are slow, and worth nothing.`,
        (_, x) =>
          select(lt(unary("abs", x as Scalar), constant(smallestNormal[stored], type)), constant(0, type), x as Scalar),
      ),
    ]),
  ),
);

/** The number that is stored for a computed one. */
export const normalOrZero = (x: Scalar, stored: Float): Scalar =>
  call(functions[`${x.type} ${stored}`] as ScalarFunction, x);
