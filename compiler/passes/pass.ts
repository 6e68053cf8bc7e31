/**
 * Passes over graphs. A pass reads the frozen graph and returns its changes; only `runPass` writes, in one recipe,
 * between two verifications.
 */
import { enablePatches, produceWithPatches, setAutoFreeze, type Patch } from "immer";
import type { Graph, Node, NodeId, Output } from "../ir/graph.js";
import { entriesOf, idFor, renumbered } from "../ir/ids.js";
import { verifyGraph } from "../ir/verify.js";
import { noContext, type Notes, type PassContext } from "./notes.js";

enablePatches();
setAutoFreeze(true);

/** The changes and the findings of a pass. Parts of the graph that are absent here stay as they are. */
export interface Changes {
  /** Nodes appended to the table, numbered from its length. */
  readonly added?: readonly Node[];
  /** Uses of the first node become uses of the second, in arguments and roots. */
  readonly redirected?: ReadonlyMap<NodeId, NodeId>;
  readonly outputs?: readonly Output[];
  readonly effects?: readonly NodeId[];
  readonly gradients?: Graph["gradients"];
  /** If present, only these nodes stay, numbered in this order. */
  readonly kept?: readonly NodeId[];
  /** Findings for later passes and for readers of the graph. */
  readonly notes?: Partial<Notes>;
}

export interface Pass {
  readonly name: string;
  /** Its effect in one line, which `optimc explain` prints. */
  readonly doc: string;
  /** Null: nothing to change, and nothing to say. */
  run(graph: Graph, context: PassContext): Changes | null;
}

/** The trace of a pass: the patches that lead from the graph before to the graph after. */
export interface PassTrace {
  readonly pass: string;
  readonly before: number;
  readonly after: number;
  readonly patches: readonly Patch[];
}

function resolve(redirected: ReadonlyMap<NodeId, NodeId>, id: NodeId): NodeId {
  let at = id;
  for (let next = redirected.get(at); next !== undefined; next = redirected.get(at)) at = next;
  return at;
}

/** Graphs that passed verification. They are frozen, and need not be verified again before the next pass. */
const verified = new WeakSet<Graph>();

function check(pass: Pass, when: string, graph: Graph): void {
  if (verified.has(graph)) return;
  const fault = verifyGraph(graph);
  if (fault !== null) throw new Error(`${graph.name}: ${when} pass '${pass.name}': ${fault}`);
  if (Object.isFrozen(graph) && Object.isFrozen(graph.nodes) && graph.nodes.every(Object.isFrozen)) verified.add(graph);
}

/** Runs one pass; returns the new graph, frozen and verified, the trace of the changes, and all findings so far. */
export function runPass(
  graph: Graph,
  pass: Pass,
  context: PassContext = noContext,
): { readonly graph: Graph; readonly trace: PassTrace; readonly notes: Notes } {
  check(pass, "before", graph);
  const { notes: found, ...changes } = pass.run(graph, context) ?? {};
  const notes = { ...context.notes, ...found };
  const before = graph.nodes.length;
  if (Object.keys(changes).length === 0) {
    return { graph, notes, trace: { pass: pass.name, before, after: before, patches: [] } };
  }
  const redirected = changes.redirected ?? new Map<NodeId, NodeId>();
  const number = changes.kept && renumbered(changes.kept);
  const to = (id: NodeId): NodeId => {
    const at = resolve(redirected, id);
    return number ? idFor(number, at) : at;
  };
  // Changes are computed from the frozen graph; the draft is only written to.
  const nodes = [...graph.nodes, ...(changes.added ?? [])];
  const rewritten: [NodeId, Node][] = [];
  // What takes a named node's place takes its name too, if it has none: kernels are named after the user's words.
  for (const id of redirected.keys()) {
    const [name, other] = [nodes[id]?.name, resolve(redirected, id)];
    const node = nodes[other] as Node;
    if (name !== undefined && node.name === undefined) nodes[other] = { ...node, name };
  }
  const table = changes.kept ? changes.kept.map((id) => nodes[id] as Node) : nodes;
  for (const [id, node] of entriesOf(table)) {
    const args = node.args.map(to);
    const moved = args.some((arg, position) => arg !== node.args[position]);
    if (moved || graph.nodes[id] !== node) rewritten.push([id, moved ? { ...node, args } : node]);
  }
  const outputs = (changes.outputs ?? graph.outputs).map((output) => ({ ...output, node: to(output.node) }));
  const effects = (changes.effects ?? graph.effects).map(to);
  const gradients = (changes.gradients ?? graph.gradients).map(({ parameter, gradient }) => ({
    parameter: to(parameter),
    gradient: to(gradient),
  }));
  const [after, patches] = produceWithPatches(graph, (draft) => {
    const target = draft.nodes as Node[];
    for (const [id, node] of rewritten) target[id] = node;
    target.length = table.length;
    Object.assign(draft, { outputs, effects, gradients });
  });
  check(pass, "after", after);
  return { graph: after, notes, trace: { pass: pass.name, before, after: after.nodes.length, patches } };
}
