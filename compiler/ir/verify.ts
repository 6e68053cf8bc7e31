/** Checks the properties of every graph; `runPass` calls it before and after each pass. */
import { isEffect, targetsOf } from "./effects.js";
import { nodeAt, rootsOf, type Graph, type NodeId } from "./graph.js";
import { entriesOf } from "./ids.js";
import { printType } from "./op.js";
import { topologicalOrder } from "./order.js";
import { equalAll } from "./size.js";

/** The first fault of the graph as a sentence, or null. A fault is a defect of the compiler, never of the user. */
export function verifyGraph(graph: Graph): string | null {
  const count = graph.nodes.length;
  for (const root of rootsOf(graph)) {
    if (!(root >= 0 && root < count)) return `a root refers to node ${root} of ${count}`;
  }
  for (const [id, node] of entriesOf(graph.nodes)) {
    for (const arg of node.args) {
      if (!(Number.isInteger(arg) && arg >= 0 && arg < count)) return `node ${id} refers to node ${arg} of ${count}`;
    }
  }
  const cycle = findCycle(graph);
  if (cycle !== null) return `node ${cycle} depends on itself`;
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    const types = node.args.map((arg) => nodeAt(graph, arg));
    const inferred = node.op.definition.infer(types, node.attributes);
    if (inferred.element !== node.element || !equalAll(inferred.shape, node.shape)) {
      return `node ${id} (${node.op.definition.name}) is ${printType(node)} but its arguments make ${printType(inferred)}`;
    }
  }
  for (const effect of graph.effects) {
    const node = nodeAt(graph, effect);
    if (!isEffect(node)) return `effect ${effect} is a ${node.op.definition.name}, which writes nothing`;
  }
  const targets = graph.effects.flatMap((effect) => targetsOf(graph, effect));
  const written = new Set<NodeId>();
  for (const target of targets) {
    if (written.has(target)) return `node ${target} is written by two effects`;
    written.add(target);
  }
  return null;
}

function findCycle(graph: Graph): NodeId | null {
  // 1: on the path, 2: done.
  const state = new Uint8Array(graph.nodes.length);
  for (const root of rootsOf(graph)) {
    const stack = [root];
    for (let id = stack.at(-1); id !== undefined; id = stack.at(-1)) {
      if (state[id] === 0) {
        state[id] = 1;
        for (const arg of nodeAt(graph, id).args) {
          if (state[arg] === 1) return arg;
          if (state[arg] === 0) stack.push(arg);
        }
      } else {
        state[id] = 2;
        stack.pop();
      }
    }
  }
  return null;
}
