import { defineOp, type Expression, type TensorType } from "../ir/op.js";
import type { Scalar } from "../ir/scalar.js";

/** The same values in memory of their own. */
export const copy = defineOp<[x: Expression], Record<string, never>>({
  name: "copy",
  parse: (x) => ({ args: [x] }),
  infer: ([x]) => x as TensorType,
  gradient: ({ cotangent }) => [cotangent],
  lowering: { kind: "elementwise", scalar: ([x]) => x as Scalar },
  evaluate: ([x]) => (x?.data as Float64Array).slice(),
});
