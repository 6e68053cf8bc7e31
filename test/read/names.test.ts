import { afterEach, expect, test } from "vitest";
import { readModel } from "../../compiler/read/read.js";
import { makeProject, standIn, type Project } from "./project.js";

let project: Project | undefined;
afterEach(() => project?.remove());

async function namesOf(body: string): Promise<Record<string, string | undefined>> {
  project = makeProject({ "net.model.ts": `import { input, linear, model } from "optimc";\n${body}\n` });
  const { calls, modules } = standIn();
  const { nameAt } = await readModel(project.path("net.model.ts"), { modules });
  return Object.fromEntries(calls.map(({ name, place }) => [name, place && nameAt(place)]));
}

test("constants, properties and assignments", async () => {
  const names = await namesOf(`
    const a = input("const");
    let b; b = input("assigned");
    const c = { property: input("property"), "quoted name": input("quoted"), [a.relu()]: input("computed") };
    class D { static field = input("field"); }
    const e: { x?: unknown } = {}; e.x = input("member");
    export default model("m", {});
  `);
  expect(names).toEqual({
    "input const": "a",
    "input assigned": "b",
    "input property": "property",
    "input quoted": "quoted name",
    relu: undefined,
    "input computed": undefined,
    "input field": "field",
    "input member": "x",
    "model m": undefined,
  });
});

test("the call that makes the value has the name, calls within it do not", async () => {
  const names = await namesOf(`
    const hidden = linear("hidden");
    const output = linear("once")(0);
    const loss = hidden(input("inner"))
      .relu()
      .sum();
    export default model("m", {});
  `);
  expect(names).toEqual({
    "linear hidden": "hidden",
    "linear once": undefined,
    "apply once": "output",
    "input inner": undefined,
    "apply hidden": undefined,
    relu: undefined,
    sum: "loss",
    "model m": undefined,
  });
});

test("wrappings that keep the value keep the name; destructuring, returns and arguments have none", async () => {
  const names = await namesOf(`
    const a = (input("parentheses"));
    const b = input("as") as unknown satisfies unknown;
    const c = input("non-null")!;
    const d = await input("await");
    const e = d ? input("branch") : null;
    const f = input("condition") ? 1 : 2;
    const { relu } = input("destructured");
    const [g] = [input("element")];
    const h = (() => input("returned"))();
    const i = <unknown>input("assertion");
    export default input("default");
  `);
  expect(names).toEqual({
    "input parentheses": "a",
    "input as": "b",
    "input non-null": "c",
    "input await": "d",
    "input branch": "e",
    "input condition": undefined,
    "input destructured": undefined,
    "input element": undefined,
    "input returned": undefined,
    "input assertion": "i",
    "input default": undefined,
  });
});
