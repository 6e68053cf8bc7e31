/**
 * docs/operations.md: what every operation does on every target, as it was found by running it here. The rows are the
 * calls of test/arbitrary.ts; OPTIMC_WRITE=1 writes the page.
 */
import { readFileSync, writeFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import * as ops from "../../compiler/ops/index.js";
import * as language from "../../src/index.js";
import { discrete, kinked, smooth, countOf, inputsOf, type OperationCall } from "../arbitrary.js";
import { eachTarget, allTargetsAndPrecisions, type TargetName } from "../targets.js";
import { checkValue, slopeFault, slopeOfCall } from "./check.js";

const page = new URL("../../docs/operations.md", import.meta.url);

/** What makes no tensor: an effect, and the name of a host scalar. */
const notTensors = ["assign", "named"];

const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(ops.input("x", [])));
const functions = Object.keys(ops).filter((name) => name in language);
const operations = [...methods, ...functions].filter((name) => !notTensors.includes(name));

const calls: Readonly<Record<string, fc.Arbitrary<OperationCall>>> = { ...smooth, ...kinked, ...discrete };

/** "norm 1.5" is a row of `norm`. */
const operationOf = (row: string): string | undefined => operations.find((name) => name === row.split(" ")[0]);

const rows = Object.keys(calls)
  .filter((row) => operationOf(row) !== undefined)
  .sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));

/** A few calls, those with the most numbers first, but not with more than 300. */
function samplesOf(row: string): readonly OperationCall[] {
  const drawn = fc.sample(calls[row] as fc.Arbitrary<OperationCall>, { numRuns: 12, seed: 5 });
  const numbersIn = ({ args }: OperationCall): number => args.reduce((sum, { shape }) => sum + countOf(shape), 0);
  const sorted = drawn.sort((a, b) => numbersIn(b) - numbersIn(a));
  const moderate = sorted.filter((each) => numbersIn(each) <= 300);
  return moderate.length > 0 ? moderate : sorted.slice(-1);
}

const words = { float: "floats", int32: "integers", bool: "truth values", scalar: "scalars" } as const;

/** The same call a little beside the grids on which some calls meet jumps, to compare their values there. */
const beside = (call: OperationCall): OperationCall => ({
  ...call,
  args: call.args.map((each) =>
    each.element === "float" ? { ...each, data: each.data.map((value) => value + 2 ** -11) } : each,
  ),
});

/** What the table says of a gradient, or of a gradient of a gradient. */
function slopeCell(on: OperationCall, order: 1 | 2, target: TargetName): string {
  const call = beside(on);
  const { element } = call.make(inputsOf(call.args));
  if (element !== "float") return `none: ${words[element as keyof typeof words]}`;
  const slope = slopeOfCall(call, order, target);
  if (slope === null) return call.args.length === 0 ? "none: no operand" : "none: of integers";
  const fault = slopeFault(call.text, slope);
  if (slope.isZero) return fault === null ? "zero" : "stopped";
  expect(fault).toBeNull();
  return "yes";
}

type Samples = readonly OperationCall[];

/** A gradient is zero only if it is so in several calls. */
function gradientCell(calls: Samples, target: TargetName): string {
  let said = "zero";
  for (const call of calls.slice(0, 4)) if (said === "zero") said = slopeCell(call, 1, target);
  return said;
}

type Column = readonly [head: string, cell: (calls: Samples) => string];

const columns: readonly Column[] = [
  ...allTargetsAndPrecisions.map(([target, precision]): Column => [
    `${target} ${precision}`,
    ([call]) => {
      expect(checkValue(call as OperationCall, precision, target)).toBeNull();
      return "yes";
    },
  ]),
  ...eachTarget.map(([target]): Column => [`gradient, ${target}`, (calls) => gradientCell(calls, target)]),
  ...eachTarget.map(([target]): Column => [
    `second, ${target}`,
    ([call]) => slopeCell(call as OperationCall, 2, target),
  ]),
];

const introduction = `# Operations

What every operation does on every target. The table is written by \`test/laws/table.test.ts\`, which runs each row; the
tests fail while the page says anything else.

- \`js float64\` and so on: the values, on that target in that precision. **yes**: they are what the interpreter
  computes, to 1e-12 in float64, and within the bound that it carries for rounding in float32.
- \`gradient\` and \`second\`: the gradient, and the gradient of a gradient, in float64. **yes**: it is the slope that finite
  differences measure. **zero**: so it is, and the slope is 0. The calls keep away from kinks, such as ties of a maximum:
  at a kink the gradient is PyTorch's, and the gradient of a gradient is that of the branch that was taken.
- **stopped**: no gradient flows, by intention, though the values do depend on the operand. **none**: there is nothing to
  differentiate: the result holds integers or truth values, or there is no operand of floats.

The targets agree for all numbers of a type, infinities, NaN, both zeros, subnormal numbers and the extremes of int32 among
them: the same elements are NaN or infinite, and the others differ by rounding. \`test/laws/wholeRange.test.ts\` holds
every row to it, with two exceptions. In float32, sums of products (\`matmul\`, \`einsum\`) are float32 in WebAssembly and may
overflow where those of JavaScript, which are double until they are rounded once, do not. And sines and cosines of angles beyond
2e5 are less exact, on each target in its own way.
`;

const shownRow = (row: string): string => {
  const name = operationOf(row) as string;
  const rest = row.slice(name.length);
  return `${methods.includes(name) ? `\`x.${name}\`` : `\`${name}\``}${rest}`;
};

test("every operation has a row: its calls are in test/arbitrary.ts, under its name", () => {
  expect(operations.filter((name) => !rows.some((row) => operationOf(row) === name))).toEqual([]);
});

const cells = new Map<string, readonly string[]>();

test.each(rows)("%s", (row) => {
  const samples = samplesOf(row);
  const made = columns.map(([, cell]) => cell(samples));
  cells.set(row, made);
  const differentiable = row in smooth || row in kinked;
  // The last four columns: what is listed as differentiable is.
  if (differentiable) expect(made.slice(-4).filter((each) => each !== "yes" && each !== "zero")).toEqual([]);
  if (differentiable) expect(made.slice(-4, -2)).toEqual(["yes", "yes"]);
});

test("docs/operations.md is this table", () => {
  const heads = ["operation", ...columns.map(([head]) => head)];
  const body = rows.map((row) => [shownRow(row), ...(cells.get(row) ?? heads.slice(1).map(() => "not run"))]);
  const widths = heads.map((head, at) => Math.max(head.length, ...body.map((parts) => (parts[at] as string).length)));
  const line = (parts: readonly string[], fill = " "): string =>
    `| ${parts.map((part, at) => part.padEnd(widths[at] as number, fill)).join(" | ")} |`;
  const lines = [
    line(heads),
    line(
      heads.map(() => ""),
      "-",
    ),
    ...body.map((parts) => line(parts)),
  ];
  const text = `${introduction}\n${lines.join("\n")}\n`;
  if (process.env["OPTIMC_WRITE"] === "1" && cells.size === rows.length) writeFileSync(page, text);
  expect(text).toBe(readFileSync(page, "utf8"));
});
