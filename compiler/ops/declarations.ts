/** Checks that all leaves of a graph share: of their names and of their sizes. */
import { fail } from "../diagnostics.js";
import { describeValue, quoted } from "../ir/guards.js";
import type { Size } from "../ir/size.js";
import { constantOf, dimensionsOf, printShape } from "../ir/size.js";

const mostCharacters = 200;

/** Control characters, and halves of characters, which no file can hold. */
const controls = /[\u0000-\u001f\u007f]|\p{Surrogate}/u;

/** Checks a name that the user gave: a non-empty string without control characters, at most 200 characters. */
export function checkName(what: string, name: unknown): string {
  if (typeof name === "string" && name.length > 0 && name.length <= mostCharacters && !controls.test(name)) {
    if (name !== "__proto__") return name;
    fail({
      code: "reserved-name",
      message: `${what}: the name __proto__ is JavaScript's own`,
      expected: "any other name",
      found: "__proto__",
    });
  }
  return fail({
    code: "invalid-name",
    message: `${what}: not a usable name`,
    expected: "a string of 1 to 200 characters, without line ends and other control characters",
    found:
      typeof name !== "string"
        ? describeValue(name)
        : name.length > mostCharacters
          ? `a string of ${name.length} characters`
          : quoted(name),
  });
}

/** Checks the sizes of a declared tensor: positive whole numbers, or names where they are allowed. */
export function checkShape(what: string, shape: readonly Size[], named: boolean): readonly Size[] {
  for (const extent of shape) {
    const value = constantOf(extent);
    const name = dimensionsOf(extent)[0];
    if (named && name !== undefined) checkName(`${what}: dimension`, name);
    if (value === null ? named && name === extent.key : Number.isSafeInteger(value) && value > 0) continue;
    fail({
      code: "invalid-shape",
      message: `${what}: not a usable shape`,
      expected: named ? "positive whole numbers and names of dimensions" : "positive whole numbers",
      found: printShape(shape),
      ...(value === null && !named ? { hint: "what is kept between calls cannot depend on the size of a call" } : {}),
    });
  }
  return shape;
}
