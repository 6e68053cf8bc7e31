import { defineOp, type Expression } from "../ir/op.js";
import type { Size } from "../ir/size.js";

/**
 * The labels themselves, declared to lie in [0, classes) or to be `ignoreIndex`. A call checks labels that come from an
 * input, also in a function that needs only the gradient of the loss.
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
