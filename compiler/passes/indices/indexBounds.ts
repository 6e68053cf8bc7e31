/** Which elements of integer inputs are indices, and below what their values must lie. */
import { isOp, nodeAt, type Graph } from "../../ir/graph.js";
import { idAt } from "../../ir/ids.js";
import { topologicalOrder } from "../../ir/order.js";
import { constantOf, evaluate, type Size } from "../../ir/size.js";
import { elementsKey, runningIn, sourcesOf, type Source } from "../../ir/sources.js";
import { coordinates, countOf, offsetOf, stridesOf } from "../../ops/rowMajor.js";
import { input } from "../../ops/input.js";

/** What elements of an input are compared with. */
export interface IndexBound extends Omit<Source, "leaf"> {
  /** They lie in [0, each of these): the numbers among them are one, and are first. */
  readonly below: readonly Size[];
  /** What they may be beside. */
  readonly except: number | undefined;
}

/** The bounds of each input of which elements are used as indices, by its name. Those of all its elements are first. */
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

/** The bounds without those that follow: of numbers the least remains. */
function least(below: readonly Size[]): readonly Size[] {
  const numbers = below.filter((each) => constantOf(each) !== null);
  const [first] = numbers.sort((a, b) => (constantOf(a) as number) - (constantOf(b) as number));
  const others = new Map(below.filter((each) => constantOf(each) === null).map((each) => [each.key, each]));
  return [...(first ? [first] : []), ...others.values()];
}

/** Those of all elements first, and no part whose bound follows from the first of them. */
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

/** Below what each element of a leaf of this shape must lie in a call of these sizes; Infinity where it is no index. */
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
