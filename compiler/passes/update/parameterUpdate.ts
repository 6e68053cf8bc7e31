import type { Expression } from "../../ir/op.js";
import type { Group } from "../../optimizers/updateRule.js";

/** A parameter on its way to its next value. */
export interface ParameterUpdate {
  readonly name: string;
  readonly group: Group;
  readonly param: Expression;
  /** The kept tensors and numbers by name, with their values from before the call. */
  readonly kept: Readonly<Record<string, Expression>>;
  /** The gradient as it is computed, perhaps a second time. */
  readonly source: Expression;
  /** The accumulated gradient for this update, if calls accumulate. */
  readonly sum: Expression | null;
  /** The gradient that the optimizer is given. */
  readonly grad: Expression;
}
