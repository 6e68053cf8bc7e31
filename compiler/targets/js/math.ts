/**
 * Scalar functions as JavaScript functions, and the three bit primitives that they may call.
 *
 * A module emits `printScalarFunctions(roots)` once: the primitives that occur, then every function that the roots
 * call, each before its callers. Shared and named parts become locals. A part that is used once stays where it is used,
 * so that the side of a select that is not taken costs nothing.
 */
import { operandsOf, type Scalar, type ScalarFunction } from "../../ir/scalar.js";
import type { Helpers } from "../target.js";
import { joined } from "./helpers.js";
import { definitionOf, printScalar } from "./scalar.js";

export function printScalarFunction(called: ScalarFunction): string {
  const parts = nameParts(called);
  const repeated = new Set<string>();
  const first = new Set<string>();
  for (const name of parts.values()) (first.has(name) ? repeated : first).add(name);
  const lines: string[] = [];
  const printed = new Map<Scalar, string>();
  const context = { known: (scalar: Scalar) => printed.get(scalar), variable: (name: string) => name };
  for (const [scalar, name] of parts) {
    const declaration = first.delete(name) ? (repeated.has(name) ? "let " : "const ") : "";
    lines.push(...wrap(`  ${declaration}${name} = ${printScalar(scalar, context)};`, "    "));
    printed.set(scalar, name);
  }
  lines.push(...wrap(`  return ${printScalar(called.result, context)};`, "    "));
  const parameters = called.parameters.map(({ name }) => name).join(", ");
  return `${printDoc(called.doc)}\nfunction ${called.name}(${parameters}) {\n${lines.join("\n")}\n}\n`;
}

const WIDTH = 120;

function printDoc(doc: string): string {
  const line = `/** ${doc} */`;
  return line.length <= WIDTH ? line : ["/**", ...wrap(` * ${doc}`, " * "), " */"].join("\n");
}

/**
 * The line broken at spaces where an expression continues, but never after `return`, where the end of the line would
 * end the statement.
 */
function wrap(line: string, indent: string): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > WIDTH) {
    let space = rest.lastIndexOf(" ", WIDTH);
    if (rest.slice(0, space).trim() === "return" || space < indent.length) space = rest.indexOf(" ", WIDTH);
    if (space < 0) break;
    lines.push(rest.slice(0, space));
    rest = indent + rest.slice(space + 1);
  }
  return [...lines, rest];
}

/** The functions that are called from the given ones, themselves included, each before its callers. */
export function calledFunctions(roots: Iterable<ScalarFunction>): readonly ScalarFunction[] {
  const found = new Set<ScalarFunction>();
  const visit = (called: ScalarFunction): void => {
    if (found.has(called)) return;
    for (const scalar of partsOf(called.result)) {
      const callee = definitionOf(scalar);
      if (callee) visit(callee);
    }
    found.add(called);
  };
  for (const root of roots) visit(root);
  return [...found];
}

/** The bit primitives and functions that a module needs in order to call the roots. */
export function printScalarFunctions(roots: Iterable<ScalarFunction>): Helpers {
  const functions = calledFunctions(roots);
  return joined([
    printBitPrimitives(functions.map(({ result }) => result)),
    ...functions.map((called) => ({ text: printScalarFunction(called), names: [called.name], scratch: [] })),
  ]);
}

/** `exponent`, `mantissa` and `exp2i`, as far as the scalars use them. */
export function printBitPrimitives(scalars: readonly Scalar[]): Helpers {
  const used = new Set<string>();
  for (const scalar of scalars) for (const part of partsOf(scalar)) if (part.kind === "unary") used.add(part.operator);
  const lines: string[] = [];
  const names: string[] = [];
  const declare = (own: readonly string[], ...text: readonly string[]): void => {
    names.push(...own);
    lines.push(...text);
  };
  // A table, because a store of 32 bits and a load of the 64 around them stall one another (12 ns against 7 for exp).
  if (used.has("exp2i") || used.has("mantissa")) {
    declare(
      ["powersOfTwo"],
      "/** 2^k at 1023 + k. */",
      "const powersOfTwo = new Float64Array(2047);",
      "for (let k = 0, power = 1; k < 1024; k++, power *= 2) {",
      "  powersOfTwo[1023 + k] = power;",
      "  powersOfTwo[1023 - k] = 1 / power;",
      "}",
    );
  }
  if (used.has("exp2i")) declare(["exp2i"], "const exp2i = (k) => powersOfTwo[(1023 + k) | 0];");
  if (used.has("exponent") || used.has("mantissa")) {
    declare(
      ["float64", "words", "exponent"],
      "const float64 = new Float64Array(1);",
      "const words = new Int32Array(float64.buffer);",
      "/** The exponent of x = m 2^e, 1 <= m < 2. */",
      "function exponent(x) {",
      "  float64[0] = x;",
      "  return ((words[1] >>> 20) & 2047) - 1023;",
      "}",
    );
  }
  if (used.has("mantissa")) declare(["mantissa"], "const mantissa = (x) => x * powersOfTwo[1023 - exponent(x)];");
  return { text: lines.map((line) => `${line}\n`).join(""), names, scratch: [] };
}

/** Every scalar in the expression, once, operands first. */
export function partsOf(result: Scalar): ReadonlySet<Scalar> {
  const visited = new Set<Scalar>();
  const done = new Set<Scalar>();
  const pending = [result];
  for (let scalar = pending.at(-1); scalar; scalar = pending.at(-1)) {
    if (!visited.has(scalar)) {
      visited.add(scalar);
      // Reversed, so that the first operand is done first.
      for (const operand of [...operandsOf(scalar)].reverse()) if (!visited.has(operand)) pending.push(operand);
    } else {
      done.add(scalar);
      pending.pop();
    }
  }
  return done;
}

/**
 * Names, in order of computation, for the parts that have one and for those that are used more than once. Two parts
 * share a name if they were given the same one and the first is no longer used when the second is computed.
 */
function nameParts(called: ScalarFunction): ReadonlyMap<Scalar, string> {
  const all = partsOf(called.result);
  const uses = new Map<Scalar, number>();
  for (const part of all) for (const operand of operandsOf(part)) uses.set(operand, (uses.get(operand) ?? 0) + 1);
  const named = [...all].filter((part) => {
    if (part.kind === "constant" || part.kind === "variable") return false;
    return called.names?.has(part) || (uses.get(part) ?? 0) > 1;
  });

  const taken = new Set(called.parameters.map(({ name }) => name));
  for (const part of all) {
    const callee = definitionOf(part);
    if (callee) taken.add(callee.name);
    else if (part.kind === "unary") taken.add(part.operator);
  }
  const lastUse = lastUses(named, called.result);
  const names = new Map<Scalar, string>();
  const holders = new Map<string, { readonly part: Scalar; readonly label: string }>();
  named.forEach((part, position) => {
    const label = called.names?.get(part) ?? "part";
    const free = (name: string): boolean => {
      const holder = holders.get(name);
      if (!holder) return !taken.has(name);
      return called.names?.get(part) === holder.label && (lastUse.get(holder.part) ?? 0) <= position;
    };
    let name = label;
    for (let number = 2; !free(name); number++) name = `${label}${number}`;
    holders.set(name, { part, label });
    names.set(part, name);
  });
  return names;
}

/** For each named part, the position of the last statement that uses it; the result comes after all. */
function lastUses(named: readonly Scalar[], result: Scalar): ReadonlyMap<Scalar, number> {
  const set = new Set(named);
  const last = new Map<Scalar, number>();
  [...named, result].forEach((statement, position) => {
    const visit = (part: Scalar): void => {
      if (set.has(part)) last.set(part, position);
      else operandsOf(part).forEach(visit);
    };
    if (set.has(statement) && position === named.length) last.set(statement, position);
    else operandsOf(statement).forEach(visit);
  });
  return last;
}
