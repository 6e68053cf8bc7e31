/** What whole modules may and may not contain. */
import { sequence } from "../../compiler/ir/program.js";
import { expect, test } from "vitest";
import { emitModule } from "../../compiler/emit/module.js";
import { compileProgram, compileStages } from "../../compiler/compile.js";
import type { CompiledFunction, CompiledProgram } from "../../compiler/emit/compiled.js";
import { js } from "../../compiler/targets/js/js.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { input, linear, minimize, model, param, adam, state, assign, compute, dropout } from "../../src/index.js";
import { models } from "../plan/models.js";
import { instantiate, numbersOf } from "../run.js";

const allowed = new Set(["sqrt", "fround", "imul", "floor", "abs"]);

const withoutComments = (text: string): string => text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/^\s*\/\/.*$/gm, "");

const dynamic = /Math\[|\*\*|\beval\b|\bFunction\b|\brequire\b|import\(|globalThis|process|Date|performance/;

test.each(Object.entries(models))(
  "%s: of Math only what every engine computes alike, and nothing dynamic",
  (_name, make) => {
    const [inWasm, inJs] = compileStages(make(), [wasm, js]).programs as readonly [CompiledProgram, CompiledProgram];
    const emit = (programs: readonly CompiledProgram[], inline = false) =>
      emitModule(programs, { source: "m.model.ts", version: "0", inline }).javascript;
    const texts = {
      js: emit([inJs]),
      wasm: emit([inWasm]),
      both: emit([inWasm, inJs]),
      inline: emit([inWasm, inJs], true),
    };
    for (const text of Object.values(texts)) {
      const code = withoutComments(text).replace(/base64: ".*?"/g, "");
      const used = new Set([...code.matchAll(/Math\.(\w+)/g)].map((match) => match[1] as string));
      expect([...used].filter((each) => !allowed.has(each))).toEqual([]);
      expect(code).not.toMatch(dynamic);
      expect(code.match(/^import .*$/gm)).toEqual([
        `import { ${text === texts.js ? "javascriptProgram as program" : "program"} } from "optimc/runtime";`,
      ]);
    }
    const kernels = (text: string) => text.includes("function bindKernels(memory)");
    expect(Object.values(texts).map(kernels)).toEqual([true, false, true, true]);
    const files = (text: string) => text.match(/new URL\(.*?\)/g)?.length ?? 0;
    expect(Object.values(texts).map(files)).toEqual([0, 2, 2, 0]);
    const host = (text: string) => text.slice(text.indexOf("function host("), text.indexOf("export default"));
    expect([host(texts.wasm), host(texts.both)]).toEqual([host(texts.js), host(texts.js)]);
  },
);

test("programs that do not lie alike, or whose kernels are given other numbers, share no module", () => {
  const program = compileProgram(models.tied(), { target: js });
  const options = { source: "m.model.ts", version: "0" };
  const refused = (other: CompiledProgram) =>
    expect(() => emitModule([program, other], options)).toThrow("tied: the programs for js and js differ (a defect of");
  expect(emitModule([program, program], options).javascript).toContain("tied");
  const [[id, offset]] = [...program.layout.offsets] as [[string, number]];
  const offsets = new Map([...program.layout.offsets, [id, offset + 64]]);
  refused({ ...program, layout: { ...program.layout, offsets } });
  const without = (made: CompiledFunction) => ({ ...made, steps: sequence<never>([]) });
  refused({ ...program, functions: program.functions.map(without) });
  refused({ ...program, initialize: without(program.initialize) });
});

const labels = [
  "*/ globalThis.injected = true; /*",
  "`${globalThis.injected = true}`",
  '"; globalThis.injected = true; "',
  "'; globalThis.injected = true; '",
  "\\",
  "\u2028globalThis.injected = true;",
  "constructor",
  "toString",
  "while",
  "arguments",
  "memory",
  "dims",
  "program",
  "javascript",
  "bind",
  "functions",
  "initialize",
  "exp",
  "名前",
  "x".repeat(190),
];

test.each(labels)("names cannot leave their place: %j", (label) => {
  const x = input(label, [label, 4]);
  const layer = linear(label, 4, 3);
  const count = state(`${label} count`, [], 0);
  const scale = param(label, [], 1);
  const y = dropout(layer(x).mul(scale).sigmoid(), 0.5, { name: label });
  const made = model(label, {
    dims: Object.fromEntries([[label, 2]]),
    functions: Object.fromEntries([
      // Functions are called by their names: these are identifiers, and not those of other properties.
      [
        /^[a-z]+$/.test(label) && !(label in {}) && !["program", "memory", "dims"].includes(label) ? label : "run",
        compute(Object.fromEntries([[label, y]]), { effects: [assign(count, (current) => current.add(1))] }),
      ],
      ["learn", minimize(y.square().sum(), adam(), { also: Object.fromEntries([[`${label}.`, y]]) })],
    ]),
  });
  const program = compileProgram(made, { target: js, nameAt: () => label });
  const live = instantiate(program);
  const result = live.call("learn", Object.fromEntries([[label, [1, 2, 3, 4]]]));
  expect(numbersOf(result[`${label}.`])).toHaveLength(3);
  expect((globalThis as { injected?: unknown }).injected).toBeUndefined();
});

test.each(["a.model.ts\nglobalThis.injected = true;", "a\u2028globalThis.injected = true;", "*/ x /*"])(
  "the source's name cannot leave the header: %j",
  (source) => {
    const { javascript } = emitModule([compileProgram(models.single(), { target: js })], { source, version: "0" });
    const [header, second] = javascript.split(/[\n\r\u2028\u2029]/);
    expect(header).toMatch(/^\/\/ generated by optimc/);
    expect(second).toBe('import { javascriptProgram as program } from "optimc/runtime";');
  },
);
