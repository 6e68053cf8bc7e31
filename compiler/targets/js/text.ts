/** The emitted JavaScript as lines: object literals, methods, comments. */
import { propertyName } from "../../ir/identifier.js";

export const indent = (lines: readonly string[]): string[] => lines.map((line) => (line === "" ? "" : `  ${line}`));

/** A property name as JavaScript writes it. */
export const key = propertyName;

/** An object of entries whose values may take several lines; on one line if it is short. */
export function object(entries: readonly (readonly [name: string, lines: readonly string[]])[]): string[] {
  if (entries.length === 0) return ["{}"];
  const properties = entries.map(([name, [first, ...rest]]) => [
    first === key(name) ? first : `${key(name)}: ${first}`,
    ...rest,
  ]);
  const short = `{ ${properties.map(([line]) => line).join(", ")} }`;
  if (properties.every((lines) => lines.length === 1) && short.length < 100) return [short];
  return ["{", ...indent(properties.flatMap((lines) => suffixed(lines, ","))), "}"];
}

/** An array of items that may take several lines each; on one line if it is short. */
export function array(items: readonly (readonly string[])[]): string[] {
  const short = `[${items.map(([line]) => line).join(", ")}]`;
  if (items.every((lines) => lines.length === 1) && short.length < 120) return [short];
  return ["[", ...indent(items.flatMap((lines) => suffixed(lines, ","))), "]"];
}

/** Lines with something after the last of them. */
export const suffixed = (lines: readonly string[], text: string): string[] =>
  lines.map((line, position) => (position === lines.length - 1 ? line + text : line));

/** A method of an object literal. */
export const method = (name: string, parameters: string, body: readonly string[]): string[] => [
  `${key(name)}(${parameters}) {`,
  ...indent(body),
  "},",
];

/** Text that ends neither the comment nor the line that it stands in. */
export const comment = (text: string): string =>
  text.replaceAll("*/", "* /").replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, "?");
