/** Prints which elements of an input are indices, for the module and for the declaration. */
import {
  add,
  constantOf,
  equal,
  indicesOf,
  mul,
  one,
  splitAffine,
  sub,
  zero,
  product,
  indexSize,
  type Size,
} from "../ir/size.js";
import { runningIn } from "../ir/sources.js";
import { linearIndex } from "../ir/linearIndex.js";
import { printExtent, printInDims } from "./extent.js";
import { indent } from "../targets/js/text.js";
import type { IndexBound } from "../plan/facts.js";

type Entry = readonly [name: string, lines: readonly string[]];

/** Whether one bound for every element is all that there is. */
const isUniform = (bound: IndexBound | undefined): boolean => bound?.whole === true && bound.except === undefined;

/** Whether a function must check the elements, because one bound for all is not enough. */
export const needsChecks = (bounds: readonly IndexBound[]): boolean => bounds.length > (isUniform(bounds[0]) ? 1 : 0);

/**
 * Entries of an input's description: the bound of all elements, and a function that checks elements with another bound.
 */
export function printBounds(shape: readonly Size[], bounds: readonly IndexBound[]): Entry[] {
  const [first, ...others] = bounds;
  if (first === undefined) return [];
  if (!isUniform(first)) return [["indices", printChecks(shape, bounds)]];
  const [only] = first.below;
  const below = first.below.length === 1 && only ? printExtent(only) : `(dims) => ${printLeast(first.below)}`;
  return [["below", [below]], ...(needsChecks(bounds) ? [["indices", printChecks(shape, others)] as const] : [])];
}

const printLeast = (below: readonly Size[]): string => {
  const texts = below.map((each) => printInDims(each));
  return texts.length === 1 ? (texts[0] as string) : `Math.min(${texts.join(", ")})`;
};

const letters = ["i", "j", "k", "l", "m", "n"];

/** Loops over the elements; bounds with equal loops share one. */
function printChecks(shape: readonly Size[], bounds: readonly IndexBound[]): string[] {
  const nests = new Map<string, { loops: string[]; checks: string[] }>();
  for (const { whole, within, below, except, ...elements } of bounds) {
    const count = product(shape);
    const at = whole ? [constantOf(count) === 1 ? zero : indexSize({ id: "0", extent: count })] : elements.at;
    const indices = runningIn({ at, within });
    const names = new Map(indices.map(({ id }, position) => [id, letters[position] ?? `i${position}`]));
    const nameOf = (id: string): string => names.get(id) as string;
    const print = (each: Size): string => printInDims(each, nameOf);
    const loops = indices.map(({ id, extent }) => {
      const name = nameOf(id);
      return `for (let ${name} = 0; ${name} < ${print(extent as Size)}; ${name}++)`;
    });
    if (within.length > 0) {
      loops.push(
        `if (${within.map(({ value, extent }) => `${print(value)} >= 0 && ${print(value)} < ${print(extent)}`).join(" && ")})`,
      );
    }
    const nest = nests.get(loops.join()) ?? { loops, checks: [] };
    nests.set(loops.join(), nest);
    const given = [
      print(whole ? (at[0] as Size) : linearIndex(at, shape)),
      printLeast(below),
      ...(except === undefined ? [] : [except]),
    ];
    nest.checks.push(`check(${given.join(", ")});`);
  }
  const lines = [...nests.values()].flatMap(({ loops, checks }) => nested(loops, checks));
  const dims = lines.some((line) => line.includes("dims[")) ? ", dims" : "";
  return [`(input${dims}) =>`, ...indent(["checkIndices(input, (check) => {", ...indent(lines), "})"])];
}

function nested([loop, ...loops]: readonly string[], checks: readonly string[]): string[] {
  if (loop === undefined) return [...checks];
  const inner = nested(loops, checks);
  return inner.length === 1 ? [`${loop} ${inner[0]}`] : [`${loop} {`, ...indent(inner), "}"];
}

/**
 * The declaration's sentence about an input: `Indices: [:, 0] at least 0 and below 5; [:, 1] at least 0 and below 7.`
 */
export function describeBounds(shape: readonly Size[], bounds: readonly IndexBound[]): string {
  const parts = new Map<string, string[]>();
  for (const { at, within, below, except, whole } of bounds) {
    const allowed = except === undefined ? "" : `, or ${except}`;
    const range = `at least 0 and below ${below.map(({ key }) => key).join(" and ")}${allowed}`;
    const alike = parts.get(range) ?? [];
    parts.set(range, alike);
    if (!whole) alike.push(describePart(shape, at, within.length > 0));
  }
  const each = [...parts].map(
    ([range, alike]) => [...new Set(alike)].join(" and ") + (alike.length > 0 ? ` ${range}` : range),
  );
  return `Indices: ${each.join("; ")}.`;
}

/** The elements as NumPy writes them, if they step evenly along each axis: `[:, 1:5]`. */
function describePart(shape: readonly Size[], at: readonly Size[], isConditional: boolean): string {
  const used = at.flatMap(indicesOf).map(({ id }) => id);
  const axes = at.map((place, axis) => describeAxis(place, shape[axis] as Size));
  if (isConditional || new Set(used).size < used.length || axes.includes(null)) return "some elements";
  return `[${axes.join(", ")}]`;
}

function describeAxis(place: Size, length: Size): string | null {
  const [index, ...others] = indicesOf(place);
  if (!index) return place.key;
  const split = others.length === 0 ? splitAffine(place, index) : null;
  const by = split && constantOf(split.coefficient);
  if (!split || by === null) return null;
  const last = add(split.rest, mul(split.coefficient, sub(index.extent as Size, one)));
  const [start, end] = by > 0 ? [split.rest, add(last, one)] : [last, add(split.rest, one)];
  const text = `${equal(start, zero) ? "" : start.key}:${equal(end, length) ? "" : end.key}`;
  return Math.abs(by) === 1 ? text : `${text}:${Math.abs(by)}`;
}
