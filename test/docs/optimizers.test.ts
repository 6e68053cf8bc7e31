/** docs/optimizers.md: its models compile and train on both targets, and are of the class that the page says. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { isModel } from "../../compiler/model/model.js";
import { readModel } from "../../compiler/read/read.js";
import * as optimc from "../../src/index.js";
import { makeProject } from "../read/project.js";
import { build } from "../run.js";
import { eachTarget } from "../targets.js";

const page = readFileSync(new URL("../../docs/optimizers.md", import.meta.url), "utf8");
const models = [...page.matchAll(/```ts\n(\/\/ (\w+)\.model\.ts\n[\s\S]*?)```/g)].map(
  ([, text, name]) => [name as string, text as string] as const,
);
const project = makeProject();
afterAll(() => project.remove());

const inputs: Readonly<Record<string, Readonly<Record<string, Float32Array | Int32Array>>>> = {
  net: { x: new Float32Array(32 * 64).fill(0.5), labels: new Int32Array(32).fill(3) },
  signum: { x: new Float32Array(32).map((_, i) => Math.sin(i)), y: new Float32Array(8).fill(1) },
  normalized: { x: new Float32Array(32).map((_, i) => Math.sin(i)), y: new Float32Array(8).fill(1) },
};
const classes: Readonly<Record<string, readonly string[]>> = {
  net: ["global"],
  signum: ["elementwise"],
  normalized: ["global"],
};

it("has its models", () => expect(models.map(([name]) => name)).toEqual(["net", "signum", "normalized"]));

it("names every optimizer", () => {
  const made = Object.entries(optimc).filter(([, each]) => {
    try {
      return typeof each === "function" && "ruleFor" in (each as () => object)();
    } catch {
      return false;
    }
  });
  expect(made.length).toBeGreaterThan(20);
  for (const [name] of made) expect(page).toContain(`\`${name}\``);
});

describe.each(models)("%s", (name, text) => {
  it.each(eachTarget)("on %s", async (_, target) => {
    const { model } = await readModel(project.write(`${name}.model.ts`, text), { modules: { optimc }, isModel });
    const live = build(model as never, { target });
    const train = live.program.functions.find((each) => each.name === "train");
    expect([...new Set(train?.training?.updates.map(({ kind }) => kind))]).toEqual(classes[name]);
    const losses = Array.from({ length: 20 }, () => live.call("train", inputs[name])["loss"] as number);
    expect(losses[19]).toBeLessThan(losses[0] as number);
  });
});

it("overrides as the page says", async () => {
  const [[, text]] = models as [readonly [string, string]];
  const { model } = await readModel(project.write("net.model.ts", text), { modules: { optimc }, isModel });
  const [plain, all, one] = [{}, { lr: 0 }, { groups: { last: { lr: 0 } } }].map((options) => {
    const live = build(model as never, { seed: 1 });
    const before = live.state().parameters;
    for (let call = 0; call < 2; call++) live.call("train", inputs["net"], options);
    const { parameters } = live.state();
    return Object.keys(parameters).filter((each) => String(parameters[each]) !== String(before[each]));
  });
  expect(plain).toEqual(["hidden.weight", "hidden.bias", "output.weight", "output.bias"]);
  expect(all).toEqual([]);
  expect(one).toEqual(["hidden.weight", "hidden.bias", "output.bias"]);
});
