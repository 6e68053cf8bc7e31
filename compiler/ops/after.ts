import { defineOp, type Expression } from "../ir/op.js";

/**
 * x itself, but nothing that is computed from it is computed before `first`: what is wanted late is then computed late,
 * and not kept from an equal computation that came early.
 */
export const after = defineOp<[x: Expression, first: Expression], Record<string, never>>({
  name: "after",
  parse: (x, first) => ({ args: [x, first] }),
  infer: ([x]) => x,
  gradient: ({ cotangent }) => [cotangent, null],
  lowering: { kind: "view", reads: 1, read: ({ index, at }) => at(0, index) },
  evaluate: ([x]) => x.data.slice(),
});
