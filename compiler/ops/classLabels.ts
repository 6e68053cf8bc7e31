import { defineOp, type Expression } from "../ir/op.js";
import type { Size } from "../ir/size.js";

/**
 * The labels themselves, as numbers in [0, classes), or `ignoreIndex`: where they come from an input, a call checks them,
 * whatever is computed from them: the loss, or its gradient alone.
 */
export const classLabels = defineOp<
  [labels: Expression, classes: Size, ignoreIndex?: number],
  { classes: Size; ignoreIndex?: number }
>({
  name: "classLabels",
  parse: (labels, classes, ignoreIndex) => ({
    args: [labels],
    attributes: { classes, ...(ignoreIndex !== undefined && { ignoreIndex }) },
  }),
  infer: ([labels]) => labels,
  indices: (_, { classes, ignoreIndex }) => ({ argument: 0, below: classes, except: ignoreIndex }),
  lowering: { kind: "view", read: ({ index, at }) => at(0, index) },
  evaluate: ([labels]) => labels.data.slice(),
});
