/** Long lines of emitted code are broken, and are the same code. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { broken } from "../../compiler/targets/js/lines.js";
import { runs } from "../runs.js";

const joined = (lines: readonly string[]): string => lines.map((line) => line.trimStart()).join(" ");

const expression = fc.letrec<{ readonly any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom("x", "hidden[i * 100 + j]", '"a text, with (brackets"', '"\\""', "1e-8"),
    fc.tuple(tie("any"), fc.constantFrom("+", "-", "*", "/"), tie("any")).map((parts) => parts.join(" ")),
    fc.array(tie("any"), { minLength: 1, maxLength: 6 }).map((args) => `f(${args.join(", ")})`),
  ),
})).any;

describe("a line of code", () => {
  test("has the same words in the same order, and computes the same", () => {
    fc.assert(
      fc.property(expression, (text) => {
        const line = `  const y = ${text};`;
        const lines = broken([line]);
        expect(`  ${joined(lines)}`).toBe(line);
        const value = (code: string): unknown =>
          new Function("f", "x", "hidden", "i", "j", `${code}\nreturn y;`)(
            (...given: unknown[]) => given.join("|"), 2, Array.from({ length: 101 }, (_, at) => at), 0, 1); // prettier-ignore
        expect(value(lines.join("\n"))).toEqual(value(line));
        if (!line.includes('"')) expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(120);
      }),
      runs(2000, 1),
    );
  });

  test("is broken where the fewest brackets are open, and not inside of a text", () => {
    const deep = `f(${"g(a, b), ".repeat(11)}h)`;
    expect(broken([`  const y = ${deep} + ${"z".repeat(30)};`])).toEqual([
      `  const y = ${deep} +`,
      `      ${"z".repeat(30)};`,
    ]);
    const text = JSON.stringify("a, b ".repeat(40));
    expect(broken([`  check(${text});`])).toEqual([`  check(${text});`]);
  });

  test("a comment is broken between words, and goes on as one", () => {
    const lines = broken([` * ${"some words ".repeat(30).trim()}`]);
    expect(lines.every((line) => line.length <= 120 && line.startsWith(" * "))).toBe(true);
    expect(lines.map((line) => line.slice(3).trim()).join(" ")).toBe("some words ".repeat(30).trim());
  });

  // Copying the rest of the line for each piece of it would take hours.
  test("a constant of a million numbers", () => {
    const numbers = Array.from({ length: 1_000_000 }, (_, at) => at).join(", ");
    const lines = broken([`  constant.set([${numbers}]);`]);
    expect(lines.length).toBeGreaterThan(50_000);
    expect(`  ${joined(lines)}` === `  constant.set([${numbers}]);`).toBe(true);
  });
});
