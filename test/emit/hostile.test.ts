/**
 * Names are the user's: whatever stands in them, a model is refused with a diagnostic or compiles to code that does
 * what it does under plain names, on both targets, with its state saved and loaded, its declaration well-formed, and
 * nothing of the names run as code.
 */
import fc from "fast-check";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, describe, expect, it } from "vitest";
import type { Compiled } from "../../compiler/compile.js";
import { isOptimcError } from "../../compiler/diagnostics.js";
import { proveScript } from "../../compiler/emit/prove.js";
import { stamped } from "../../compiler/read/stamp.js";
import { standalone } from "../../compiler/emit/standalone.js";
import { isIdentifier } from "../../compiler/ir/identifier.js";
import { js } from "../../compiler/targets/js/js.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { adam, assign, compute, dropout, input, linear, minimize, model, param, state } from "../../src/index.js";
import type { Model } from "../../src/index.js";
import { compiled } from "../end/emit.js";
import { isLong, runs, some } from "../runs.js";
import { build } from "../run.js";

const parts = [
  '"', "'", "`", "\\", "\\u0022", "${globalThis.injected = 1}", "*/globalThis.injected = 1;/*", "//", "<!--", "</script>",
  "\u2028globalThis.injected = 1;\u2029", "\n", "\r", "\t", "\0", "😀", "é", "名前", "\u202e", "\u2066\u061c", "\\\u200f", "</ScRiPt", "\ufeff", "\ud800", " ", ".", "-", "[0]",
  "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "then", "loss", "into", "dims", "state", "load", "inputs",
  "class", "await", "let", "default", "arguments", "eval", "undefined", "NaN", "Math", "globalThis", "0", "-1", "1e3",
  ");globalThis.injected = 1;(", "(module)", "$x", ';; "', "a", "x".repeat(190), "y".repeat(10_000),
]; // prettier-ignore

const name = fc.oneof(
  fc.constantFrom(...parts),
  fc.array(fc.constantFrom(...parts), { minLength: 2, maxLength: 3 }).map((chosen) => chosen.join("")),
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
);
/** What changes how a text is read, or ends the script that it is put into. */
const treacherous = /[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|<\/script|<!--/i;

/** Functions are identifiers: most others are refused before anything is compiled. */
const identifier = fc.constantFrom(...parts.filter(isIdentifier), "予測", "Größe", "ℵ", "𝒳");
const functionName = fc.oneof({ weight: 6, arbitrary: identifier }, { weight: 1, arbitrary: name });
const names = fc.record({
  own: fc.uniqueArray(name, { minLength: 9, maxLength: 9 }),
  functions: fc.uniqueArray(functionName, { minLength: 2, maxLength: 2 }),
  group: identifier,
});
type Names = typeof names extends fc.Arbitrary<infer N> ? N : never;

const plain: Names = {
  own: ["net", "x", "batch", "layer", "scale", "count", "result", "mask", "more"],
  functions: ["predict", "train"],
  group: "scales",
};

const recordOf = <T>(...entries: (readonly [string, T])[]): Record<string, T> =>
  Object.assign(Object.create(null) as Record<string, T>, Object.fromEntries(entries));

function made({ own, functions, group }: Names): Model {
  const [net, xName, dim, layerName, scaleName, countName, resultName, maskName, moreName] = own as [
    string, string, string, string, string, string, string, string, string,
  ]; // prettier-ignore
  const [first, second] = functions as [string, string];
  const x = input(xName, [dim, 4]);
  const scale = param(scaleName, [4], 0.5);
  const count = state(countName, [], 0);
  const layer = linear(layerName, 4, 3);
  const y = dropout(layer(x.mul(scale)).tanh(), 0.5, { name: maskName });
  const ofGroup = {
    match: ({ name }: { name: string }) => name === scaleName,
    lr: 0.05,
    betas: [0.85, 0.995] as const,
  };
  return model(net, {
    dims: recordOf([dim, 4]),
    functions: recordOf<never>(
      [first, compute(recordOf([resultName, x.mul(scale)]), { effects: [assign(count, (n) => n.add(1))] }) as never],
      [
        second,
        minimize(x.mul(scale).square().sum(), adam({ lr: 0.1, groups: recordOf([group, ofGroup]) }), {
          also: recordOf([moreName, y.mul(0).abs()]),
        }) as never,
      ],
    ),
  });
}

/** What the model computes, apart from names: initial weights depend on theirs, so that they are left out. */
function outcome(model: Model, { own, functions, group }: Names, target: typeof js | typeof wasm): unknown {
  const [, x, , , scale, count, result, , more] = own as [string, string, string, string, string, string, string, string, string]; // prettier-ignore
  const [first, second] = functions as [string, string];
  const inputs = recordOf([x, [1, 2, 3, 4, 5, 6, 7, 8]]);
  const net = build(model as never, { target });
  const options = { groups: recordOf([group, { lr: 0.2 }]) };
  const steps = [
    net.call(first, inputs)[result],
    net.call(second, inputs)["loss"],
    net.call(second, inputs, options)[more],
  ];
  const saved = net.state();
  const other = build(model as never, { target });
  other.load(saved);
  expect(other.state()).toEqual(saved);
  const again = [net, other].map((each) => [each.call(first, inputs)[result], each.call(second, inputs)["loss"]]);
  expect(again[1]).toEqual(again[0]);
  expect(Object.keys(net.parameters)).toContain(scale);
  return [steps, again[0], [...(net.parameters[scale] as Float32Array)], [...(saved.state[count] as Float32Array)]];
}

const reasons = new Set(["invalid-name", "reserved-name", "duplicate-name"]);
const expected = [js, wasm].map((target) => outcome(made(plain), plain, target));
const folder = mkdtempSync(join(tmpdir(), "optimc-hostile-"));
afterAll(() => rmSync(folder, { recursive: true }));
const declarations: string[] = [];
const scripts: Compiled[] = [];
let accepted = 0;

/** Whether the names made a model; what they make is held to what plain names make. */
function check(chosen: Names): boolean {
  let model: Model;
  try {
    model = made(chosen);
  } catch (error) {
    if (!isOptimcError(error)) throw error;
    expect(reasons, error.message).toContain(error.code);
    expect(error.message.length).toBeLessThan(400);
    return false;
  }
  expect([js, wasm].map((target) => outcome(model, chosen, target))).toEqual(expected);
  const all = compiled(model);
  JSON.parse(JSON.stringify(all.manifest));
  expect(all.explain()).not.toContain("\0");
  const stages = (["graph", "gradient", "update", "groups", "steps", "kernels", "wat", "memory"] as const).map((each) =>
    all.print(each),
  );
  const about = { file: "net.model.ts", sources: [], options: {}, outputs: new Map() };
  const manifest = stamped("/net.manifest.json", all.manifest, about);
  expect(JSON.parse(manifest)).toMatchObject(JSON.parse(JSON.stringify(all.manifest)) as object);
  for (const text of [all.javascript, all.declaration, manifest, all.explain(), ...all.summary, ...stages])
    expect(text).not.toMatch(treacherous);
  const parsed = ts.transpileModule(all.declaration, { reportDiagnostics: true, fileName: "net.ts" });
  expect(parsed.diagnostics?.map(({ messageText }) => messageText)).toEqual([]);
  expect((globalThis as { injected?: unknown }).injected).toBeUndefined();
  declarations.push(all.declaration);
  scripts.push(all);
  return true;
}

describe("hostile names", () => {
  it.each(some(parts.map((part, number) => [part.slice(0, 40), part, number] as const)))(
    "%j",
    (_, part, number) => {
      check({ ...plain, own: plain.own.map((each) => part.slice(0, 150) + each) });
      // As a whole name, in a place after another: the generated ones come by all of them.
      check({ ...plain, own: plain.own.map((each, at) => (at === number % plain.own.length ? part : each)) });
      check({ ...plain, functions: number % 2 === 0 ? [part, "train"] : ["predict", part] });
      check({ ...plain, group: part });
    },
    60_000,
  );

  it("generated ones", () => {
    fc.assert(
      fc.property(names, (chosen) => void (accepted += Number(check(chosen)))),
      runs(60, 1),
    );
    if (isLong) expect(accepted).toBeGreaterThan(2);
  });

  it("scripts parse, and hold the runtime where they stand alone", async () => {
    for (const { javascript } of scripts) await proveScript("net.js", javascript);
    for (const each of scripts.slice(-10)) {
      const alone = await standalone(each.parts);
      await proveScript("net.js", alone);
      expect(alone).not.toMatch(treacherous);
    }
  }, 60_000);

  it("declarations are typed without faults", () => {
    const files = declarations.slice(-40).map((text, at) => {
      const file = join(folder, `net${at}.d.ts`);
      writeFileSync(file, text);
      return file;
    });
    const program = ts.createProgram(files, {
      target: ts.ScriptTarget.ES2023,
      lib: ["lib.es2023.d.ts"],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      strict: true,
      noEmit: true,
      types: [],
      paths: { "optimc/runtime": [fileURLToPath(new URL("../../runtime/default.ts", import.meta.url))] },
    });
    const found = ts
      .getPreEmitDiagnostics(program)
      .filter(({ file }) => files.includes(file?.fileName ?? ""))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "));
    expect(found).toEqual([]);
  });
});
