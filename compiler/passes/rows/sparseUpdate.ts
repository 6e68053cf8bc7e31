/**
 * Updates that need to touch only the rows that the gradient lists. The complete gradient of such a parameter, an
 * embedding for example, is made of rows that are added to zeros at given indices. The update must leave all other rows
 * as they are, by proof (`restingRows`) or because the optimizer is declared sparse. The gradient then has one row for
 * each index; the sum for a row of the table stands at the position that lists the row last (`places`).
 */
import { Builder, isOp, nodeAt, throughViews, type Graph, type NodeId } from "../../ir/graph.js";
import { literal, type Expression } from "../../ir/op.js";
import { withPlace } from "../../ir/place.js";
import { remembered } from "../../ir/remembered.js";
import { constantOf, equal, product, type Size } from "../../ir/size.js";
import type { HyperVariable } from "../../optimizers/bindHyperparameters.js";
import { keptFor, type Training } from "../../optimizers/training.js";
import type { StateInit } from "../../optimizers/updateRule.js";
import { add } from "../../ops/add.js";
import { broadcast, broadcastTo } from "../../ops/broadcast.js";
import { concat } from "../../ops/concat.js";
import { gather, scatterAdd } from "../../ops/gather.js";
import { param } from "../../ops/param.js";
import { places } from "../../ops/places.js";
import { reshape } from "../../ops/reshape.js";
import { update } from "../../ops/update.js";
import { isPlainWrite, targetsOf } from "../../ir/effects.js";
import { bodiesOf, opened, type Body } from "../../ir/body.js";
import { trainingOf, type Notes, type PassContext, type RowsDecision } from "../notes.js";
import type { Pass } from "../pass.js";
import { restingRows } from "./identityAtZeroGradient.js";
import { idAt, type ArgumentPosition } from "../../ir/ids.js";

/** The facts from which the decision for a parameter follows. */
interface RowRule {
  /** The optimizer's name, and whether it is declared sparse. */
  readonly name: string;
  readonly sparse: boolean;
  /** The tensors that are kept for the parameter. */
  readonly states: Readonly<Record<string, StateInit>>;
  readonly variables: readonly HyperVariable[];
}

export const sparseRows: Pass = {
  name: "rows",
  doc: "updates only the rows that a gradient lists, where the others stay as they are",
  run(graph, context) {
    const builder = new Builder(graph);
    const rows: RowsDecision[] = [];
    const effects = graph.effects.map((effect) => {
      const node = nodeAt(graph, effect);
      const target = nodeAt(graph, idAt(node.args, 0));
      if (!isOp(node, update) || !isOp(target, param)) return effect;
      const parameter = target.attributes["name"] as string;
      const rule = ruleOf(context, parameter, target.shape);
      if (!rule || node.attributes["by"] !== rule.name) return effect;
      const found = decide(graph, effect, rule);
      if (!found) return effect;
      const { gradient, ...decision } = found;
      rows.push({ parameter, ...decision });
      return decision.sparse ? withPlace(node.place, () => attach(graph, builder, effect, gradient)) : effect;
    });
    const notes = { rows };
    return builder.added.length > 0 ? { added: builder.added, effects, notes } : { notes };
  },
};

/** The function that decides which rows of a parameter an update touches; null if updates always touch all. */
function ruleOf(context: PassContext, parameter: string, shape: readonly Size[]): RowRule | null {
  const training = trainingOf(context);
  if (!training) return null;
  const { group, states } = keptFor(training, parameter, shape);
  const { name, sparse } = group.rule;
  return context.denseRows && !sparse ? null : { name, sparse, states, variables: training.optimizer.variables };
}

/** The hyper-parameters of a call; those on which a proof rests may not be 0 while they are used. */
export function variablesOf(
  { optimizer }: Training,
  { rows }: Pick<Notes, "rows">,
  precision: Graph["precision"],
): readonly HyperVariable[] {
  const names = new Set(rows.flatMap(({ positive }) => positive));
  // A number above 1e-45 is above 0 in float32 too.
  const above = precision === "float32" ? 1e-45 : 0;
  return optimizer.variables.map((each) => {
    const { below } = each.range;
    return names.has(each.variable) ? { ...each, range: { above, ...(below !== undefined && { below }) } } : each;
  });
}

type Found = Omit<RowsDecision, "parameter"> & { readonly gradient: ArgumentPosition };

/**
 * Whether only the listed rows need to be touched; null if the gradient lists no rows and the optimizer is not declared
 * sparse.
 */
function decide(graph: Graph, effect: NodeId, rule: RowRule): Found | null {
  const node = nodeAt(graph, effect);
  const targets = targetsOf(graph, effect);
  const dense = (reason: string): Found => ({ sparse: false, reason: `dense: ${reason}`, positive: [], gradient: -1 });
  const others = node.args.flatMap((arg, position) =>
    position < targets.length || nodeAt(graph, arg).shape.length === 0 ? [] : [{ arg, position }],
  );
  const lists = others.filter(({ arg }) => termsOf(graph, arg).some((id) => isOp(nodeAt(graph, id), scatterAdd)));
  if (lists.length === 0 && !rule.sparse) return null;
  if (isPlainWrite(node)) return dense("the update is not elementwise");
  const table = node.shape[0];
  if (!table || constantOf(table) === 1) return lists.length > 0 ? null : dense("the parameter is a single row");
  const [gradient] = others.filter(({ arg }) => otherRows(graph, arg, table) === null);
  if (!gradient) {
    const [first] = [...lists, ...others] as [(typeof others)[0]];
    return dense(otherRows(graph, first.arg, table) as string);
  }
  const { position } = gradient;
  if (indicesIn(graph, gradient.arg).length === 0) return dense("the gradient is 0 everywhere, and lists no rows");
  if (rule.sparse) {
    const reason = `only the rows that are listed: ${rule.name} is declared sparse`;
    return { sparse: true, reason, positive: [], gradient: position };
  }
  const names = targets.map((target) => String(nodeAt(graph, target).attributes["name"]));
  const rest = restingRows({
    next: opened(bodiesOf(node)[0] as Body),
    gradient: position,
    names,
    initial: names.slice(1).map((name) => rule.states[name]?.value ?? -1),
    variables: rule.variables,
  });
  if (typeof rest === "string") return dense(`the update changes rows whose gradient is 0 (${rest})`);
  const given = rest.positive.map((each) => `, ${each} being above 0`).join("");
  const reason = `only the rows that are listed: the update leaves a row as it is whose gradient is 0${given}`;
  return { sparse: true, reason, positive: rest.positive, gradient: position };
}

/** A sum, and all terms that it adds up. */
function termsOf(graph: Graph, root: NodeId): readonly NodeId[] {
  const terms = new Set([root]);
  // A set may grow while it is walked.
  for (const id of terms) {
    const node = nodeAt(graph, id);
    if (isOp(node, add) || isOp(node, reshape)) for (const arg of node.args) terms.add(arg);
  }
  return [...terms];
}

/**
 * Null if a gradient has values in listed rows only; else a sentence about the first part with values in other rows.
 */
function otherRows(graph: Graph, root: NodeId, table: Size): string | null {
  const visit = remembered((id: NodeId): string | null => {
    const node = nodeAt(graph, id);
    const of = (argument: ArgumentPosition): string | null => visit(idAt(node.args, argument));
    if (isZero(graph, id)) return null;
    if (isOp(node, add) && node.args.every((arg) => equal(nodeAt(graph, arg).shape[0] ?? table, table))) {
      return of(0) ?? of(1);
    }
    if (isOp(node, reshape) && keepsRows(graph, id)) return of(0);
    if (!isOp(node, scatterAdd)) {
      const { name } = nodeAt(graph, throughViews(graph, id)).op.definition;
      return `the gradient has values in all rows: a ${name} gives them`;
    }
    if (node.attributes["axis"] !== 0) return `the gradient lists places along axis ${String(node.attributes["axis"])}`;
    return of(0);
  });
  return visit(root);
}

/** Whether a reshape leaves the first axis alone. */
function keepsRows(graph: Graph, id: NodeId): boolean {
  const node = nodeAt(graph, id);
  const [from, to] = [nodeAt(graph, idAt(node.args, 0)).shape[0], node.shape[0]];
  return from !== undefined && to !== undefined && equal(from, to);
}

/** Zeros, none of which is -0. */
function isZero(graph: Graph, id: NodeId): boolean {
  const node = nodeAt(graph, id);
  if (isOp(node, broadcast)) return isZero(graph, idAt(node.args, 0));
  return isOp(node, literal) && Object.is(node.attributes["value"], 0);
}

/** The update of the listed rows. */
function attach(graph: Graph, builder: Builder, effect: NodeId, gradient: ArgumentPosition): NodeId {
  const node = nodeAt(graph, effect);
  const root = idAt(node.args, gradient);
  const lists = indicesIn(graph, root).map((id) => {
    const { shape } = nodeAt(graph, id);
    return reshape.node([builder.reference(id)], { shape: [product(shape)] });
  });
  const indices = lists.length === 1 ? (lists[0] as Expression) : concat.node(lists, { axis: 0 });
  const at = places(indices, node.shape[0] as Size);
  const summed = compact(graph, builder, root, at, indices.shape[0] as Size);
  const args = node.args.map((arg, position) => (position === gradient ? summed : builder.reference(arg)));
  const rows = { indices: args.length, places: args.length + 1 };
  return builder.add(update.node([...args, indices, at], { ...node.attributes, gradient, rows }));
}

/** The index tensors of a gradient, each once. */
function indicesIn(graph: Graph, root: NodeId): readonly NodeId[] {
  const found = new Set<NodeId>();
  const visit = remembered((id: NodeId): void => {
    const node = nodeAt(graph, id);
    if (isZero(graph, id)) return;
    const isRows = isOp(node, scatterAdd);
    (isRows ? node.args.slice(0, 1) : node.args).forEach(visit);
    if (isRows) found.add(idAt(node.args, 1));
  });
  visit(root);
  return [...found];
}

/** The gradient with one row for each index: the same additions in the same order, at other places. */
function compact(graph: Graph, builder: Builder, root: NodeId, at: Expression, count: Size): Expression {
  const of = remembered((id: NodeId): Expression => {
    const node = nodeAt(graph, id);
    const shape = [count, ...node.shape.slice(1)];
    if (isZero(graph, id)) return broadcastTo(literal(0, "float"), shape);
    if (isOp(node, add)) return add.node([of(idAt(node.args, 0)), of(idAt(node.args, 1))]);
    if (isOp(node, reshape)) return reshape.node([of(idAt(node.args, 0))], { shape });
    const listed = gather.node([at, builder.reference(idAt(node.args, 1))], { axis: 0 });
    return scatterAdd.node([of(idAt(node.args, 0)), listed, builder.reference(idAt(node.args, 2))], { axis: 0 });
  });
  return of(root);
}
