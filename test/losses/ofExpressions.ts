/** Cross-entropy as a function of expressions, for graphs that a test makes without users' types. */
import type { Expression } from "../../compiler/ir/op.js";
import * as losses from "../../library/losses/crossEntropy.js";

export const crossEntropy = losses.crossEntropy as unknown as (
  logits: Expression,
  target: Expression,
  options?: object,
) => Expression;
