import { defineOp, type Expression } from "../ir/op.js";

/**
 * x itself. Nothing that is computed from the result is computed before `first`. Without it, `cse` would merge a
 * computation that shall run late with an equal early one, and its value would be kept in memory in between.
 */
export const after = defineOp<[x: Expression, first: Expression], Record<string, never>>({
  name: "after",
  parse: (x, first) => ({ args: [x, first] }),
  infer: ([x]) => x,
  gradient: ({ cotangent }) => [cotangent, null],
  lowering: { kind: "view", reads: 1, read: ({ index, at }) => at(0, index) },
  evaluate: ([x]) => x.data.slice(),
});
