/** Typed columns of rows that any parser of CSV, JSON or Parquet gives. */

import { refuse } from "./refuse.js";

/** A column of numbers. */
export interface NumberColumn {
  readonly kind: "number";
  /** What stands in for a missing value: the mean of the others, or a number. By default a missing value is refused. */
  readonly missing?: "mean" | number | undefined;
}

/** A column of one of several words; its numbers are their places in the list. */
export interface CategoryColumn {
  readonly kind: "category";
  readonly words: readonly string[];
  /** The word that stands in for a missing value. By default a missing value is refused. */
  readonly missing?: string | undefined;
}

/** Columns by their names in the rows. */
export type Schema = Readonly<Record<string, NumberColumn | CategoryColumn>>;

/** Typed columns, and what stood in for missing numbers. */
export interface Table<S extends Schema> {
  readonly rows: number;
  readonly columns: {
    readonly [K in keyof S]: S[K] extends CategoryColumn ? Int32Array<ArrayBuffer> : Float64Array<ArrayBuffer>;
  };
  /** By column, the number that stood in for missing values: give it as `missing` when the net is used. */
  readonly filled: Readonly<Record<string, number>>;
}

/** A column of numbers, from numbers or their text. */
export const number = (options: { readonly missing?: "mean" | number } = {}): NumberColumn => ({
  kind: "number",
  missing: options.missing,
});

/** A column of words: each becomes its place in the list, from 0. Any other word is refused. */
export const category = (words: readonly string[], options: { readonly missing?: string } = {}): CategoryColumn => ({
  kind: "category",
  words,
  missing: options.missing,
});

type Row = Readonly<Record<string, unknown>> | readonly unknown[];

const isMissing = (value: unknown): boolean => value === undefined || value === null || value === "";

/**
 * Reads rows into typed columns. Rows are objects by the names of columns, or arrays, of which the first one has the names.
 * Empty text, null and undefined are missing. What a column cannot take is refused with its row, counted from 1, and column.
 */
export async function table<const S extends Schema>(
  rows: Iterable<Row> | AsyncIterable<Row>,
  schema: S,
): Promise<Table<S>> {
  const names = Object.keys(schema);
  const found = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  const gaps = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  let header: readonly unknown[] | undefined;
  let count = 0;
  for await (const row of rows) {
    if (Array.isArray(row) && !header) {
      header = row as readonly unknown[];
      for (const name of names)
        if (!header.includes(name)) refuse(`column '${name}'`, "one of the first row", header.join(", "));
      continue;
    }
    count++;
    for (const name of names) {
      const part = `row ${count}, column '${name}'`;
      const value = header
        ? (row as readonly unknown[])[header.indexOf(name)]
        : (row as Readonly<Record<string, unknown>>)[name];
      found[name]!.push(numberOf(part, value, schema[name]!, () => gaps[name]!.push(count - 1)));
    }
  }
  if (count === 0) refuse("table", "at least one row", "none");
  const filled: Record<string, number> = {};
  const columns = names.map((name) => {
    const own = schema[name]!;
    const values = found[name]!;
    if (own.kind === "number" && own.missing === "mean") {
      const known = values.length - gaps[name]!.length;
      if (known === 0) refuse(`column '${name}'`, "a number to take the mean of", "none");
      // Missing ones are 0 until here.
      filled[name] = values.reduce((sum, each) => sum + each, 0) / known;
      for (const at of gaps[name]!) values[at] = filled[name];
    }
    return [name, own.kind === "category" ? Int32Array.from(values) : Float64Array.from(values)];
  });
  return { rows: count, columns: Object.fromEntries(columns) as Table<S>["columns"], filled };
}

function numberOf(part: string, value: unknown, column: NumberColumn | CategoryColumn, skip: () => void): number {
  const { kind, missing } = column;
  if (isMissing(value)) {
    if (missing === "mean" && kind === "number") {
      skip();
      return 0;
    }
    if (missing === undefined) refuse(part, "a value, or 'missing' in the schema", "none");
  }
  const given = isMissing(value) ? missing : value;
  if (kind === "category") {
    const at = column.words.indexOf(String(given));
    return at < 0 ? refuse(part, `one of ${column.words.join(", ")}`, `'${String(given)}'`) : at;
  }
  const parsed =
    typeof given === "number" ? given : typeof given === "string" && given.trim() !== "" ? Number(given) : NaN;
  return Number.isFinite(parsed) ? parsed : refuse(part, "a number", `'${String(given)}'`);
}
