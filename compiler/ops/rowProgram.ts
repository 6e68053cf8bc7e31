/** Helpers with which programs along one axis are written. */
import type { Carried, Statement } from "../ir/kernel.js";
import type { RowContext } from "../ir/lowering.js";
import { constant, indexValue, lt, select, variable, type Scalar } from "../ir/scalar.js";
import { constantOf, indexSize, one, sub, zero, type Index, type Size } from "../ir/size.js";

export const integer = (value: number): Scalar => constant(value, "i32");

type Names = Pick<RowContext<never>, "name" | "index">;

/** A scalar carried around a loop: its value inside the loop and after it. */
export interface Carry {
  readonly inside: Scalar;
  readonly after: Scalar;
  readonly to: (next: Scalar) => Carried;
}

export function carry(row: Names, label: string, initial: Scalar): Carry {
  const name = row.name(label);
  const result = `${name}'`;
  const { type } = initial;
  return {
    inside: variable(name, type),
    after: variable(result, type),
    to: (next) => ({ name, result, type, initial, next }),
  };
}

/** A local with a value, computed where it stands. */
export function local(row: Names, out: Statement[], label: string, value: Scalar): Scalar {
  const name = row.name(label);
  out.push({ kind: "let", name, value });
  return variable(name, value.type);
}

/** A computed integer as a place in [0, extent); it is clamped to this range. */
export function placeOf(row: Names, out: Statement[], value: Scalar, extent: Size): Size {
  if (constantOf(extent) === 1) return zero;
  const low = local(row, out, "low", select(lt(value, 0), integer(0), value));
  const last = indexValue(sub(extent, one));
  const index = row.index("at", extent);
  out.push({ kind: "bind", index, value: select(lt(last, low), last, low) });
  return indexSize(index);
}

export function loop(index: Index, carried: readonly Carried[], body: readonly Statement[]): Statement {
  return { kind: "loop", index, extent: index.extent as Size, carried, body };
}
