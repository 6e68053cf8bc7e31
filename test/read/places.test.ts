import { afterEach, expect, test } from "vitest";
import { readModel } from "../../compiler/read/read.js";
import { here, withPlace } from "../../compiler/ir/place.js";
import { makeProject, printCalls, standIn, type Project } from "./project.js";

let project: Project | undefined;
afterEach(() => project?.remove());

async function placesOf(files: Readonly<Record<string, string>>, main = "net.model.ts"): Promise<string[]> {
  project = makeProject(files);
  const { calls, modules } = standIn();
  await readModel(project.path(main), { modules });
  return printCalls(calls, project.path(main));
}

test("calls, chains over several lines, and calls within calls", async () => {
  const text = `import { input, linear, model } from "optimc";
interface Unused { readonly type: "is erased" }
const x: unknown = input("x"), y = input("y");
const hidden = linear("hidden");
const prediction = linear("output")(hidden(x).relu());
const loss = prediction
  .sub(y)
  .relu()
  // a comment between
  .sum();
export default model("net", { loss });
`;
  expect(await placesOf({ "net.model.ts": text })).toEqual([
    "input x 3:20",
    "input y 3:36",
    "linear hidden 4:16",
    "linear output 5:20",
    "apply hidden 5:37",
    "relu 5:47",
    // A call of a call has no name to stand at; V8 reports the end of what is called.
    "apply output 5:35",
    "sub 7:4",
    "relu 8:4",
    "sum 10:4",
    "model net 11:16",
  ]);
});

test("helpers, loops, arrays of layers and callbacks", async () => {
  const text = `import { input, linear, model } from "optimc";
import { block } from "./block.js";
function helper<N>(name: N) {
  return input(name as string);
}
const layers = [1, 2].map((n) => linear(\`l\${n}\`));
let x = helper("a");
for (const layer of layers) {
  x = layer(x);
}
x = layers[0]!(x);
x = block(x);
["p", "q"].forEach(input);
	/* é */ x.relu();
export default model("net", { x });
`;
  const block = `/** A block of two. */
export const block = (x: { relu(): unknown }) => {
  return x
    .relu();
};
`;
  expect(await placesOf({ "net.model.ts": text, "block.ts": block })).toEqual([
    "linear l1 6:34",
    "linear l2 6:34",
    "input a 4:10",
    "apply l1 9:7",
    "apply l2 9:7",
    "apply l1 11:13",
    "relu block.ts:4:6",
    "input p 13:12",
    "input q 13:12",
    "relu 14:12",
    "model net 15:16",
  ]);
});

test("a deep stack below the user's frame", async () => {
  project = makeProject({ "net.model.ts": `import { deep } from "optimc";\nexport default deep(150);\n` });
  const deep = (n: number): unknown => (n === 0 ? here() : deep(n - 1));
  const { model } = await readModel(project.path("net.model.ts"), { modules: { optimc: { deep } } });
  expect(model).toEqual({ file: project.path("net.model.ts"), line: 2, column: 16 });
});

test("functions that run after the file are placed too, until the file is read again", async () => {
  const text = `import { input, later } from "optimc";\nexport default later(() => input("late"));\n`;
  project = makeProject({ "net.model.ts": text });
  const file = project.path("net.model.ts");
  const { calls, modules } = standIn();
  const { model } = await readModel(file, { modules });
  (model as () => unknown)();
  await readModel(file, { modules });
  (model as () => unknown)();
  expect(printCalls(calls, file)).toEqual(["input late 2:28", "input late nowhere"]);
});

test("the compiler speaks for a place", () => {
  const place = { file: "/net.model.ts", line: 3, column: 4 };
  expect(here()).toBeUndefined();
  expect(withPlace(place, () => here())).toBe(place);
  expect(withPlace(place, () => withPlace(undefined, () => here()))).toBeUndefined();
  expect(() => withPlace(place, () => { throw new Error("x"); })).toThrow("x"); // prettier-ignore
  expect(here()).toBeUndefined();
});

test("stack traces are left as they were", async () => {
  const { prepareStackTrace, stackTraceLimit } = Error;
  await placesOf({ "net.model.ts": `import { input } from "optimc";\nexport default input("x");\n` });
  expect(Error.prepareStackTrace).toBe(prepareStackTrace);
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
});
