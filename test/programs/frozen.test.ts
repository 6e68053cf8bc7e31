/** Parameters that a function does not train cost it nothing. */
import { describe, expect, test } from "vitest";
import { adam, input, linear, minimize, model } from "../../src/index.js";
import { nodeAt } from "../../compiler/ir/graph.js";
import { idAt } from "../../compiler/ir/ids.js";
import { build } from "../run.js";
import { eachTarget } from "../targets.js";
import { subjectOf } from "../stages.js";
import type { Subject } from "../../compiler/check/subject.js";

const [into, hidden, out, batch] = [97, 101, 11, 63];

function net() {
  const [x, y] = [input("x", ["batch", into]), input("y", ["batch", out])];
  const [first, second] = [linear("first", into, hidden), linear("second", hidden, out)];
  const loss = second(first(x).relu()).sub(y).square().sum();
  const train = (params?: Parameters<typeof minimize>[2]) => minimize(loss, adam({ lr: 1e-3 }), params);
  return model("net", {
    dims: { batch },
    functions: { all: train(), head: train({ params: [second.weight, second.bias] }), value: { loss } },
  });
}

describe.each(eachTarget)("on %s", (_, target) => {
  const { program, stages } = build(net(), { target });
  const [all, head, value] = ["all", "head", "value"].map((name) => {
    return subjectOf(stages, name);
  }) as [Subject, Subject, Subject];

  test("the gradients of frozen parameters, and what leads to them alone, are not in the program", () => {
    const products = ({ graph: { stages } }: Subject) =>
      stages.final.nodes.filter((node) => node.op.definition.name === "dot").length;
    // Forward 2; backward: two gradients of weights and one of the hidden layer.
    expect([products(value), products(head), products(all)]).toEqual([2, 3, 5]);
    const { final } = head.graph.stages;
    const updated = final.effects.map((id) => nodeAt(final, idAt(nodeAt(final, id).args, 0)).name);
    expect(updated).toEqual(["second.weight", "second.bias"]);
  });

  test("no optimizer state is kept for them, and no value for their sake", () => {
    const kept = [...program.leaves.values()].filter(
      ({ category, id }) => category === "optimizerState" && id.includes(":head:"),
    );
    expect(kept.map(({ label }) => label.replace(/\.exp_avg(_sq)?$/, ""))).toEqual([
      "second.weight",
      "second.weight",
      "second.bias",
      "second.bias",
    ]);
    const bytes = ({ made }: Subject) => made.intervals.reduce((sum, each) => sum + each.bytes, 0);
    // Of the backward pass only the output's gradient and the bias's are stored.
    expect(bytes(head) - bytes(value)).toBeLessThanOrEqual(4 * (batch * hidden + batch * out + out) + 64);
  });
});
