/** Tensors where JavaScript wants a value: said at the line; and what only looks like it passes. */
import { afterEach, expect, test } from "vitest";
import { isOptimcError, type OptimcError } from "../../compiler/diagnostics.js";
import { isModel } from "../../compiler/model/model.js";
import { readModel } from "../../compiler/read/read.js";
import * as optimc from "../../src/index.js";
import { makeProject, type Project } from "./project.js";

let project: Project | undefined;
afterEach(() => project?.remove());

const names =
  'import { configurable, input, layerNorm, linear, minimize, model, param, sgd, sort, split, where, zeros } from "optimc";';
const file = (lines: string): string => `${names}
type Any = any;
const x = input("x", ["batch", 3]), y = input("y", ["batch", 3]);
${lines}
export default model("net", { dims: { batch: 8 }, functions: { f: { y: x.mul(2) } } });
`;

async function read(lines: string): Promise<OptimcError | undefined> {
  project = makeProject({ "net.model.ts": file(lines) });
  try {
    await readModel(project.path("net.model.ts"), { modules: { optimc }, isModel });
    return undefined;
  } catch (error) {
    if (isOptimcError(error)) return error;
    throw error;
  }
}

test.each([
  ["if (x.gt(0)) { x.mul(2); }", "if (...)", "4:5"],
  ["const positive = x.gt(0);\nconst z = positive ? x : y;", "... ? ... : ...", "5:11"],
  ["const positive = (x.gt(0) as Any)!;\nconst z = !positive;", "!...", "5:12"],
  ["const z = x.gt(0) && y.gt(0);", "... && ...", "4:11"],
  ["const z = x.gt(0) || y;", "... || ...", "4:11"],
  ["const on = true; if (on && x.gt(0)) {}", "if (...)", "4:28"],
  ["while (x) { break; }", "while (...)", "4:8"],
  ["do {} while (!x);", "!...", "4:15"],
  ["for (; x.gt(1); ) break;", "for (...)", "4:8"],
  ["const z = x.sum() === 3;", "... === ...", "4:11"],
  ["const z = 'a' !== (x as Any);", "... !== ...", "4:20"],
  ["const z = x == y;", "... == ...", "4:11"],
  ["const z = -1 !== x.max();", "... !== ...", "4:18"],
  [
    "const l = linear('l', 3, 3);\nfunction block(t: Any) { const h = l(t).relu(); return h ? h : t; }\nblock(x);",
    "... ? ... : ...",
    "5:56",
  ],
  ["const w = param('w', [3], zeros());\nif (w) {}", "if (...)", "5:5"],
  ["const z = where(x.gt(0), x, y);\n[1].forEach(() => { if (z) {} });", "if (...)", "5:25"],
])("%s", async (lines, use, place) => {
  const error = await read(lines);
  expect(error?.code).toBe("invalid-argument");
  expect(error?.found).toContain(`a tensor in ${use}`);
  expect(`${error?.place?.line}:${error?.place?.column}`).toBe(place);
});

test("the first is shown, and the others with it", async () => {
  const error = await read("if (x.gt(0)) {}\nconst z = y ? 1 : 2;");
  expect(error?.related.map(({ place, label }) => `${place?.line} ${label}`)).toEqual(["5 and in ... ? ... : ..."]);
});

test.each([
  ["const options: Any = { bias: true }; if (options.bias) {} const z = options.bias ? x : y;"],
  ["function f(t?: Any) { if (t !== undefined) return t; return t ? t : t == null; } f(x); f();"],
  ["const mask = undefined as Any; const z = mask ? x.mul(mask) : x; if (!mask) {}"],
  ["let h: Any; for (const each of [x, y]) h = h ? h.add(each) : each; if (h) {}"],
  ["const z = x !== undefined && null != y; const all = [x, y].filter((each) => each !== x);"],
  ["const l = linear('l', 3, 3); if (l) {} const n = layerNorm('n', [3]); const z = n ? n(x) : x;"],
  ["const parts = split(x, [1, 2], 1); if (parts) {} const [first] = parts; if (first) {}"],
  ["const sorted = sort(x); if (sorted) {} const { values } = sorted; const z = values ? 1 : 2;"],
  ["const z = x?.mul(2) ?? y; const s = x ?? y; const { shape = 1 } = x as Any;"],
  ["{ const x = 1; if (x) {} const f = (y: Any) => (y ? 1 : 2); f(0); }"],
  ["for (const x of [0, 1]) { if (x === 1) break; } try {} catch (y) { if (y) {} }"],
  ["const chosen = 1 > 0 ? x : undefined; const z = chosen ? 1 : 2;"],
  ["const text = 'if (x.gt(0)) x && y'; // if (x.gt(0)) x ? y : x"],
  ["const f = minimize(x.mul(param('w', [3], zeros())).sum(), sgd()); if (f) {}"],
])("no false alarm: %s", async (lines) => {
  expect(await read(lines)).toBeUndefined();
});

test("operators that call something say it when they run, at their line", async () => {
  for (const lines of [
    "const z = (x as Any) + 1;",
    "const z = x < y;",
    "const z = `${x}`;",
    "const z = -(x as Any);",
    "const z = Math.max(x as Any, 0);",
  ]) {
    const error = await read(`const zero = 0;\n${lines}`);
    expect({ lines, message: error?.message, line: error?.place?.line }).toEqual({
      lines,
      message: "a tensor is used as a number",
      line: 5,
    });
  }
});

test("in a file that the model imports, and in what makes a model of values", async () => {
  project = makeProject({
    "net.model.ts": `${names}
import { block } from "./block.js";
const x = input("x", ["batch", 3]);
export default configurable({ wide: false }, ({ wide }) => {
  const y = wide ? x.mul(2) : block(x);
  return model("net", { dims: { batch: 8 }, functions: { f: { y } } });
});
`,
    "block.ts": "export function block(x: any) {\n  const h = x.relu();\n  return h ? h : x;\n}\n",
  });
  const error: unknown = await readModel(project.path("net.model.ts"), { modules: { optimc }, isModel }).catch(
    (reason: unknown) => reason,
  );
  expect(error).toMatchObject({
    code: "invalid-argument",
    place: { file: project.path("block.ts"), line: 3, column: 10 },
  });
});
