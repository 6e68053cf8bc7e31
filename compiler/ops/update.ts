/** The effect that changes parameters, states and what optimizers keep. */
import { bodyOf, placeholder, type Body } from "../ir/body.js";
import type { ArgumentPosition } from "../ir/ids.js";
import { defineOp, type Expression, type ListedRows } from "../ir/op.js";

interface UpdateAttributes extends Record<string, unknown> {
  /** How many of the arguments are written. They are leaves. */
  readonly targets: number;
  /**
   * One body: what an element of each target becomes, from the same element of each argument, and from the arguments that are
   * single numbers. Which rows are updated is said by arguments behind those of the body.
   */
  readonly bodies: readonly [Body];
  /** The update's name: the optimizer's, or `byAssign`. */
  readonly by: string;
  /** Which argument is the gradient, if an optimizer's update follows from it element by element. */
  readonly gradient?: ArgumentPosition;
  /** If only some rows are updated, which; absent where all elements are. */
  readonly rows?: ListedRows;
}

/** Writes its first arguments in place, each element from the same elements of all arguments; or so some rows of them. */
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

/** The update that writes a value as it was computed. */
export const write = (target: Expression, value: Expression, by: string): Expression =>
  update.node([target, value], { targets: 1, by, bodies: [writeBody(target)] });

function writeBody({ element }: Expression): Body {
  const type = { shape: [], element };
  return bodyOf("update", [type, type], [placeholder(1, type)]);
}

/** By what updates are made that write what an effect assigns, or an initial value. */
export const byAssign = "assign";
