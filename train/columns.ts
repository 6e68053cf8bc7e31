/** Columns of data: how many numbers of each make a row, and rows of them in arrays. */

import type { FunctionShapes } from "../runtime/types.js";
import { refuse } from "./refuse.js";
import type { Column, Columns } from "./types.js";

type Flat = Float32Array | Float64Array | Int32Array | Uint8Array;

/** A column as an array of numbers, and how many of them make a row. */
export interface BoundColumn {
  readonly values: Flat;
  readonly width: number;
}

export interface Bound {
  readonly rows: number;
  readonly columns: Readonly<Record<string, BoundColumn>>;
  /** The most rows that a call takes. */
  readonly capacity: number;
}

/** By the element of an input: which typed arrays it takes, and the one that plain arrays become. */
const kinds = {
  float32: [/^(Float(32|64)|Uint8(Clamped)?)Array$/, Float64Array],
  float64: [/^(Float(32|64)|Uint8(Clamped)?)Array$/, Float64Array],
  int32: [/^(U?[Ii]nt(8|16|32)(Clamped)?)Array$/, Int32Array],
  bool: [/^Uint8Array$/, Uint8Array],
} as const;

const kindOf = (value: object): string => ({}).toString.call(value).slice(8, -1);

/**
 * Gives columns the shapes of the inputs that they are for. Rows are the first axis, which has a name; the sizes of other
 * named axes are in `dims`. The number of rows follows from the lengths, and is the same for all columns.
 */
export function bind(
  data: Columns,
  { inputs, dims }: FunctionShapes,
  capacities: Readonly<Record<string, number>>,
  given: { readonly rows?: number | undefined; readonly dims?: Readonly<Record<string, number>> | undefined },
): Bound {
  let { rows } = given;
  let leading: string | undefined;
  const columns: Record<string, BoundColumn> = {};
  for (const name in data) {
    const part = `data '${name}'`;
    const input = Object.hasOwn(inputs, name) ? inputs[name]! : refuse(part, Object.keys(inputs).join(", "), "none");
    const [first, ...others] = input.shape;
    if (typeof first !== "string" || first !== (leading ??= first))
      refuse(part, leading ? `an input whose rows are '${leading}'` : "an input with rows", `[${input.shape.join()}]`);
    const sizes = others.map((size) => {
      const known = typeof size === "number" ? size : typeof size === "string" ? given.dims?.[size] : undefined;
      if (known === undefined && !rows) refuse(part, `the size of '${String(size)}' in dims`, "none");
      return known ?? NaN;
    });
    let width = sizes.reduce((product, size) => product * size, 1);
    const values = flat(part, data[name]!, input.element, width);
    if (Number.isNaN(width)) width = values.length / rows!;
    const count = values.length / width;
    if (!Number.isInteger(count) || count < 1 || !Number.isInteger(width))
      refuse(part, `rows of ${width} numbers`, `${values.length} numbers`);
    if (count !== (rows ??= count)) refuse(part, `${rows} rows`, count);
    columns[name] = { values, width };
  }
  const lead = leading ?? refuse("data", "a column", "none");
  return { rows: rows!, columns, capacity: dims?.[lead] ?? capacities[lead]! };
}

const isTyped = (value: unknown): value is Flat => ArrayBuffer.isView(value);

/** A column in one flat array: typed arrays stay what they are. */
function flat(part: string, column: Column, element: keyof typeof kinds, width: number): Flat {
  const [taken, Kind] = kinds[element];
  if (isTyped(column)) {
    if (!taken.test(kindOf(column))) refuse(part, `an array for ${element}`, column);
    return column;
  }
  if (!Array.isArray(column)) return refuse(part, "an array", column);
  const numbers: number[] = [];
  const add = (value: unknown, row: number): void => {
    if (isTyped(value) || Array.isArray(value)) {
      for (const each of value as Iterable<unknown>) add(each, row);
      return;
    }
    const number = Number(value);
    const isKind =
      element === "bool" ? number === 0 || number === 1 : typeof value === "number" && Number.isFinite(value);
    if (!isKind || (element === "int32" && number !== (number | 0)))
      refuse(`${part} at row ${row}`, `${element === "int32" ? "whole numbers" : element}`, value);
    numbers.push(number);
  };
  column.forEach((value: unknown, at) => {
    const isRow = typeof value === "object";
    const before = numbers.length;
    add(value, isRow ? at : Math.floor(at / (width || 1)));
    if (isRow && numbers.length - before !== width && !Number.isNaN(width))
      refuse(`${part} at row ${at}`, `${width} numbers`, numbers.length - before);
  });
  return Kind.from(numbers);
}

/** Copies rows of a column into an array, one after another. */
export function gather({ values, width }: BoundColumn, rows: Uint32Array, into: Flat): void {
  if (width === 1) for (let i = 0; i < rows.length; i++) into[i] = values[rows[i]!]!;
  else if (width < 32)
    for (let i = 0, to = 0; i < rows.length; i++)
      for (let from = rows[i]! * width, end = from + width; from < end;) into[to++] = values[from++]!;
  else
    for (let i = 0; i < rows.length; i++)
      into.set(values.subarray(rows[i]! * width, (rows[i]! + 1) * width), i * width);
}
