/** Merges the optimizer's update into the graph of the gradients. */
import { fail } from "../diagnostics.js";
import { Builder, isA, nodeAt, type Graph, type NodeId } from "../ir/graph.js";
import { isExpression, makeExpression, printType, type Expression } from "../ir/op.js";
import { withPlace } from "../ir/place.js";
import { equalAll, printShape } from "../ir/size.js";
import type { Optimizer } from "../optimizers/optimizer.js";
import { assignment } from "../ops/param.js";
import { optimizerState, placeholder, update, type UpdateBody } from "../ops/update.js";
import type { Pass } from "./pass.js";
import { bodyKey, isElementwiseBody } from "./updateBody.js";

/** The body of every plain write: the first target becomes the second argument. */
export function writeBody(value: { readonly shape: Expression["shape"] }): UpdateBody {
  const next = placeholder(1, { shape: value.shape, element: "float" });
  return { key: "write", next: [next] };
}

export interface AttachedUpdate {
  readonly parameter: string;
  /** Elementwise: one node; otherwise the update is spread over the graph. */
  readonly kind: "elementwise" | "per tensor";
}

/** The pass for one function; `optimizer` is null where there is none and only assigns become writes. */
export function attachUpdate(optimizer: Optimizer | null, attached: AttachedUpdate[] = []): Pass {
  return {
    name: "update",
    doc: "merges the optimizer's update and the assigns into the graph",
    run(graph) {
      if (graph.gradients.length === 0 && graph.effects.length === 0) return null;
      const builder = new Builder(graph);
      const effects = graph.effects.map((effect) => {
        const node = nodeAt(graph, effect);
        if (!isA(node, assignment)) return effect;
        const args = node.args.map((arg) => builder.reference(arg));
        return builder.add(update.node(args, { targets: 1, by: "assign", body: writeBody(node) }));
      });
      for (const { parameter, gradient } of graph.gradients) {
        if (!optimizer) throw new Error(`${graph.name}: gradients without an optimizer`);
        effects.push(...attachOne(graph, builder, optimizer, parameter, gradient, attached));
      }
      return { added: builder.added, effects, gradients: [] };
    },
  };
}

function attachOne(
  graph: Graph,
  builder: Builder,
  optimizer: Optimizer,
  parameter: NodeId,
  gradient: NodeId,
  attached: AttachedUpdate[],
): NodeId[] {
  const leaf = nodeAt(graph, parameter);
  const name = leaf.attributes["name"] as string;
  return withPlace(leaf.place, () => {
    const kept = Object.entries(optimizer.states(leaf.shape)).map(([state, { shape }]) => ({
      state,
      leaf: optimizerState({ function: graph.name, parameter: name, name: state, shape }),
    }));
    const targets = [builder.reference(parameter), ...kept.map((each) => each.leaf)];
    const args = [...targets, builder.reference(gradient)];
    const holders = args.map((arg, position) => placeholder(position, { shape: arg.shape, element: arg.element }));
    const result = optimizer.update(
      holders[0] as Expression,
      holders[holders.length - 1] as Expression,
      Object.fromEntries(kept.map(({ state }, position) => [state, holders[position + 1] as Expression])),
    );
    const next = [result?.param, ...kept.map(({ state }) => result?.state?.[state])];
    for (const [position, value] of next.entries()) {
      const target = targets[position] as Expression;
      if (isExpression(value) && value.element === "float" && equalAll(value.shape, target.shape)) continue;
      fail({
        code: "invalid-optimizer",
        message: `${optimizer.name}: the update of '${name}' does not give ${position === 0 ? "the parameter" : `the state '${kept[position - 1]?.state}'`} a fitting value`,
        expected: `float ${printShape(target.shape)}`,
        found: isExpression(value) ? printType(value) : value === undefined ? "nothing" : typeof value,
        hint: "update returns { param, state: { ... } }: what the parameter and each of its states become",
      });
    }
    const values = next as Expression[];
    if (isElementwiseBody(values, holders)) {
      attached.push({ parameter: name, kind: "elementwise" });
      const body: UpdateBody = { key: bodyKey(optimizer.name, values), next: values };
      return [builder.add(update.node(args, { targets: targets.length, by: optimizer.name, body }))];
    }
    attached.push({ parameter: name, kind: "per tensor" });
    const inline = substitute(
      values,
      new Map(holders.map((holder, position) => [holder, args[position] as Expression])),
    );
    builder.rename(gradient, `${name}.gradient`);
    const called = (each: Expression): { name?: string } => {
      const position = kept.findIndex(({ leaf: own }) => own === each);
      return position < 0 ? {} : { name: `${name}.${kept[position]?.state}` };
    };
    return inline.map((value, position) => {
      const target = targets[position] as Expression;
      return builder.add(
        update.node([target, value], { targets: 1, by: optimizer.name, body: writeBody(target) }),
        called,
      );
    });
  });
}

/** The expressions with some nodes replaced; what contains none is kept as it is. */
function substitute(roots: readonly Expression[], replacements: ReadonlyMap<Expression, Expression>): Expression[] {
  const done = new Map(replacements);
  const visit = (each: Expression): Expression => {
    const known = done.get(each);
    if (known) return known;
    const args = each.args.map(visit);
    const same = args.every((arg, position) => arg === each.args[position]);
    const made = same ? each : makeExpression(each.op, args, each.attributes, each, each.place);
    done.set(each, made);
    return made;
  };
  return roots.map(visit);
}
