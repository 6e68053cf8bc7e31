/** The effect that changes parameters and optimizer state, and the leaves it needs. */
import { isA, nodeAt, type Graph, type NodeId } from "../ir/graph.js";
import { defineOp, type Expression, type TensorType } from "../ir/op.js";
import type { Size } from "../ir/size.js";

/** A tensor that an optimizer keeps for a parameter. */
export const optimizerState = defineOp<[Kept], Kept>({
  name: "optimizerState",
  parse: (attributes) => ({ args: [], attributes }),
  infer: (_, { shape }) => ({ shape, element: "float" }),
  lowering: { kind: "leaf" },
});

interface Kept extends Record<string, unknown> {
  /** The function whose optimizer keeps it. */
  readonly function: string;
  readonly parameter: string;
  /** The state's name, as PyTorch has it: `exp_avg`. */
  readonly name: string;
  readonly shape: readonly Size[];
}

/** Inside an update's body: the value of the update's argument at the same element. */
export const placeholder = defineOp<[position: number, type: TensorType], { position: number; type: TensorType }>({
  name: "placeholder",
  parse: (position, type) => ({ args: [], attributes: { position, type } }),
  infer: (_, { type }) => type,
  lowering: { kind: "leaf" },
});

/** The body of an elementwise update: what each target becomes, in terms of placeholders for the arguments. */
export interface UpdateBody {
  /** Equal keys mean equal bodies. */
  readonly key: string;
  readonly next: readonly Expression[];
}

interface UpdateAttributes extends Record<string, unknown> {
  /** How many of the arguments are written. They are leaves. */
  readonly targets: number;
  readonly body: UpdateBody;
  /** The update's name: the optimizer's, or `assign`. */
  readonly by: string;
}

/** Writes its first arguments in place, each element from the same elements of all arguments. */
export const update = defineOp<[args: readonly Expression[], attributes: UpdateAttributes], UpdateAttributes>({
  name: "update",
  parse: (args, attributes) => ({ args, attributes }),
  infer: ([target]) => target as TensorType,
  lowering: { kind: "effect" },
});

/** The leaves that a node writes in place: none, unless it is an update. */
export function targetsOf(graph: Graph, id: NodeId): readonly NodeId[] {
  const node = nodeAt(graph, id);
  return isA(node, update) ? node.args.slice(0, node.attributes["targets"] as number) : [];
}
