/**
 * What optimizers keep never holds a subnormal number: 0 is stored for it. Averages of gradients that have stopped end
 * there, and stay (nine tenths of the smallest of all rounds back to it), and processors take tens to a hundred times as
 * long for them. WebAssembly has no mode that would do it.
 */
import { define } from "./define.js";
import { call, constant, lt, select, unary, type Scalar, type ScalarFunction } from "../scalar.js";

/** The smallest normal number of a type. */
export const smallestNormal = { f32: 2 ** -126, f64: 2 ** -1022 } as const;

type Float = keyof typeof smallestNormal;

const numbers = { f32: "float32", f64: "double" } as const;

/** By the type that it is computed in, and that it is stored in. NaN stays. */
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

/** The number that is kept of one that is computed. */
export const normalOrZero = (x: Scalar, stored: Float): Scalar =>
  call(functions[`${x.type} ${stored}`] as ScalarFunction, x);
