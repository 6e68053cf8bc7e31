/** A short text that says whether two functions compute the same, whatever their tensors hold. */
import { createHash, type Hash } from "node:crypto";
import { bodiesOf } from "../ir/body.js";
import { nodeAt, type Graph, type Node } from "../ir/graph.js";
import { entriesOf } from "../ir/ids.js";
import { topologicalOrder } from "../ir/order.js";
import { constantElements } from "../ops/constant.js";

/** Raised whenever equal graphs give other bits than before. */
const arithmetic = 1;

/** Attributes that change no bit of a call: initial values, which were drawn, and the words of refusals. */
const irrelevant = new Set(["initializer", "several", "values", "bodies"]);

/**
 * 16 hexadecimal digits of a SHA-256 of what a graph does: its precision, its effects, and the nodes that these need with
 * all that determines their values. Results do not count, and neither does what they alone need, if `onlyEffects`; the
 * gradients that a driver takes are results. Defaults of hyper-parameters, initial values, names of nodes and capacities are no part of a graph.
 */
export function graphHash(graph: Graph, onlyEffects: boolean): string {
  const hash = createHash("sha256").update(`${arithmetic} ${graph.precision}\n`);
  const numbers = new Map<number, number>();
  const outputs = onlyEffects ? [] : graph.outputs;
  for (const id of topologicalOrder({ ...graph, outputs })) {
    const node = nodeAt(graph, id);
    add(
      hash,
      node,
      node.args.map((arg) => numbers.get(arg) as number),
    );
    numbers.set(id, numbers.size);
  }
  const roots = [...graph.effects, ...outputs.map(({ node }) => node)].map((id) => numbers.get(id));
  hash.update(roots.join());
  return hash.digest("hex").slice(0, 16);
}

function add(hash: Hash, node: Node, args: readonly number[]): void {
  const { element, shape, attributes, op } = node;
  const type = `${element}[${shape.map(({ key }) => key).join()}]`;
  const own = Object.entries(attributes).filter(([name]) => !irrelevant.has(name));
  hash.update(`${op.definition.name}(${args.join()}) ${textOf(Object.fromEntries(own))}: ${type}\n`);
  const elements = constantElements(node);
  if (elements) hash.update(elements);
  for (const { nodes, results } of bodiesOf(node)) {
    hash.update("{\n");
    for (const [, inner] of entriesOf(nodes)) add(hash, inner, inner.args);
    hash.update(`} ${results.join()}\n`);
  }
}

/** Equal for equal values: -0 and 0 differ, and so do numbers and texts. */
function textOf(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") throw new Error(`a function has no text: ${value.name}`);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? "-0" : String(value);
  if ("key" in value && typeof value.key === "string") return value.key;
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  const parts = Object.entries(value).flatMap(([name, each]) =>
    each === undefined ? [] : [`${name}: ${textOf(each)}`],
  );
  return `{${parts.sort().join()}}`;
}
