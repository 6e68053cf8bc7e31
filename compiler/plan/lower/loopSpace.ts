/** Which loops nodes run over: their axes in order, and which of them are reduced. */
import { nodeAt, type Graph, type Node } from "../../ir/graph.js";
import { equalAll, one, type Size } from "../../ir/size.js";
import { spaceOf } from "../memory/buffer.js";

/** The loops of a group: all axes in order, and which of them are reduced. */
export interface LoopSpace {
  readonly axes: readonly Size[];
  readonly reduced: readonly boolean[];
}

/** The shape that a reduction or contraction runs over, and the axes of it that it reduces. */
export function reductionSpace(graph: Graph, node: Node): { shape: readonly Size[]; axes: readonly number[] } {
  const { lowering } = node.op.definition;
  const [first] = node.args.map((arg) => nodeAt(graph, arg));
  if (lowering?.kind === "reduce") return { shape: first?.shape ?? [], axes: lowering.axes(node.attributes) };
  if (lowering?.kind !== "contract") throw new Error(`${node.op.definition.name} reduces nothing`);
  const contracted = lowering.dimensions(node.attributes).contract.map(([axis]) => first?.shape[axis] as Size);
  return { shape: [...node.shape, ...contracted], axes: contracted.map((_, axis) => node.shape.length + axis) };
}

/** The loops that a node alone needs. */
export function loopSpace(graph: Graph, node: Node): LoopSpace {
  const { lowering } = node.op.definition;
  if (lowering?.kind !== "reduce" && lowering?.kind !== "contract") {
    const axes = spaceOf(node.shape);
    return { axes, reduced: axes.map(() => false) };
  }
  const { shape, axes } = reductionSpace(graph, node);
  const kept = shape
    .map((each, axis) => ({ each, reduced: axes.includes(axis) }))
    .filter(({ each }) => each.key !== one.key);
  return { axes: kept.map(({ each }) => each), reduced: kept.map(({ reduced }) => reduced) };
}

/** The axes that stay. */
export const outerAxes = (space: LoopSpace): Size[] => space.axes.filter((_, axis) => !space.reduced[axis]);

/** Loops for both, or null. Elementwise nodes join reductions at either level. */
export function joinSpaces(a: LoopSpace, b: LoopSpace): LoopSpace | null {
  const same = equalAll(a.axes, b.axes);
  if (same && a.reduced.every((each, axis) => each === b.reduced[axis])) return a;
  const [plain, other] = a.reduced.includes(true) ? [b, a] : [a, b];
  if (plain.reduced.includes(true)) return null;
  if (equalAll(plain.axes, other.axes) || equalAll(plain.axes, outerAxes(other))) return other;
  return null;
}
