/** A capacity of the model's that no tensor has is a warning: the module is built, and the page says so. */
import { expect, it } from "vitest";
import * as compiler from "../compiler/compile.js";
import { isModel } from "../compiler/model/model.js";
import { readModel } from "../compiler/read/read.js";
import * as optimc from "../src/index.js";
import { makeProject } from "./read/project.js";

async function warningsOf(dims: string, outputs = "{ y: x.mul(2) }", shape = `["n", 2]`) {
  const project = makeProject({
    "net.model.ts": `
import { compute, input, model, randomNormal } from "optimc";
const x = input("x", ${shape});
export default model("net", { dims: ${dims}, functions: { double: ${outputs} } });
`,
  });
  try {
    const { model, nameAt } = await readModel(project.path("net.model.ts"), { modules: { optimc }, isModel });
    return compiler.compileModel(model, { name: "net", targets: ["js"], source: "net.model.ts", nameAt }).warnings;
  } finally {
    project.remove();
  }
}

it.each([
  ["{ n: 4, m: 3 }", ["no tensor has the dimension 'm'", "dims of n", "capacities of n, m", "leave it out of dims"]],
  [
    "{ n: 4, m: 3, batch: 8 }",
    ["no tensor has the dimensions 'm', 'batch'", "dims of n", "capacities of n, m, batch", "leave them out of dims"],
  ],
])("dims: %s", async (dims, [message, expected, found, hint]) => {
  expect(await warningsOf(dims)).toMatchObject([
    { code: "unknown-dimension", message: `model 'net': ${message}`, expected, found, hint, place: { line: 4 } },
  ]);
});

it("the name that was meant is said where a function gives its capacity", async () => {
  const warnings = await warningsOf("{ bach: 4 }", "compute({ y: x.mul(2) }, { dims: { batch: 4 } })", `["batch", 2]`);
  expect(warnings).toMatchObject([{ expected: "dims of batch", hint: "did you mean batch?" }]);
});

it("a model without named dimensions needs no dims", async () => {
  expect(await warningsOf("{ n: 4 }", undefined, "[2]")).toMatchObject([
    { expected: "no dims: no tensor has a named dimension", found: "capacities of n" },
  ]);
});

it.each([
  ["inputs", "{ n: 4 }", undefined],
  ["random numbers", "{ n: 4, m: 3 }", `{ y: x.mul(2), z: randomNormal(["m"]) }`],
])("no warning where a dimension is that of %s", async (_, dims, outputs) => {
  expect(await warningsOf(dims, outputs)).toEqual([]);
});
