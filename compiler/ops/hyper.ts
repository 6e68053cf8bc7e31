/** Numbers that the host knows before a call. */
import type { AbstractValue } from "../ir/abstractValue.js";
import { addMethods, defineOp, typeFault, type Expression, type TensorType } from "../ir/op.js";
import { variable, type Scalar as HostScalar } from "../ir/scalar.js";

import { checkName } from "./declarations.js";

declare module "../ir/tensorMethods.js" {
  interface Scalar {
    /** The same number under a name: what the emitted code calls it. */
    named(name: string): Scalar;
  }
}

/** A hyper-parameter by the name of its host variable. */
export const hyper = defineOp<[name: string], { name: string }>({
  name: "hyper",
  parse: (name) => ({ args: [], attributes: { name } }),
  infer: () => ({ shape: [], element: "scalar" }),
  lowering: { kind: "host", scalar: (_, { name }) => variable(name, "f64") },
});

/** A host scalar under a name of its own in the emitted code. */
export const named = defineOp<[x: Expression, name: string], { name: string }>({
  name: "named",
  parse: (x, name) => ({ args: [x], attributes: { name: checkName("named", name) } }),
  infer([x]) {
    if (x?.element === "scalar") return x;
    return typeFault("named: only scalars have names", "a scalar, such as a hyper-parameter", [x as TensorType]);
  },
  lowering: { kind: "host", scalar: ([x]) => x as HostScalar },
  hostName: ({ name }) => name,
  abstract: ([x]) => x as AbstractValue,
});

addMethods({ named });
