import type { Expression } from "../../ir/op.js";
import type { Group } from "../../optimizers/updateRule.js";

/** A parameter on its way to its next value. */
export interface ParameterUpdate {
  readonly name: string;
  readonly group: Group;
  readonly param: Expression;
  /** What is kept, by name, as it was before the call. */
  readonly kept: Readonly<Record<string, Expression>>;
  /** The gradient as it is computed, perhaps a second time. */
  readonly source: Expression;
  /** What has been added up for this update, where calls accumulate. */
  readonly sum: Expression | null;
  /** What the optimizer is given. */
  readonly grad: Expression;
}
