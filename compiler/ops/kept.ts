/** The leaves that optimizers keep: tensors for parameters, and numbers. */
import { defineOp, type Expression } from "../ir/op.js";
import type { Size } from "../ir/size.js";
import { hyper } from "./hyper.js";

/** A tensor that an optimizer keeps for a parameter. */
export const optimizerState = defineOp<[Kept], Kept>({
  name: "optimizerState",
  parse: (attributes) => ({ args: [], attributes }),
  infer: (_, { shape }) => ({ shape, element: "float" }),
  keepsNormal: true,
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
 * A number that an optimizer keeps from step to step: a double in memory. Effects write it. Expressions read its value
 * from before the call, which the host knows: `sharedScalar`.
 */
export const sharedCell = defineOp<[ScalarState], ScalarState>({
  name: "sharedCell",
  parse: (attributes) => ({ args: [], attributes }),
  infer: () => ({ shape: [], element: "double" }),
  lowering: { kind: "leaf" },
});

export interface ScalarState extends Record<string, unknown> {
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

/** The kept number that a host variable stands for, if it is one. */
export function cellOf(variable: string): { readonly function: string; readonly name: string } | null {
  const [kind, of, ...rest] = variable.split(":");
  return kind === "shared" && of !== undefined ? { function: of, name: rest.join(":") } : null;
}

/** The value of a kept number before the call; the function may be "", the one that runs. */
export const sharedScalar = (of: string, name: string): Expression => hyper(cellVariable(of, name));
