/** Scalars that the host knows before a call. */
import { addMethods, defineOp, typeFault, type Expression } from "../ir/op.js";
import { variable } from "../ir/scalar.js";

import { checkName } from "./declarations.js";

declare module "../ir/tensorMethods.js" {
  interface HostNumber {
    /** The same number, under this name in the emitted code. */
    named(name: string): HostNumber;
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
    if (x.element === "scalar") return x;
    return typeFault("named: only scalars have names", "a scalar, such as a hyper-parameter", [x]);
  },
  lowering: { kind: "host", scalar: ([x]) => x },
  hostName: ({ name }) => name,
  abstract: ([x]) => x,
});

addMethods({ named });
