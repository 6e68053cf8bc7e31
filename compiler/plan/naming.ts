/** Words for kernels and buffers, made from the user's names and from the operations of the graph. */
import { isOp, isInline, nodeAt, throughViews, type Graph, type Node, type NodeId } from "../ir/graph.js";
import { labelsOf } from "../ir/labels.js";
import { literal } from "../ir/op.js";
import { printCall, printNode } from "../ir/print.js";
import { isEffect, sourceOf, targetsOf, writesOf } from "../ir/effects.js";
import type { FusedGroup } from "./fuse/fuse.js";
import { idAt } from "../ir/ids.js";

/** The mathematical term for a node's result, or else the name of its operation. */
const nounOf = ({ op, origin }: Node): string =>
  origin?.word ?? origin?.operation ?? op.definition.noun ?? op.definition.name;

/** The words of one graph, computed once. */
export class Naming {
  readonly #graph: Graph;
  /** Nodes that are the gradient of a parameter: `hidden.weight.gradient`. */
  readonly gradients = new Map<NodeId, string>();
  readonly #labels: ReadonlyMap<NodeId, string>;
  readonly #apart = new Map<NodeId, string>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#labels = labelsOf(graph);
    for (const effect of graph.effects) {
      const node = nodeAt(graph, effect);
      if (writesOf(node)?.gradient === undefined) continue;
      const parameter = idAt(node.args, 0);
      const gradient = throughViews(graph, sourceOf(node));
      const { name, attributes } = nodeAt(graph, parameter);
      // If a function only keeps its gradients, the tensors that it writes are no parameters.
      this.gradients.set(gradient, `${String(attributes["parameter"] ?? name)}.gradient`);
    }
  }

  /** The words for a node's value. */
  labelOf(id: NodeId): string {
    return this.#apart.get(id) ?? this.#wordsFor(id);
  }

  #wordsFor(id: NodeId): string {
    return this.gradients.get(id) ?? this.#labels.get(id) ?? nounOf(nodeAt(this.#graph, id));
  }

  /** Tells values with the same words apart: the second also gets the word of its operation. */
  tellApart(stored: Iterable<NodeId>): void {
    const taken = new Set<string>();
    for (const id of stored) {
      const label = this.#wordsFor(id);
      const before = taken.size;
      const isFirst = taken.add(label).size > before;
      if (!isFirst) this.#apart.set(id, `${label}.${nounOf(nodeAt(this.#graph, id))}`);
    }
  }

  /** The purpose of a kernel, in words: the targets that it updates, or the value that it computes. */
  kernelName(group: FusedGroup): string {
    const graph = this.#graph;
    const updated = group.stored.flatMap((id) => targetsOf(graph, id).slice(0, 1)).map((id) => nodeAt(graph, id).name);
    const verb = graph.name === "initialize" ? "initialize" : "update";
    if (updated.length === 1) return `${verb} ${updated[0]}`;
    if (updated.length > 1) return updated.length === 2 ? `${verb} ${updated.join(" and ")}` : `${verb} parameters`;
    const named = group.stored.find((id) => this.gradients.has(id) || nodeAt(graph, id).name !== undefined);
    return `compute ${this.labelOf(named ?? idAt(group.stored, 0))}`;
  }

  /** The lines of the graph that a kernel computes. */
  kernelDoc(group: FusedGroup): string[] {
    const graph = this.#graph;
    const short = (id: NodeId): string => {
      const node = nodeAt(graph, id);
      if (isOp(node, literal)) return String(node.attributes["value"]);
      if (isInline(graph, node)) {
        const { lowering, converts } = node.op.definition;
        if (lowering?.kind === "view" || converts) return short(idAt(node.args, 0));
        return node.args.length > 1 ? `(${printCall(node, short)})` : printCall(node, short);
      }
      return this.gradients.get(id) ?? node.name ?? `%${id}`;
    };
    return [...group.members]
      .sort((a, b) => a - b)
      .map((id) => {
        const node = nodeAt(graph, id);
        if (!isEffect(node)) return `${short(id)} = ${printNode(node, short)}`;
        const gradient = short(sourceOf(node));
        return `${short(idAt(node.args, 0))} <- ${String(node.attributes["by"])}(${gradient})`;
      });
  }
}
