/** The verifier of groups accepts what the grouping makes, and rejects every planted fault with its sentence. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileStages } from "../../compiler/compile.js";
import { isLeaf, nodeAt, type Graph, type NodeId } from "../../compiler/ir/graph.js";
import { groupKernels } from "../../compiler/plan/kernels.js";
import { proveGroups, verifyGroups, type VerifiedGroup } from "../../compiler/plan/verify/groups.js";
import { runPasses } from "../../compiler/passes/pipeline.js";
import { js } from "../../compiler/targets/js/js.js";
import {
  assign,
  checkpoint,
  compute,
  input,
  linear,
  minimize,
  model,
  sgd,
  state,
  type Model,
} from "../../src/index.js";
import { declared, makeModel, modelPlans, optimizers } from "../graphs.js";
import { runs } from "../runs.js";
import { models } from "./models.js";

interface Grouped {
  readonly graph: Graph;
  readonly groups: readonly VerifiedGroup[];
}

function groupsOf(model: Model, name: string): Grouped {
  const found = groupKernels(model, runPasses(model)).functions.find(({ facts }) => facts.name === name);
  if (!found) throw new Error(`no function ${name}`);
  return { graph: found.grouping.context.graph, groups: found.grouping.fusion.groups };
}

describe("good groups", () => {
  test.each(Object.entries(models))("%s", (_, make) => {
    const made = make();
    for (const fusion of ["all", "withoutUpdates", "none"] as const)
      expect(() => proveGroups(groupKernels(made, runPasses(made), fusion))).not.toThrow();
  });

  test("of random models", () => {
    fc.assert(
      fc.property(modelPlans(fc.oneof(...Object.values({ ...optimizers, ...declared }))), (plan) => {
        const made = makeModel(plan, { batch: 5, time: 3 });
        expect(() => proveGroups(groupKernels(made, runPasses(made)))).not.toThrow();
      }),
      runs(40, 9),
    );
  });
});

describe("planted faults", () => {
  const { graph, groups } = groupsOf(models.multilayer(), "train");
  const rejected = (spoiled: readonly VerifiedGroup[], sentence: RegExp): void => {
    expect(verifyGroups(graph, groups)).toEqual([]);
    expect(verifyGroups(graph, spoiled)).toContainEqual(expect.stringMatching(sentence));
  };
  const changed = (at: number, change: (group: VerifiedGroup) => Partial<VerifiedGroup>): VerifiedGroup[] =>
    groups.map((group, position) => (position === at ? { ...group, ...change(group) } : group));
  const groupWith = (holds: (id: NodeId) => boolean): number => {
    const found = groups.findIndex(({ members }) => [...members].some(holds));
    if (found < 0) throw new Error("no such group");
    return found;
  };
  const updating = (name: string): number =>
    groupWith((id) => graph.effects.includes(id) && nodeAt(graph, nodeAt(graph, id).args[0]!).name === name);
  const moved = (from: number, to: number): VerifiedGroup[] => {
    const rest = groups.filter((_, at) => at !== from);
    return [...rest.slice(0, to), groups[from] as VerifiedGroup, ...rest.slice(to)];
  };

  test("a group is missing", () => {
    rejected(groups.slice(1), /^%\d+ \(.*\) is in no group$/);
    rejected(groups.slice(0, -1), /^%\d+ \(update\) is in no group$/);
  });

  test("a node is in two groups", () => {
    const [first] = groups[0]!.members;
    rejected(
      changed(1, ({ members }) => ({ members: new Set([...members, first!]) })),
      /^%\d+ \(.*\) is in group 1 and in group 2$/,
    );
  });

  test("a group has a leaf", () => {
    const leaf = graph.nodes.findIndex((node) => isLeaf(node)) as NodeId;
    rejected(
      changed(0, ({ members }) => ({ members: new Set([...members, leaf]) })),
      /^group 1 has the leaf %\d+ \(.*\)$/,
    );
  });

  test("a value that another group reads is not stored", () => {
    rejected(
      changed(0, () => ({ stored: [] })),
      /^group \d+ reads %\d+ \(.*\), which is not stored$/,
    );
  });

  test("a value is stored by a group that does not compute it", () => {
    const [value] = groups[0]!.stored;
    rejected(
      changed(1, ({ stored }) => ({ stored: [...stored, value!] })),
      /^group 2 stores %\d+ \(.*\), which is in another group or in none$/,
    );
  });

  test("a group runs before what it reads", () => {
    rejected(moved(0, 1), /^group 1 reads %\d+ \(.*\), which group 2 has yet to store$/);
  });

  test("a weight is replaced before its old value is read", () => {
    rejected(
      moved(updating("output.weight"), 0),
      /^group \d+ reads the old value of %\d+ \(output\.weight\), which group 1 replaces before$/,
    );
  });

  test("a result is not stored", () => {
    const loss = graph.outputs.find(({ name }) => name === "loss")!.node;
    rejected(
      changed(
        groupWith((id) => id === loss),
        ({ stored }) => ({ stored: stored.filter((id) => id !== loss) }),
      ),
      /^the result loss, %\d+ \(.*\), is not stored$/,
    );
  });

  test("an update is not stored", () => {
    rejected(
      changed(updating("output.bias"), () => ({ stored: [] })),
      /^the effect %\d+ \(update\) is not stored$/,
    );
  });

  test("an old value is read in a view", () => {
    const [kept, x] = [state("kept", [2, 3], 1), input("x", [3, 2])];
    const seen = kept.transpose().exp().add(x);
    const { graph, groups } = groupsOf(
      model("m", { functions: { run: compute({ seen }, { effects: [assign(kept, () => x.transpose().square())] }) } }),
      "run",
    );
    expect(verifyGroups(graph, groups)).toEqual([]);
    expect(verifyGroups(graph, [...groups].reverse())).toContainEqual(
      expect.stringMatching(/reads the old value of %\d+ \(kept\)/),
    );
  });

  test("a checkpoint is computed again before the cotangent is there", () => {
    const x = input("x", [3, 4]);
    const [first, second, last] = [linear("first", 4, 4), linear("second", 4, 4), linear("last", 4, 4)];
    const block = checkpoint((h: typeof x) => second(first(h).tanh()).tanh());
    const loss = last(block(x)).square().sum();
    const { graph, groups } = groupsOf(model("m", { functions: { train: minimize(loss, sgd()) } }), "train");
    expect(verifyGroups(graph, groups)).toEqual([]);
    expect(verifyGroups(graph, [...groups].reverse())).toContainEqual(
      expect.stringMatching(/^group \d+ must wait for %\d+ \(.*\), which group \d+ computes$/),
    );
  });

  test("ends the build", () => {
    const made = models.multilayer();
    const groups = compileStages(made, [js]).groups;
    const [first, ...rest] = groups.functions;
    const { grouping } = first!;
    const fusion = { ...grouping.fusion, groups: grouping.fusion.groups.slice(1) };
    expect(() =>
      proveGroups({ ...groups, functions: [{ ...first!, grouping: { ...grouping, fusion } }, ...rest] }),
    ).toThrow(/^multilayer: the groups are wrong \(a defect of optimc\): predict: %\d+ \(.*\) is in no group/);
  });
});
