/**
 * Points of a loop nest, and the values of integers and conditions there: for cases that interval arithmetic cannot
 * decide.
 */
import { remembered } from "../../ir/remembered.js";
import type { Scalar } from "../../ir/scalar.js";
import { evaluate, type Index } from "../../ir/size.js";
import type { Site } from "./access.js";
import type { ExtentOf, Sizes } from "./range.js";

/** Values of the indices, by id. */
export type Point = ReadonlyMap<string, number>;

/** The value of an integer or a condition at a point of the loops; undefined if it depends on memory. */
export function valueAt(
  root: Scalar,
  point: Point,
  sizes: Sizes,
  locals: ReadonlyMap<string, Scalar>,
): number | undefined {
  const of = remembered((each: Scalar): number | undefined => valueOf(each, of, point, sizes, locals));
  return of(root);
}

function valueOf(
  scalar: Scalar,
  of: (each: Scalar) => number | undefined,
  point: Point,
  sizes: Sizes,
  locals: ReadonlyMap<string, Scalar>,
): number | undefined {
  switch (scalar.kind) {
    case "constant":
      return scalar.value;
    case "index":
      try {
        return evaluate(scalar.value, (name) => point.get(name) ?? sizes[name]);
      } catch {
        return undefined;
      }
    case "variable": {
      const local = locals.get(scalar.name);
      return local && of(local);
    }
    case "select": {
      const condition = of(scalar.condition);
      return condition === undefined ? undefined : of(condition !== 0 ? scalar.x : scalar.y);
    }
    case "binary": {
      const [x, y] = [of(scalar.x), of(scalar.y)];
      if (scalar.operator === "and" && scalar.type === "bool" && (x === 0 || y === 0)) return 0;
      if (scalar.operator === "or" && scalar.type === "bool" && (x === 1 || y === 1)) return 1;
      if (x === undefined || y === undefined || (scalar.type !== "i32" && scalar.type !== "bool")) return undefined;
      switch (scalar.operator) {
        case "add":
          return x + y;
        case "sub":
          return x - y;
        case "mul":
          return x * y;
        case "lt":
          return Number(x < y);
        case "le":
          return Number(x <= y);
        case "eq":
          return Number(x === y);
        case "ne":
          return Number(x !== y);
        case "and":
        case "or":
          return scalar.type === "bool" ? Number(scalar.operator === "and" ? x && y : x || y) : undefined;
        default:
          return undefined;
      }
    }
    case "unary": {
      const x = of(scalar.x);
      return x !== undefined && scalar.operator === "not" && scalar.type === "bool" ? Number(!x) : undefined;
    }
    case "convert":
      return scalar.type === "i32" && scalar.x.type === "bool" ? of(scalar.x) : undefined;
    case "load":
    case "call":
    case "unsigned":
      return undefined;
  }
}

/** At most about this many points of a loop nest are visited. */
const limit = 20_000;

/** Points of the loops around a site: all of them if they are few, else the corners and some between. */
export function* pointsOf(site: Site, extra: readonly Index[], sizes: Sizes, extentOf: ExtentOf): Generator<Point> {
  const ids = [...site.loops.map(({ index }) => index.id), ...extra.map(({ id }) => id)];
  const extents = ids.map((id) => extentOf(id) ?? 1);
  const count = extents.reduce((a, b) => a * b, 1);
  const stops = count <= limit ? null : Math.max(2, Math.floor(limit ** (1 / extents.length)));
  const values = extents.map((extent) => {
    if (stops === null || extent <= stops) return Array.from({ length: extent }, (_, i) => i);
    return Array.from({ length: stops }, (_, i) => Math.round((i * (extent - 1)) / (stops - 1)));
  });
  const at = values.map(() => 0);
  for (;;) {
    yield new Map(ids.map((id, axis) => [id, (values[axis] as number[])[at[axis] as number] as number]));
    let axis = at.length - 1;
    for (; axis >= 0; axis--) {
      at[axis] = (at[axis] as number) + 1;
      if ((at[axis] as number) < (values[axis] as number[]).length) break;
      at[axis] = 0;
    }
    if (axis < 0) return;
  }
}
