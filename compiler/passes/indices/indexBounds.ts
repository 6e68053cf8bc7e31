/** Finds the elements of integer inputs that are used as indices, and the bounds below which their values must lie. */
import { isOp, nodeAt, type Graph } from "../../ir/graph.js";
import { idAt } from "../../ir/ids.js";
import { topologicalOrder } from "../../ir/order.js";
import { constantOf, evaluate, type Size } from "../../ir/size.js";
import { elementsKey, runningIn, sourcesOf, type Source } from "../../ir/sources.js";
import { coordinates, countOf, offsetOf, stridesOf } from "../../ops/rowMajor.js";
import { input } from "../../ops/input.js";

/** The bounds of some elements of an input. */
export interface IndexBound extends Omit<Source, "leaf"> {
  /** The elements lie in [0, b) for each b of these. At most one is a number, and then it is the first. */
  readonly below: readonly Size[];
  /** A value outside the bounds that is allowed too. */
  readonly except: number | undefined;
}

/** The bounds of each input with elements that are used as indices, by its name. Bounds for all elements are first. */
export function indexBounds(graph: Graph): ReadonlyMap<string, readonly IndexBound[]> {
  const bounds = new Map<string, Map<string, IndexBound>>();
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    const types = node.args.map((arg) => nodeAt(graph, arg));
    const used = node.op.definition.indices?.(types, node.attributes);
    if (!used) continue;
    const { argument, below, except } = used;
    for (const { leaf, ...elements } of sourcesOf(graph, idAt(node.args, argument))) {
      const from = nodeAt(graph, leaf);
      if (!isOp(from, input)) continue;
      const name = from.attributes["name"] as string;
      const known = bounds.get(name) ?? new Map<string, IndexBound>();
      bounds.set(name, known);
      const key = `${except}:${elementsKey(elements)}`;
      known.set(key, { ...elements, except, below: least([...(known.get(key)?.below ?? []), below]) });
    }
  }
  return new Map([...bounds].map(([name, known]) => [name, needed([...known.values()])]));
}

/** The bounds without those that follow from others: only the least number remains. */
function least(below: readonly Size[]): readonly Size[] {
  const numbers = below.filter((each) => constantOf(each) !== null);
  const [first] = numbers.sort((a, b) => (constantOf(a) as number) - (constantOf(b) as number));
  const others = new Map(below.filter((each) => constantOf(each) === null).map((each) => [each.key, each]));
  return [...(first ? [first] : []), ...others.values()];
}

/** Bounds for all elements first; without bounds of parts that follow from the first of them. */
function needed(bounds: readonly IndexBound[]): IndexBound[] {
  const [whole, parts] = [bounds.filter((each) => each.whole), bounds.filter((each) => !each.whole)];
  const strict = whole.find(({ except }) => except === undefined) ?? whole[0];
  if (!strict) return parts;
  const allowed = new Set(strict.below.map(({ key }) => key));
  const follows = ({ below, except }: IndexBound): boolean =>
    (strict.except === undefined || strict.except === except) &&
    least([...strict.below, ...below]).every(({ key }) => allowed.has(key));
  return [strict, ...[...whole, ...parts].filter((each) => each !== strict && !follows(each))];
}

/**
 * For each element of a leaf of this shape, the bound below which it must lie in a call of these sizes; Infinity if it
 * is no index.
 */
export function leastBounds(
  shape: readonly Size[],
  bounds: readonly Omit<IndexBound, "except">[],
  dims: Readonly<Record<string, number>>,
): number[] {
  const sizes = shape.map((each) => evaluate(each, (name) => dims[name]));
  const found = new Array<number>(countOf(sizes)).fill(Infinity);
  const strides = stridesOf(sizes);
  for (const { at, within, below } of bounds) {
    const limit = Math.min(...below.map((each) => evaluate(each, (name) => dims[name])));
    const indices = runningIn({ at, within });
    const extents = indices.map(({ extent }) => evaluate(extent as Size, (name) => dims[name]));
    for (const place of coordinates(extents)) {
      const valueOf = (name: string) => place[indices.findIndex(({ id }) => id === name)] ?? dims[name];
      const isInside = ({ value, extent }: (typeof within)[number]): boolean => {
        const found = evaluate(value, valueOf);
        return found >= 0 && found < evaluate(extent, valueOf);
      };
      if (!within.every(isInside)) continue;
      const position = offsetOf(
        at.map((each) => evaluate(each, valueOf)),
        strides,
      );
      found[position] = Math.min(found[position] as number, limit);
    }
  }
  return found;
}
