import { expect, test } from "vitest";
import { codes, fail, formatDiagnostic, isOptimcError, nearest, OptimcError } from "../compiler/diagnostics.js";
import { withPlace, type Place } from "../compiler/ir/place.js";

const file = "/project/net.model.ts";
const text = `const x = input("x", ["batch", 100]);\nconst w = input("w", [10, 100]);\n\tconst y = x.matmul(w);\n`;
const at = (line: number, column: number): Place => ({ file, line, column });
const options = { from: "/project", read: () => text };

function errorOf(run: () => unknown): OptimcError {
  try {
    run();
  } catch (error) {
    if (isOptimcError(error)) return error;
  }
  throw new Error("no OptimcError was thrown");
}

test("an error shows its sentence, place, lines, expectation, finding and hint", () => {
  const error = new OptimcError({
    code: "shape-mismatch",
    message: "matmul: inner dimensions differ",
    place: at(3, 14),
    expected: "[100, n]",
    found: "[10, 100]",
    hint: "transpose the right operand",
  });
  expect(formatDiagnostic(error, options)).toBe(
    [
      "error[shape-mismatch]: matmul: inner dimensions differ",
      "  at net.model.ts:3:14",
      "",
      '    1 | const x = input("x", ["batch", 100]);',
      '    2 | const w = input("w", [10, 100]);',
      "  > 3 | \tconst y = x.matmul(w);",
      "      | \t            ^",
      "    4 |",
      "",
      "  expected: [100, n]",
      "  found:    [10, 100]",
      "  hint:     transpose the right operand",
    ].join("\n"),
  );
});

test("related places are shown too", () => {
  const error = new OptimcError({
    code: "duplicate-name",
    message: 'two inputs are named "x"',
    place: at(2, 11),
    related: [{ place: at(1, 11), label: "first declared at" }],
  });
  expect(formatDiagnostic(error, { ...options, read: () => undefined })).toBe(
    'error[duplicate-name]: two inputs are named "x"\n  at net.model.ts:2:11\n  first declared at: net.model.ts:1:11',
  );
  expect(formatDiagnostic(error, options).match(/\^/g)).toHaveLength(2);
});

test("without a place, with a place that is out of date, and in color", () => {
  const bare = { code: "too-large", message: "no" } as const;
  expect(formatDiagnostic(new OptimcError(bare), options)).toBe("error[too-large]: no");
  const beyond = new OptimcError({ ...bare, place: at(99, 1) });
  expect(formatDiagnostic(beyond, options)).toBe("error[too-large]: no\n  at net.model.ts:99:1");
  const colored = formatDiagnostic(new OptimcError({ ...bare, place: at(1, 1) }), { ...options, color: true });
  expect(colored).toMatch(/^\x1b\[1;31merror\[too-large\]\x1b\[0m: /);
});

test("fail throws at the place of the running call, unless it is given one", () => {
  const place = at(1, 2);
  const failing = (given?: Place) => () =>
    fail({ code: "too-large", message: "no", place: given, expected: "a", found: "b" });
  expect(errorOf(() => withPlace(place, failing())).place).toBe(place);
  expect(errorOf(() => withPlace(place, failing(at(3, 4)))).place).toEqual(at(3, 4));
  expect(errorOf(failing())).toMatchObject({ place: undefined, name: "OptimcError", related: [] });
  expect(isOptimcError(new Error("no"))).toBe(false);
});

test("codes are in kebab case", () => {
  for (const code of Object.keys(codes)) expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

test("the nearest name, if one is near", () => {
  const names = ["relu", "sigmoid", "softmax", "matmul"];
  expect(["rleu", "Sigmoid", "softmx", "banana", "x"].map((name) => nearest(name, names))).toEqual([
    "relu",
    "sigmoid",
    "softmax",
    undefined,
    undefined,
  ]);
});
