/** The statements that store values, and write effects' targets, at one point of the loops. */
import { nodeAt, type Node, type NodeId } from "../../ir/graph.js";
import type { ArgumentPosition } from "../../ir/ids.js";
import { visitScalars, type Statement } from "../../ir/kernel.js";
import * as scalars from "../../ir/scalar.js";
import type { Scalar } from "../../ir/scalar.js";
import { one, zero, type Size } from "../../ir/size.js";
import { normalOrZero } from "../../ir/math/normal.js";
import { bodiesOf, type Body } from "../../ir/body.js";
import { isEffect, targetsOf } from "../../ir/effects.js";
import { offsetAt } from "../memory/buffer.js";
import { lastPart, type ElementLowering } from "./lowerElement.js";

/** The index of each axis of a node at the point `at` of the loops; axes of size 1 have index 0. */
export function axisIndices(node: Node, at: readonly Size[]): Size[] {
  const rest = [...at];
  return node.shape.map((each) => (each.key === one.key ? zero : (rest.shift() as Size)));
}

type Store = Statement & { readonly kind: "store" };

/**
 * The statements that store members, and write effects' targets, at one point of the loops. Effects come last, and all
 * their values are computed before the first target is written. Otherwise a value could be computed from an element
 * that has been replaced.
 */
export function storeNodes(
  demand: ElementLowering,
  ids: readonly NodeId[],
  indexOf: (node: Node) => readonly Size[],
): Statement[] {
  const { graph, bufferOf } = demand.context;
  const plain: Store[] = [];
  const effects: Store[] = [];
  for (const id of ids) {
    const node = nodeAt(graph, id);
    const index = indexOf(node);
    if (isEffect(node)) {
      effects.push(...writes(demand, id, () => index));
      continue;
    }
    const buffer = bufferOf(id);
    const [value, at] = [demand.at(id, index), offsetAt(buffer, index)];
    plain.push({ kind: "store", buffer: buffer.id, type: buffer.type, index: at, value, accumulate: false });
  }
  return [...plain, ...inStep(demand, effects)];
}

/** Orders stores so that none reads an element that an earlier one has replaced. */
function inStep(demand: ElementLowering, effects: readonly Store[]): Statement[] {
  if (!readsReplaced(effects)) return [...effects];
  const named = effects.map((store): { value: Statement; store: Store } => {
    const label = demand.labels.get(store.value) ?? "next";
    const name = `${label}:${store.buffer}`;
    const value: Statement = { kind: "let", name, value: store.value };
    return { value, store: { ...store, value: scalars.variable(name, store.value.type) } };
  });
  return [...named.map(({ value }) => value), ...named.map(({ store }) => store)];
}

/** Whether a value is computed from an element that an earlier store replaces. */
function readsReplaced(stores: readonly Store[]): boolean {
  const replaced = new Set<string>();
  return stores.some((store) => {
    let reads = false;
    visitScalars(store.value, (scalar) => {
      if (scalar.kind === "load" && replaced.has(scalar.buffer)) reads = true;
    });
    replaced.add(store.buffer);
    return reads;
  });
}

/** The statements that write an update's targets; `indexOf` says where each argument is read. */
export const storeUpdate = (
  demand: ElementLowering,
  id: NodeId,
  indexOf: (argument: ArgumentPosition) => readonly Size[],
): Statement[] => inStep(demand, writes(demand, id, indexOf));

function writes(
  demand: ElementLowering,
  id: NodeId,
  indexOf: (argument: ArgumentPosition) => readonly Size[],
): Store[] {
  const { graph, bufferOf, numerics } = demand.context;
  const node = nodeAt(graph, id);
  const element = graph.precision === "float32" ? "f32" : "f64";
  const type = numerics.update(element);
  const [body] = bodiesOf(node) as readonly [Body];
  const args = node.args.slice(0, body.parameters.length).map((arg, argument) => {
    const { shape, element: kind } = nodeAt(graph, arg);
    const value = demand.at(arg, shape.length === 0 ? [] : indexOf(argument));
    if (kind !== "float") return value;
    const wide = scalars.convert(value, type);
    const label = demand.labels.get(value);
    if (label !== undefined) demand.labels.set(wide, label);
    return wide;
  });
  const next = demand.body(body, args, type);
  return targetsOf(graph, id).map((target, position) => {
    const buffer = bufferOf(target);
    const plain = next[position] as Scalar;
    const isKept = nodeAt(graph, target).op.definition.keepsNormal;
    const value = scalars.convert(isKept ? normalOrZero(plain, element) : plain, buffer.type);
    for (const each of [plain, value]) demand.labels.set(each, `next ${lastPart(buffer.label)}`);
    return {
      kind: "store",
      buffer: buffer.id,
      type: buffer.type,
      index: offsetAt(buffer, indexOf(position)),
      value,
      accumulate: false,
    };
  });
}
