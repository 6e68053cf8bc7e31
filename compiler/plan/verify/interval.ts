/** Bounds of computed indices: they show that clamping keeps an index within its axis. */
import { remembered } from "../../ir/remembered.js";
import type { Scalar } from "../../ir/scalar.js";
import { anything, boundsOf, digitsOf, looseBounds, type ExtentOf, type Interval, type Sizes } from "./range.js";

const sameScalar = (a: Scalar, b: Scalar): boolean =>
  a === b ||
  (a.kind === "variable" && b.kind === "variable" && a.name === b.name) ||
  (a.kind === "index" && b.kind === "index" && a.value.key === b.value.key) ||
  (a.kind === "constant" && b.kind === "constant" && a.value === b.value);

const meet = (a: Interval, b: Interval): Interval => ({ from: Math.max(a.from, b.from), to: Math.min(a.to, b.to) });
const join = (a: Interval, b: Interval): Interval => ({ from: Math.min(a.from, b.from), to: Math.max(a.to, b.to) });

/** The bounds of an int32. The comparison of a select narrows the bounds of its sides, since clamping is written so. */
export function intervalOf(
  root: Scalar,
  sizes: Sizes,
  extentOf: ExtentOf,
  locals: ReadonlyMap<string, Scalar>,
): Interval {
  const of = remembered((each: Scalar): Interval => intervalIn(each, of, sizes, extentOf, locals));
  return of(root);
}

function intervalIn(
  scalar: Scalar,
  of: (each: Scalar) => Interval,
  sizes: Sizes,
  extentOf: ExtentOf,
  locals: ReadonlyMap<string, Scalar>,
): Interval {
  switch (scalar.kind) {
    case "constant":
      return { from: scalar.value, to: scalar.value };
    case "index": {
      const digits = digitsOf(scalar.value, sizes, extentOf);
      return digits ? boundsOf(digits) : looseBounds(scalar.value, sizes, extentOf);
    }
    case "variable": {
      const local = locals.get(scalar.name);
      return local ? of(local) : anything;
    }
    case "select": {
      const { condition, x, y } = scalar;
      const [inX, inY] = [of(x), of(y)];
      if (condition.kind !== "binary" || condition.operator !== "lt") return join(inX, inY);
      const [a, b] = [of(condition.x), of(condition.y)];
      // a < b holds for x and fails for y.
      const narrowed = (side: Scalar, own: Interval, less: boolean): Interval => {
        if (sameScalar(side, condition.x))
          return meet(own, less ? { from: -Infinity, to: b.to - 1 } : { from: b.from, to: Infinity });
        if (sameScalar(side, condition.y))
          return meet(own, less ? { from: a.from + 1, to: Infinity } : { from: -Infinity, to: a.to });
        return own;
      };
      return join(narrowed(x, inX, true), narrowed(y, inY, false));
    }
    case "binary": {
      if (scalar.operator !== "add" && scalar.operator !== "sub") return anything;
      const [a, b] = [of(scalar.x), of(scalar.y)];
      return scalar.operator === "add"
        ? { from: a.from + b.from, to: a.to + b.to }
        : { from: a.from - b.to, to: a.to - b.from };
    }
    case "convert":
      return scalar.x.type === "bool" ? { from: 0, to: 1 } : anything;
    case "unary":
    case "load":
    case "call":
    case "unsigned":
      return anything;
  }
}
