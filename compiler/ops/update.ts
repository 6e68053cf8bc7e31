/** The effect that changes parameters and optimizer state, and the leaves it needs. */
import { isA, nodeAt, type Graph, type Node, type NodeId } from "../ir/graph.js";
import { defineOp, type Expression, type TensorType } from "../ir/op.js";
import type { Size } from "../ir/size.js";
import { hyper } from "./hyper.js";

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

/**
 * A number that an optimizer keeps from step to step: a place in memory, in double. Effects write it; whatever reads it
 * reads its value from before the call, which the host knows: `sharedScalar`.
 */
export const sharedCell = defineOp<[Cell], Cell>({
  name: "sharedCell",
  parse: (attributes) => ({ args: [], attributes }),
  infer: () => ({ shape: [], element: "double" }),
  lowering: { kind: "leaf" },
});

export interface Cell extends Record<string, unknown> {
  /** The function whose optimizer keeps it. */
  readonly function: string;
  /** `mu_product`; a group's is `biases.mu_product`, a parameter's `hidden.weight.lambda`. */
  readonly name: string;
  readonly initial: number;
  /** Whether it counts something: whole numbers from 0. */
  readonly isCount?: boolean;
}

/** The host variable in which the host finds a kept number before a call. */
export const cellVariable = (of: string, name: string): string => `shared:${of}:${name}`;

/** What a host variable stands for, if it is a kept number. */
export function cellOf(variable: string): { readonly function: string; readonly name: string } | null {
  const [kind, of, ...rest] = variable.split(":");
  return kind === "shared" && of !== undefined ? { function: of, name: rest.join(":") } : null;
}

/** The value of a kept number before the call; the function may be "", the one that runs. */
export const sharedScalar = (of: string, name: string): Expression => hyper(cellVariable(of, name));

/** Inside an update's body: the value of the update's argument at the same element; of a single number, that number. */
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
  /** The update's name: the optimizer's, or `byAssign`. */
  readonly by: string;
  /** If only some rows are updated, which; absent where all elements are. */
  readonly rows?: UpdatedRows;
}

/**
 * The rows that an update touches, as positions among its arguments. The gradient has one row for each of `indices`
 * [count]: the sum of all that belongs to one row of the targets stands where `places` says, and only that row counts.
 */
export interface UpdatedRows {
  readonly gradient: number;
  readonly indices: number;
  readonly places: number;
}

/** Writes its first arguments in place, each element from the same elements of all arguments; or so some rows of them. */
export const update = defineOp<
  [args: readonly [target: Expression, ...others: Expression[]], attributes: UpdateAttributes],
  UpdateAttributes
>({
  name: "update",
  parse: (args, attributes) => ({ args, attributes }),
  infer: ([target]) => target,
  writes: ({ targets }) => targets,
  lowering: { kind: "effect" },
});

/** By what updates are made that write what an effect assigns, or an initial value. */
export const byAssign = "assign";

/** Whether an update writes what an effect assigns, and is no optimizer's. */
export const isByAssign = (node: Pick<Node, "attributes">): boolean => node.attributes["by"] === byAssign;

/** The argument of an update that comes after its targets: the gradient, or what a plain write writes. */
export const sourceOf = (node: Pick<Node, "args" | "attributes">): NodeId =>
  node.args[node.attributes["targets"] as number] as NodeId;

/** The leaves that a node writes in place: none, unless it is an update. */
export function targetsOf(graph: Graph, id: NodeId): readonly NodeId[] {
  const node = nodeAt(graph, id);
  return isA(node, update) ? node.args.slice(0, node.attributes["targets"] as number) : [];
}

/** The rows that an update touches, if not all. */
export const rowsOf = (node: Pick<Node, "attributes">): UpdatedRows | undefined =>
  node.attributes["rows"] as UpdatedRows | undefined;
