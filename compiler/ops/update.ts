/** The effect that changes parameters, states, and the tensors and numbers that optimizers keep. */
import { bodyOf, placeholder, type Body } from "../ir/body.js";
import type { ArgumentPosition } from "../ir/ids.js";
import { defineOp, type Expression, type ListedRows } from "../ir/op.js";

interface UpdateAttributes extends Record<string, unknown> {
  /** How many of the first arguments are written. They are leaves. */
  readonly targets: number;
  /**
   * One body: the next element of each target, from the same element of each argument and from the arguments that are
   * single numbers. The arguments after those of the body say which rows are updated.
   */
  readonly bodies: readonly [Body];
  /** The update's name: the optimizer's, or `byAssign`. */
  readonly by: string;
  /** Which argument is the gradient, if an optimizer's update follows from it element by element. */
  readonly gradient?: ArgumentPosition;
  /** If only some rows are updated, which; absent where all elements are. */
  readonly rows?: ListedRows;
}

/**
 * Writes its first arguments in place, all elements or those of some rows, each from the same elements of all
 * arguments.
 */
export const update = defineOp<
  [args: readonly [target: Expression, ...others: Expression[]], attributes: UpdateAttributes],
  UpdateAttributes
>({
  name: "update",
  parse: (args, attributes) => ({ args, attributes }),
  infer: ([target]) => target,
  writes: ({ targets, gradient, rows }) => ({ targets, gradient, rows }),
  lowering: { kind: "effect" },
});

/** The update that writes a value that other nodes compute. */
export const write = (target: Expression, value: Expression, by: string): Expression =>
  update.node([target, value], { targets: 1, by, bodies: [writeBody(target)] });

function writeBody({ element }: Expression): Body {
  const type = { shape: [], element };
  return bodyOf("update", [type, type], [placeholder(1, type)]);
}

/** The name of updates that write a value of `assign`, or an initial value. */
export const byAssign = "assign";
