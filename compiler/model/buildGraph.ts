/** From the expressions of a function to its graph: modes, streams and the order of assigns are settled here. */
import { fail } from "../diagnostics.js";
import { bodiesOf, bodyFrom, opened, type Body } from "../ir/body.js";
import { isOp, type Graph, type Node, type NodeId } from "../ir/graph.js";
import { append, entriesOf, idAt, idFor } from "../ir/ids.js";
import type { Attributes, Expression, Mode } from "../ir/op.js";
import { withOrigin, withPlace, type Place } from "../ir/place.js";
import { reachable, type Model, type ModelFunction } from "./model.js";
import { cotangent } from "../ops/customGradient.js";
import { gradientMark } from "../ops/gradient.js";
import { current, param } from "../ops/param.js";
import { withEffects } from "../ops/withEffects.js";

/** Names that declarations of the user's file give to places. */
export type NameAt = (place: Place) => string | undefined;

/**
 * The graph of one function. Equal objects become one node, and only those: that two dropouts are two is decided by
 * the user, and whether two equal nodes are computed once by a pass.
 */
export function buildGraph(model: Model, name: string, made: ModelFunction, nameAt: NameAt = () => undefined): Graph {
  const whole = emptyTable();
  const mode: Mode = made.kind === "minimize" ? "training" : "evaluation";
  const results = made.kind === "minimize" ? { loss: made.loss, ...made.also } : made.outputs;
  const withMode = modeRule();
  const allEffects =
    made.kind === "minimize" ? collectEffects(Object.values(results), made.effects, withMode) : made.effects;
  const previous = chainAssigns(allEffects);

  /** What an expression stands for in a mode: mode-dependent operations and `current` are replaced. */
  const replaced = (each: Expression, itsMode: Mode): InMode | null => {
    if (!isOp(each, current)) return withMode(each, itsMode);
    const before = previous.get(each.attributes["order"] as number);
    return [before ?? (each.args[0] as Expression), itsMode];
  };

  const add = ({ nodes, ids }: Table, root: Expression, rootMode: Mode): NodeId => {
    const stack: InMode[] = [[root, rootMode]];
    while (stack.length > 0) {
      const [top, mode] = stack[stack.length - 1] as InMode;
      if (ids[mode].has(top)) {
        stack.pop();
        continue;
      }
      const instead = replaced(top, mode);
      const needed = instead ? [instead] : top.args.map((arg) => [arg, mode] as const);
      const missing = needed.filter(([each, itsMode]) => !ids[itsMode].has(each));
      if (missing.length > 0) {
        stack.push(...missing.reverse());
        continue;
      }
      stack.pop();
      const args = needed.map(([each, itsMode]) => idFor(ids[itsMode], each));
      if (instead) {
        const id = idAt(args, 0);
        const node = nodes[id] as Node;
        const wanted = top.place && nameAt(top.place);
        if (wanted !== undefined && node.name === undefined) nodes[id] = { ...node, name: wanted };
        ids[mode].set(top, id);
        continue;
      }
      // A leaf is the same in both modes.
      const leaf = top.args.length === 0 ? ids[mode === "training" ? "evaluation" : "training"].get(top) : undefined;
      ids[mode].set(top, leaf ?? append(nodes, nodeOf(top, args, mode)));
    }
    return idFor(ids[rootMode], root);
  };

  const nodeOf = (each: Expression, args: readonly NodeId[], itsMode: Mode): Node => {
    const { op, shape, element, place, origin } = each;
    const stream = each.attributes["stream"] as { order: number } | string | undefined;
    const changed = {
      ...(typeof stream === "object" && { stream: model.streams.get(stream.order) }),
      ...(bodiesOf(each).length > 0 && { bodies: bodiesOf(each).map((body) => settled(body, itsMode)) }),
    };
    const attributes: Attributes = { ...each.attributes, ...changed };
    const declared = args.length === 0 ? (attributes["name"] as string | undefined) : undefined;
    const name = declared ?? each.name ?? (place && nameAt(place));
    return { op, args, attributes, shape, element, place, origin, name };
  };

  /** The body in a mode: a table beside the graph's, since a body takes nothing from around it. */
  const settled = (body: Body, itsMode: Mode): Body => {
    const table = emptyTable();
    const ids = opened(body).map((each) => add(table, each, itsMode));
    const named = dropInnerNames(table.nodes);
    return bodyFrom(name, body.parameters, (id) => named[id] as Node, ids);
  };

  const { ids } = whole;
  const isInGraph = (each: Expression): boolean => ids.training.has(each) || ids.evaluation.has(each);
  if (made.kind === "minimize") add(whole, made.loss, mode);
  const trained = made.kind === "minimize" ? trainedParameters(name, made, isInGraph) : [];
  const outputs = Object.entries(results).map(([output, each]) => ({ name: output, node: add(whole, each, mode) }));
  const effects = lastOfEach(allEffects).map((effect) => add(whole, effect, mode));
  const gradients =
    made.kind === "minimize"
      ? trained.map((parameter) => ({
          parameter: add(whole, parameter, mode),
          gradient: add(whole, gradientMark(made.loss, parameter), mode),
        }))
      : [];
  checkCotangents(whole.nodes, [
    ...outputs.map(({ node }) => node),
    ...effects,
    ...gradients.map(({ gradient }) => gradient),
  ]);
  const named = dropInnerNames(whole.nodes);
  return Object.freeze({ name, precision: model.precision, nodes: named, outputs, effects, gradients });
}

/** A rule's cotangent is a number only inside the rule. */
function checkCotangents(nodes: readonly Node[], roots: readonly NodeId[]): void {
  const seen = new Set(roots);
  // A set may grow while it is walked.
  for (const id of seen) {
    const node = nodes[id] as Node;
    if (isOp(node, cotangent)) {
      fail({
        code: "invalid-argument",
        message: "customGradient: the cotangent is used outside of its rule",
        place: node.place,
        expected: "only the gradients that the rule returns to be computed from it",
        found: "a result, a loss or an effect of the model that is computed from it",
      });
    }
    for (const arg of node.args) seen.add(arg);
  }
}

/** Of the nodes that one call made, only the last is what the user named. */
function dropInnerNames(nodes: readonly Node[]): readonly Node[] {
  const inner = new Set<NodeId>();
  for (const node of nodes) {
    for (const arg of node.args) {
      const { name, place } = nodes[arg] as Node;
      if (name !== undefined && name === node.name && samePlace(place, node.place)) inner.add(arg);
    }
  }
  return Array.from(entriesOf(nodes), ([id, node]) => (inner.has(id) ? { ...node, name: undefined } : node));
}

const samePlace = (a: Place | undefined, b: Place | undefined): boolean =>
  a !== undefined && a.file === b?.file && a.line === b.line && a.column === b.column;

/** Nodes, and those that expressions became in each mode. */
interface Table {
  readonly nodes: Node[];
  readonly ids: Readonly<Record<Mode, Map<Expression, NodeId>>>;
}

const emptyTable = (): Table => ({ nodes: [], ids: { training: new Map(), evaluation: new Map() } });

/** An expression, and the mode that it is wanted in. */
type InMode = readonly [Expression, Mode];

type ModeRule = (each: Expression, mode: Mode) => InMode | null;

/** What a mode-dependent expression stands for in a mode: the same at each request, so that it is one node. */
function modeRule(): ModeRule {
  const resolutions: Record<Mode, Map<Expression, Expression>> = { training: new Map(), evaluation: new Map() };
  return (each, mode) => {
    const { resolveMode, mode: fixed } = each.op.definition;
    if (fixed !== undefined) return [each.args[0] as Expression, fixed];
    if (isOp(each, withEffects)) return [each.args[0] as Expression, mode];
    if (!resolveMode) return null;
    let resolved = resolutions[mode].get(each);
    if (!resolved) {
      const origin = { layer: each.origin?.layer, operation: each.op.definition.name };
      resolved = withPlace(each.place, () => withOrigin(origin, () => resolveMode(each.args, each.attributes, mode)));
      resolutions[mode].set(each, resolved);
    }
    return [resolved, mode];
  };
}

/** The effects of a training function: those listed, then those that are attached, in training mode, to what it computes. */
function collectEffects(
  results: readonly Expression[],
  listed: readonly Expression[],
  withMode: ModeRule,
): readonly Expression[] {
  const found = new Set(listed);
  const seen: Record<Mode, Set<Expression>> = { training: new Set(), evaluation: new Set() };
  const stack = [...results, ...listed].map((each): InMode => [each, "training"]);
  for (let top = stack.pop(); top; top = stack.pop()) {
    const [each, mode] = top;
    if (seen[mode].has(each)) continue;
    seen[mode].add(each);
    if (isOp(each, withEffects) && mode === "training") {
      for (const effect of each.args.slice(1)) {
        found.add(effect);
        stack.push([effect, mode]);
      }
    }
    const instead = withMode(each, mode);
    stack.push(...(instead ? [instead] : each.args.map((arg): InMode => [arg, mode])));
  }
  return [...found];
}

const stateOf = (effect: Expression): Expression => effect.args[0] as Expression;
const orderOf = (effect: Expression): number => effect.attributes["order"] as number;

/** For each assign's `current`, the value that the assign of the same state created before it left. */
function chainAssigns(effects: readonly Expression[]): Map<number, Expression> {
  const last = new Map<Expression, Expression>();
  const previous = new Map<number, Expression>();
  for (const effect of [...effects].sort((a, b) => orderOf(a) - orderOf(b))) {
    const before = last.get(stateOf(effect));
    if (before) previous.set(orderOf(effect), before.args[1] as Expression);
    last.set(stateOf(effect), effect);
  }
  return previous;
}

/** Of the assigns of each state, the last. */
function lastOfEach(effects: readonly Expression[]): Expression[] {
  const last = new Map<Expression, number>();
  for (const effect of effects)
    last.set(stateOf(effect), Math.max(orderOf(effect), last.get(stateOf(effect)) ?? -Infinity));
  return effects.filter((effect) => orderOf(effect) === last.get(stateOf(effect)));
}

/**
 * The parameters of a minimize in the order of their declaration; an error if one does not reach the loss. What only
 * effects read, or the other mode, is not in the graph of the loss.
 */
function trainedParameters(
  name: string,
  made: ModelFunction & { kind: "minimize" },
  isInGraph: (each: Expression) => boolean,
): Expression[] {
  const seen = new Set([...reachable([made.loss])].filter(isInGraph));
  if (made.params?.length === 0) {
    fail({
      code: "no-parameters",
      message: `${name}: params is empty`,
      place: made.place,
      expected: "at least one parameter",
      found: "params: []",
      hint: "leave params out to train every parameter that the loss depends on",
    });
  }
  if (made.params) {
    for (const parameter of made.params) {
      if (seen.has(parameter)) continue;
      fail({
        code: "no-gradient",
        message: `${name}: the loss does not depend on parameter '${String(parameter.attributes["name"])}'`,
        place: made.place,
        expected: "parameters from which the loss is computed",
        found: `a loss computed from ${
          [...seen]
            .flatMap((each) => (isOp(each, param) ? [String(each.attributes["name"])] : []))
            .slice(0, 5)
            .join(", ") || "no parameter"
        }`,
        hint: "leave it out of params, or use it in the loss",
      });
    }
    return [...new Set(made.params)];
  }
  const found = [...seen].filter((each) => isOp(each, param)).reverse();
  if (found.length === 0) {
    fail({
      code: "no-parameters",
      message: `${name}: the loss depends on no parameter`,
      place: made.place,
      expected: "a loss computed from at least one param, such as a layer's weight",
      found: "a loss of inputs, constants and states alone",
      hint: "apply a layer to the input on the way to the loss",
    });
  }
  return found;
}
