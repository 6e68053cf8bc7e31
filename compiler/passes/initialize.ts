/** The graph that gives every parameter, state and number its initial value. */
import { Builder, isOp, type Graph, type NodeId } from "../ir/graph.js";
import { literal, type Expression } from "../ir/op.js";
import { withPlace } from "../ir/place.js";
import type { Size } from "../ir/size.js";
import type { Model, ModelFunction } from "../model/model.js";
import { broadcast, broadcastTo } from "../ops/broadcast.js";
import type { Initializer } from "../ops/initializers.js";
import { optimizerState, sharedCell } from "../ops/kept.js";
import { byAssign, write } from "../ops/update.js";
import { keptFor } from "../optimizers/training.js";
import type { Notes } from "./notes.js";

interface Derived {
  readonly name: string;
  readonly definition: ModelFunction | null;
  readonly notes: Notes;
}

/** Writes the initial value of everything that does not begin as zeros. */
export function initialGraph(model: Model, functions: readonly Derived[]): Graph {
  const empty: Graph = {
    name: "initialize",
    precision: model.precision,
    nodes: [],
    outputs: [],
    effects: [],
    gradients: [],
  };
  const builder = new Builder(empty);
  const effects: NodeId[] = [];
  const begin = (target: Expression, value: Expression): void => {
    if (isZero(value)) return;
    const node = write(target, value, byAssign);
    effects.push(builder.add(node, (each) => (each === target ? { name: String(target.attributes["name"]) } : {})));
  };
  for (const leaf of [...Object.values(model.parameters), ...Object.values(model.state)]) {
    const { initializer, name } = leaf.attributes as { initializer: Initializer; name: string };
    withPlace(leaf.place, () => begin(leaf, initializer(leaf.shape, name)));
  }
  for (const { name: owner, definition, notes } of functions) {
    if (definition?.kind !== "minimize") continue;
    const { updates, cells } = notes;
    for (const cell of cells) begin(sharedCell(cell), literal(cell.initial, "double"));
    for (const parameter of updates.keys()) {
      const leaf = model.parameters[parameter] as Expression;
      for (const [name, { shape, value }] of Object.entries(keptFor(definition, parameter, leaf.shape).states)) {
        withPlace(leaf.place, () => {
          const target = optimizerState({ function: owner, parameter, name, shape });
          begin(target, broadcastTo(literal(value, "float"), shape as readonly Size[]));
        });
      }
    }
  }
  return { ...empty, nodes: builder.added, effects };
}

function isZero(value: Expression): boolean {
  if (isOp(value, literal)) return Object.is(value.attributes["value"], 0);
  return isOp(value, broadcast) && isZero(value.args[0] as Expression);
}
