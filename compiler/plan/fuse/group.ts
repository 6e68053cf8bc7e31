/** Groups of nodes that become one kernel each, and the lowering of a group. */
import { nodeAt, type Graph, type NodeId } from "../../ir/graph.js";
import { innerOf, scalarsOf, visitScalars, visitStatements, type Statement } from "../../ir/kernel.js";
import type { Scalar } from "../../ir/scalar.js";
import { targetsOf, writesOf } from "../../ir/effects.js";
import { NotFusable, type LoweringContext } from "../lower/lowerElement.js";
import { lowerContraction } from "../lower/lowerContraction.js";
import { lowerLoops, type Lowered } from "../lower/lowerLoops.js";
import { loopSpace, type LoopSpace } from "../lower/loopSpace.js";
import { lowerRow } from "../lower/lowerRow.js";
import { lowerRowUpdate } from "../lower/lowerRowUpdate.js";
import { lowerScatter } from "../lower/lowerScatter.js";

interface Members {
  readonly members: ReadonlySet<NodeId>;
  readonly space: LoopSpace;
}

/**
 * A group around one of its members. `contraction`: a product and what follows it. `scatter`: additions at computed
 * places. `row`: a program along one axis, and what computes its arguments. `rowUpdate`: an update of the rows that are
 * listed.
 */
export interface RootedGroup extends Members {
  readonly kind: "contraction" | "scatter" | "row" | "rowUpdate";
  readonly root: NodeId;
}

/**
 * `loops`: elementwise nodes, reductions and effects in one nest. `updates`: updates with one body, one loop after
 * another.
 */
export interface LoopGroup extends Members {
  readonly kind: "loops" | "updates";
  readonly root: null;
}

/** Nodes that share a kernel. */
export type Group = RootedGroup | LoopGroup;

export function groupOf(graph: Graph, id: NodeId): Group {
  const node = nodeAt(graph, id);
  const space = loopSpace(graph, node);
  const members = new Set([id]);
  const { lowering } = node.op.definition;
  if (lowering?.kind === "contract") return { kind: "contraction", members, root: id, space };
  if (lowering?.kind === "scatter") return { kind: "scatter", members, root: id, space };
  if (lowering?.kind === "row") return { kind: "row", members, root: id, space };
  if (writesOf(node)?.rows) return { kind: "rowUpdate", members, root: id, space };
  return { kind: "loops", members, root: null, space };
}

/** A contraction whose operands have no even layout runs as plain loops. */
export function asLoops(group: Group): Group {
  return { ...group, kind: "loops", root: null };
}

/**
 * The statements of a group; throws NotFusable if its members cannot share a kernel. In a kernel that writes a tensor
 * in place, each element of the old value is read only where it is replaced.
 */
export function lowerGroup(context: LoweringContext, group: Group, stored: readonly NodeId[]): Lowered {
  context.indices.count = context.indices.computed = 0;
  const lowered = lowerByKind(context, group, stored);
  checkInPlace(context, group, lowered.statements);
  return lowered;
}

function lowerByKind(context: LoweringContext, group: Group, stored: readonly NodeId[]): Lowered {
  switch (group.kind) {
    case "contraction":
      return lowerContraction(context, group.root, group.members, stored);
    case "scatter":
      return lowerScatter(context, group.root, group.members);
    case "row":
      return lowerRow(context, group.root, group.members);
    case "rowUpdate":
      return lowerRowUpdate(context, group.root);
    case "loops":
      return lowerLoops(context, group.members, stored, group.space);
    case "updates": {
      const parts = [...group.members].map((id) =>
        lowerLoops(context, new Set([id]), [id], loopSpace(context.graph, nodeAt(context.graph, id))),
      );
      return {
        statements: parts.flatMap((part) => part.statements),
        bindings: new Map(parts.flatMap((part) => [...part.bindings])),
        labels: new Map(parts.flatMap((part) => [...part.labels])),
      };
    }
  }
}

function checkInPlace({ graph, bufferOf }: LoweringContext, group: Group, statements: readonly Statement[]): void {
  const targets = new Set<string>();
  for (const id of group.members) for (const target of targetsOf(graph, id)) targets.add(bufferOf(target).id);
  if (targets.size === 0) return;
  const written = new Map<string, string>();
  visitStatements(statements, (statement) => {
    if (statement.kind === "store" && targets.has(statement.buffer)) written.set(statement.buffer, statement.index.key);
  });
  const replaced = new Set<string>();
  const check = (buffer: string, index: string): void => {
    if (!targets.has(buffer)) return;
    if (written.get(buffer) !== index) {
      throw new NotFusable("the old value is read at other places than where it is replaced");
    }
    if (replaced.has(buffer)) throw new NotFusable("the old value is read after it is replaced");
  };
  const checkScalar = (root: Scalar): void =>
    visitScalars(root, (scalar) => {
      if (scalar.kind === "load") check(scalar.buffer, scalar.index.key);
    });
  // In the order of execution: the next values of carried scalars are computed after the loop's body.
  const walk = (list: readonly Statement[]): void => {
    for (const statement of list) {
      if (statement.kind === "contract") {
        check(statement.a.buffer, "");
        check(statement.b.buffer, "");
      }
      const carried = statement.kind === "loop" || statement.kind === "while" ? statement.carried : [];
      const late = new Set(carried.map((each) => each.next));
      for (const root of scalarsOf(statement)) if (!late.has(root)) checkScalar(root);
      walk(innerOf(statement));
      for (const root of late) checkScalar(root);
      if (statement.kind === "store" && targets.has(statement.buffer)) replaced.add(statement.buffer);
    }
  };
  walk(statements);
}
