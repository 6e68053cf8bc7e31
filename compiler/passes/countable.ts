/** Refuses tensors too large to count: beyond the safe integers, an index would be rounded to another element's. */
import { fail } from "../diagnostics.js";
import { nodesIn } from "../ir/body.js";
import { evaluate, printShape, type Size } from "../ir/size.js";
import type { Pass } from "./pass.js";

const most = Number.MAX_SAFE_INTEGER;

/** Refuses a tensor that has more elements than can be counted, at the capacities. */
export const checkCountable: Pass = {
  name: "countable",
  doc: "refuses tensors of more elements than can be counted",
  run({ name, nodes }, { dims }) {
    const valueOf = (each: Size): number => evaluate(each, (dimension) => dims[dimension]);
    for (const { op, shape, place } of nodesIn(nodes)) {
      const sizes = shape.map(valueOf);
      const elements = sizes.reduce((a, b) => a * b, 1);
      if (elements <= most && sizes.every((each) => each <= most)) continue;
      fail({
        code: "too-large",
        message: `${name}: a tensor of ${op.name} has more elements than can be counted`,
        place,
        expected: `at most ${most} elements`,
        found: `${Math.max(elements, ...sizes)}, of the shape ${printShape(shape)}`,
        hint: "make it smaller, or lower the capacities in dims",
      });
    }
    return null;
  },
};
