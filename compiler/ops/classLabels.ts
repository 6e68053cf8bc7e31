import { defineOp, type Expression, type TensorType } from "../ir/op.js";
import type { Size } from "../ir/size.js";

/**
 * The labels themselves, as numbers in [0, classes): where they come from an input, a call checks them, whatever is
 * computed from them: the loss, or its gradient alone.
 */
export const classLabels = defineOp<[labels: Expression, classes: Size], { classes: Size }>({
  name: "classLabels",
  parse: (labels, classes) => ({ args: [labels], attributes: { classes } }),
  infer: ([labels]) => labels as TensorType,
  indices: (_, { classes }) => ({ argument: 0, below: classes }),
  lowering: { kind: "view", read: ({ index, at }) => at(0, index) },
  evaluate: ([labels]) => (labels?.data as Float64Array).slice(),
});
