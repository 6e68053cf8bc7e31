/** The error of this entry: what an option or a column had to be, and what it is. */

/** Throws a TypeError such as `data 'x' at row 3: expected 4 numbers, found 5`. */
export function refuse(part: string, expected: string, found: unknown): never {
  throw new TypeError(`${part}: expected ${expected}, found ${shown(found)}`);
}

/** A value in an error: texts and numbers as they are, else its kind. */
const shown = (value: unknown): string =>
  typeof value === "object" && value !== null ? {}.toString.call(value).slice(8, -1) : String(value);

/** Refuses options that there are not. */
export function checkNames(part: string, given: object, known: readonly string[]): void {
  for (const name in given) if (!known.includes(name)) refuse(part, known.join(", "), `'${name}'`);
}

/** Refuses a number that is not whole, or is below `least`. */
export function checkCount(part: string, value: number, least = 1): number {
  return Number.isSafeInteger(value) && value >= least ? value : refuse(part, `a whole number from ${least}`, value);
}
