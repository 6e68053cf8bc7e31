/** Sizes that can be counted: beyond the safe integers an index means another element than the one that was asked for. */
import { fail } from "../../diagnostics.js";
import type { Graph } from "../../ir/graph.js";
import { evaluate, printShape, type Size } from "../../ir/size.js";

const most = Number.MAX_SAFE_INTEGER;

/** Refuses a graph with a tensor that has more elements than can be counted, at these capacities. */
export function checkCountable({ name, nodes }: Graph, dims: Readonly<Record<string, number>>): void {
  const valueOf = (each: Size): number => evaluate(each, (dimension) => dims[dimension]);
  for (const { op, shape, place } of nodes) {
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
}

/** Refuses a model whose instance needs more bytes than can be counted. */
export function checkBytes(name: string, total: number): void {
  if (total <= most) return;
  fail({
    code: "too-large",
    message: `${name} needs more memory than any target can address`,
    expected: `at most ${most} bytes`,
    found: `${total} bytes`,
    hint: "make its tensors smaller, or lower the capacities in dims",
  });
}
