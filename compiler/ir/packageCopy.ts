/**
 * Tells which copy of the package made a value. Two copies in one program (two versions installed, or one bundled and
 * one not) would fail in ways that are hard to understand; every entry point compares stamps, and its error names both
 * copies.
 */
import { fail } from "../diagnostics.js";

interface Stamp {
  readonly url: string;
}

const key = Symbol.for("optimc");
const stamp: Stamp = Object.freeze({ url: new URL("../..", import.meta.url).href });

export function stampOf(): Stamp {
  return stamp;
}

/** True if this copy made the value, false if it is no value of optimc's; a value of another copy is an error. */
export function checkCopy(value: object): boolean {
  const found = (value as Record<PropertyKey, unknown>)[key] as Stamp | undefined;
  if (found === stamp) return true;
  if (typeof found !== "object" || typeof found.url !== "string") return false;
  return fail({
    code: "two-copies",
    message: "two copies of optimc are in use",
    expected: `a value made by ${stamp.url}`,
    found: `a value made by ${found.url}`,
    hint: "install one version, and do not bundle optimc into the file that imports it",
  });
}

/** Marks an object: a proxy of it, an object that inherits from it and a copy of it do not have the mark. */
class Mark extends (function (value: object): object {
  return value;
} as unknown as new (value: object) => object) {
  readonly #isOurs = true;
  static isOn(value: object): boolean {
    return #isOurs in value && value.#isOurs;
  }
}

/** The value, known from now on as a tensor that this copy made. */
export const marked = <T extends object>(value: T): T => new Mark(value) as T;

export const isMarked = (value: object): boolean => Mark.isOn(value);
