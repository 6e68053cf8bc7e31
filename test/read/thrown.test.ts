/** Whatever a model file or a configuration throws or exports, it is said of the file: never an error of our own. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { isOptimcError } from "../../compiler/diagnostics.js";
import { failureOf } from "../../cli/apart/failure.js";
import * as optimc from "../../src/index.js";
import { run } from "../../cli/run.js";
import { makeProject, type Project } from "./project.js";

let project: Project;
beforeAll(() => void (project = makeProject()));
afterAll(() => project.remove());

async function build(...files: string[]): Promise<{ code: number; error: string }> {
  const error: string[] = [];
  const code = await run(["build", ...files, "--target", "js"], {
    terminal: { out: () => {}, error: (line) => void error.push(line), color: false, cwd: project.folder },
    loadCompiler: () => import("../../compiler/compile.js"),
    read: { modules: { optimc, "optimc/config": { defineConfig: (config: object) => config } } },
  });
  return { code, error: error.join("\n") };
}

const throwing = "{ get() { throw 1; } }";
const odd: readonly string[] = [
  "null",
  "undefined",
  "0",
  '""',
  "Symbol('s')",
  "10n",
  "() => {}",
  "[]",
  "{}",
  "Object.create(null)",
  "{ message: 'no error' }",
  "{ get then() { throw 1; } }",
  "{ constructor: null, toString: null }",
  "Object.assign(new Error('m'), { message: 5 })",
  "Object.assign(new Error('m'), { message: Symbol('s'), name: null })",
  "Object.assign(new Error('m'), { stack: 5 })",
  "Object.assign(new Error('m'), { stack: null, name: {} })",
  "Object.assign(new Error('m'), { stack: { toString() { throw 1; } } })",
  `Object.defineProperty(new Error("m"), "message", ${throwing})`,
  `Object.defineProperty(new Error("m"), "stack", ${throwing})`,
  `Object.defineProperty(new Error("m"), "name", ${throwing})`,
  `Object.defineProperty(new Error("m"), Symbol.for("optimc.error"), ${throwing})`,
  "Object.setPrototypeOf(new Error('m'), null)",
  "Object.freeze(new Error('m'))",
  "new Proxy(new Error('m'), { get() { throw 1; }, has() { throw 1; }, getPrototypeOf() { throw 1; } })",
  "new Proxy({}, { get() { throw 1; }, has() { throw 1; }, ownKeys() { throw 1; } })",
  "new Proxy(() => {}, { get() { throw 1; }, has() { throw 1; }, apply() { throw 1; } })",
  "(() => { const { proxy, revoke } = Proxy.revocable([], {}); revoke(); return proxy; })()",
  "(() => { const { proxy, revoke } = Proxy.revocable(() => {}, {}); revoke(); return proxy; })()",
  "{ [Symbol.for('optimc.error')]: true }",
  "{ [Symbol.for('optimc.error')]: true, code: 'no-model', message: 'm', related: 5, place: { file: 1 } }",
  "Object.assign(new Error('m'), { [Symbol.for('optimc.error')]: true, code: 'no such code' })",
  "Object.assign(new Error('m'), { [Symbol.for('optimc.error')]: true, code: 'no-model', related: [null, 1, { label: {} }] })",
  "new (class extends Error { get message() { return 7; } })()",
  "new Error('a'.repeat(1e6))",
  "new DOMException('m')",
  "new AggregateError([new Error('m')])",
];

test.each(odd)("%s, thrown by a model file and by what makes a model of values", async (value) => {
  project.write("net.model.ts", `throw ${value};`);
  project.write(
    "late.model.ts",
    `import { configurable } from "optimc";\nexport default configurable({}, () => { throw ${value}; });`,
  );
  const { code, error } = await build("net.model.ts", "late.model.ts");
  expect(error).not.toContain("internal error");
  expect(error.match(/^error\[(model-file-threw|no-model)\]: ./gm)).toHaveLength(2);
  expect(code).toBe(1);
});

test.each(odd)("%s, exported by a model file", async (value) => {
  project.write("net.model.ts", `export default ${value.startsWith("{") ? `(${value})` : value};`);
  const { code, error } = await build("net.model.ts");
  expect(error).toMatch(/^error\[(no-model|model-file-threw)\]: /);
  expect(code).toBe(1);
});

test.each(odd)("%s, thrown by a function that is called when the model is compiled", async (value) => {
  project.write(
    "net.model.ts",
    `import { input, minimize, model, param, sgd, zeros } from "optimc";
const loss = input("x", ["batch", 3]).mul(param("w", [3], zeros())).sum();
export default model("net", {
  dims: { batch: 2 },
  functions: { train: minimize(loss, sgd({ lr: (t) => { throw ${value}; } })) },
});`,
  );
  const { code, error } = await build("net.model.ts");
  expect(error).toMatch(/^error\[(no-model|model-file-threw)\]: /);
  expect(code).toBe(1);
});

test.each(odd)("%s, thrown by a configuration, and as a setting", async (value) => {
  project.write("net.model.ts", "export default 1;");
  project.write("throws.config.mjs", `throw ${value};`);
  project.write("setting.config.mjs", `export default { outDir: ${value}, get budget() { throw ${value}; } };`);
  for (const name of ["throws", "setting"]) {
    const { code, error } = await build("net.model.ts", "--config", `${name}.config.mjs`);
    expect(error).toMatch(/^error\[(invalid-config|model-file-threw|no-model)\]: /);
    expect(code).toBe(1);
  }
});

const threw = (what: string, file: string): RegExp =>
  new RegExp(
    `^error\\[model-file-threw\\]: the ${what} threw [^]*?\n {2}at ${file.replaceAll(".", "\\.")}:1:\\d+$`,
    "m",
  );

test.each(["null", '"text"', "{}", "Object.create(null)", "Object.assign(new Error('m'), { stack: '' })"])(
  "%s has no place of its own: the file is named",
  async (value) => {
    project.write("net.model.ts", `throw ${value};`);
    project.write(
      "made.model.ts",
      `import { configurable } from "optimc"; export default configurable({}, () => { throw ${value}; });`,
    );
    project.write(
      "late.model.ts",
      `import { input, minimize, model, param, sgd } from "optimc"; const loss = input("x", [3]).mul(param("w", [3], 0)).sum();
export default model("net", { functions: { train: minimize(loss, sgd({ lr: () => { throw ${value}; } })) } });`,
    );
    project.write("throws.config.mjs", `throw ${value};`);
    project.write("setting.config.mjs", `export default { get budget() { throw ${value}; } };`);
    for (const file of ["net.model.ts", "made.model.ts", "late.model.ts"])
      expect((await build(file)).error).toMatch(threw("model file", file));
    for (const file of ["throws.config.mjs", "setting.config.mjs"])
      expect((await build("net.model.ts", "--config", file)).error).toMatch(threw("configuration file", file));
  },
);

test.each(odd)("%s, as data for another process", (value) => {
  const made: unknown = new Function(`return ${value.startsWith("{") ? `(${value})` : value}`)();
  expect(() => structuredClone(failureOf(made))).not.toThrow();
  expect(typeof isOptimcError(made)).toBe("boolean");
});
