/** docs/schedules.md: its models compile and train as shown, its schedules have the values that stand behind them. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { isModel } from "../../compiler/model/model.js";
import { readModel } from "../../compiler/read/read.js";
import * as optimc from "../../src/index.js";
import { makeProject } from "../read/project.js";
import { build, type Live } from "../run.js";
import { js } from "../../compiler/targets/js/js.js";
import { rates, trained } from "../schedules/net.js";

const page = readFileSync(new URL("../../docs/schedules.md", import.meta.url), "utf8");
const blocks = [...page.matchAll(/```(ts|js)\n([\s\S]*?)```/g)].map(([, language, text]) => ({
  language: language as "ts" | "js",
  text: text as string,
}));
const project = makeProject();
afterAll(() => project.remove());

const names = Object.keys(optimc);

/** Runs the lines of a block, which may say what is exported and the names given. */
function evaluate(code: string, given: Readonly<Record<string, unknown>>): unknown {
  return (new Function(...names, ...Object.keys(given), code) as (...values: unknown[]) => unknown)(
    ...names.map((name) => optimc[name as keyof typeof optimc]),
    ...Object.values(given),
  );
}

/** The net as the page has it: functions by name. */
const face = (live: Live) => ({
  ...Object.fromEntries(
    live.program.functions.map(({ name }) => [
      name,
      (inputs: object, options?: object) => live.call(name, inputs as never, options as never),
    ]),
  ),
  state: () => live.state(),
  load: (state: never) => live.load(state),
});

const inputs: Readonly<Record<string, object>> = {
  digits: { x: new Float32Array(32 * 64).fill(0.5), labels: new Int32Array(32).fill(3) },
  plateau: { x: new Float32Array(32).map((_, i) => Math.sin(i)), y: new Float32Array(8).fill(1) },
};

describe("models and the programs that follow them", () => {
  const models = blocks.flatMap(({ text }, i) => {
    const name = /model\("(\w+)"/.exec(text)?.[1];
    const program = blocks.slice(i + 1).find(({ language }) => language === "js");
    return name === undefined ? [] : [[name, text, program?.text ?? ""] as const];
  });

  it("are there", () => expect(models.map(([name]) => name)).toEqual(["digits", "plateau"]));

  it.each(models)("%s", async (name, text, program) => {
    const file = project.write(`${name}.model.ts`, text);
    const { model } = await readModel(file, { modules: { optimc }, isModel });
    const live = build(model as never);
    evaluate(program, { net: face(live), ...inputs[name] });
    expect(live.state().functions["train"]?.step).toBe({ digits: 2, plateau: 50 }[name]);
  });
});

describe("schedules", () => {
  const lines = blocks
    .filter(({ text }) => text.includes("lr = "))
    .flatMap(({ text }) => [...text.matchAll(/^lr = ([\s\S]*?);(?: \/\/ (.*))?$/gm)])
    .map(([, code, values]) => [code as string, (values as string).split(", ").map(Number)] as const);

  it("are there", () => expect(lines).toHaveLength(7));

  it.each(lines)("%s", (code, values) => {
    const lr = evaluate(`return ${code}`, {}) as optimc.Schedule;
    const found = rates(js, lr, values.length);
    if (values.some(Number.isNaN)) return;
    found.forEach((each, k) => expect(each).toBeCloseTo(values[k] as number, 14));
  });
});

it("the momentum goes where it is put", () => {
  const { text } = blocks.find((each) => each.text.includes("optimizer = ")) as (typeof blocks)[number];
  const found = evaluate(
    `const made = []; ${text.replace(/^optimizer = (.*);$/gm, "made.push($1);")} return [...made, cycle];`,
    {},
  ) as [optimc.Optimizer, optimc.Optimizer, optimc.StatelessSchedule];
  const scheduled = found
    .slice(0, 2)
    .map((each) =>
      (each as optimc.Optimizer).variables.flatMap(({ variable, schedule }) => (schedule ? [variable] : [])),
    );
  expect(scheduled).toEqual([
    ["lr", "momentum"],
    ["lr", "beta1"],
  ]);
  expect(trained(js, { lr: found[2] })).toBeDefined();
});
