/** The precision of the model as a number in the graph. */
import { defineOp } from "../ir/op.js";
import { constant } from "../ir/scalar.js";

const epsilons = { float32: 2 ** -23, float64: 2 ** -52 };

/** The distance from 1 to the next larger number of the model's float type. */
export const machineEpsilon = defineOp<[], Record<string, never>>({
  name: "machineEpsilon",
  parse: () => ({ args: [] }),
  infer: () => ({ shape: [], element: "float" }),
  lowering: { kind: "point", read: ({ type }) => constant(epsilons[type === "f32" ? "float32" : "float64"], type) },
  evaluate: (_, { precision }) => Float64Array.of(epsilons[precision]),
});
