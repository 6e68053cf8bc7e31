import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, describe, expect, test } from "vitest";
import { emitDeclaration } from "../../compiler/emit/declaration.js";
import { compileProgram } from "../../compiler/compile.js";
import { js } from "../../compiler/targets/js/js.js";
import { input, model, type Model } from "../../src/index.js";
import { models } from "../plan/models.js";
import { oddities, polynomial, softmaxClassifier, twoLayerNet } from "./models.js";

const folder = mkdtempSync(join(tmpdir(), "optimc-declaration-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "package.json"), '{ "type": "module" }');

const declare = (model: Model, module?: string): string =>
  emitDeclaration(compileProgram(model, { target: js }), {
    source: "net.model.ts",
    version: "1.2.3",
    ...(module !== undefined && { module }),
  });

const all: Readonly<Record<string, () => Model>> = {
  net: () => twoLayerNet([1000, 100, 10, 64]),
  curve: polynomial,
  softmaxClassifier,
  oddities,
  ...models,
};
for (const [name, make] of Object.entries(all)) writeFileSync(join(folder, `${name}.d.ts`), declare(make()));

/** What TypeScript finds wrong in a file that uses the declarations, by line of the file. */
function faults(files: Readonly<Record<string, string>>): Readonly<Record<string, readonly string[]>> {
  const paths = Object.keys(files).map((name) => join(folder, `${name}.ts`));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, `${name}.ts`), text);
  const program = ts.createProgram(paths, {
    target: ts.ScriptTarget.ES2023,
    lib: ["lib.es2023.d.ts"],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: [],
    paths: { "optimc/runtime": [fileURLToPath(new URL("../../runtime/default.ts", import.meta.url))] },
  });
  const found = ts.getPreEmitDiagnostics(program);
  const text = ({ file, start, messageText }: ts.Diagnostic): string => {
    const line = file && start !== undefined ? file.getLineAndCharacterOfPosition(start).line + 1 : 0;
    return `${line}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  };
  const foreign = found.filter(({ file }) => !paths.includes(file?.fileName ?? ""));
  expect(foreign.map((each) => `${each.file?.fileName} ${text(each)}`)).toEqual([]);
  return Object.fromEntries(
    Object.keys(files).map((name, i) => [name, found.filter(({ file }) => file?.fileName === paths[i]).map(text)]),
  );
}

const header = `
import net, { type TwoLayerNet } from "./net.js";
import odd, { type N2OddNames } from "./oddities.js";
import type { ModelState } from "optimc/runtime";
const x = new Float32Array(64000), y = new Float32Array(640);
const made: TwoLayerNet = await net.create({ seed: 1 });
const other: N2OddNames = odd.createSync({ target: "js" });
`;

const right = `${header}
const loss: number = made.train({ x, y }).loss;
made.train({ x: [1, 2, 3], y: new Float64Array(10) }, { lr: 1e-3, betas: [0.8, 0.9], eps: 1e-7, dims: { batch: 3 } });
const prediction: Float32Array = made.predict({ x }).prediction;
made.predict({ x: made.inputs.predict.x }, { into: { prediction: new Float32Array(640) } });
made.parameters["hidden.weight"].fill(0);
made.parameters["output.bias"][0] = loss + prediction.length;
const saved: ModelState = made.state();
made.load(saved);
made.load(JSON.parse(JSON.stringify(saved)));
const { any, positive, ...rest } = other.predict({ "x-ray": [1], mask: [true, false] }, { dims: { time: 9 } });
const truth: boolean = any, bytes: Uint8Array = positive, classes: Int32Array = rest["the class"];
other.train({ "x-ray": x, labels: [1, 2] }, { lr: 0.1, dims: { batch: 2 } });
other.train({ "x-ray": x, labels: new Uint8Array(2) });
other.reset();
export { truth, bytes, classes, net as default };
`;

const wrong = [
  "made.train({ x });",
  "made.train({ x, y, z: y });",
  "made.train({ x, y: ['1'] });",
  "made.train({ x, y }, { learningRate: 1 });",
  "made.train({ x, y }, { lr: '1' });",
  "made.train({ x, y }, { betas: [0.9] });",
  "made.train({ x, y }, { into: { loss: y } });",
  "made.train({ x, y }, { dims: { time: 3 } });",
  "made.train({ x, y }).prediction;",
  "made.predict({ x }, { into: { predicted: y } });",
  "made.predict({ x }, { into: { prediction: new Float64Array(640) } });",
  "made.predict({ x }, { lr: 1 });",
  "made.predict({ x }).prediction = y.slice().buffer;",
  "made.parameters['hidden.wait'];",
  "made.parameters['hidden.weight'] = y;",
  "made.inputs.predict.y;",
  "made.fit({ x, y });",
  "made.load({});",
  "net.create({ sead: 1 });",
  "net.create({ target: 'gpu' });",
  "net.createSync({ target: 'wasm-relaxed' });",
  "other.train({ 'x-ray': x, labels: new Float32Array(2) });",
  "other.predict({ 'x-ray': x, mask: [1] });",
  "other.predict({ 'x-ray': x, mask: [true] }, { into: { any: y } });",
  "other.reset({ x });",
];

describe("a declaration, as TypeScript reads it", () => {
  const everything = Object.keys(all).map((name) => `export { default as ${name} } from "./${name}.js";`);
  const found = faults({ right, wrong: header + wrong.join("\n"), everything: everything.join("\n") });

  test("right uses compile", () => expect(found["right"]).toEqual([]));

  test("every model's declaration compiles", () => expect(found["everything"]).toEqual([]));

  test.each(wrong.map((line, i) => [line, i + header.split("\n").length] as const))("%s is refused", (_, line) => {
    expect(found["wrong"]?.filter((each) => each.startsWith(`${line}: `))).toHaveLength(1);
  });
});

test("the declaration of a two-layer net", () => {
  expect(declare(twoLayerNet([1000, 100, 10, 64])).replace(/[\d.]+ MB/, "2.2 MB")).toMatchInlineSnapshot(`
    "// generated by optimc 1.2.3 from net.model.ts; changes are lost when it is built again
    import type { Float32, FloatInput, LoadOptions, LoadReport, ModelState, Module, Shapes } from "optimc/runtime";

    /**
     * A net of the model 'two-layer-net': float32, 2.2 MB of memory.
     * Capacity: batch up to 64.
     */
    export interface TwoLayerNet {
      /**
       * Computes prediction.
       * Capacity: batch up to 64.
       */
      predict(
        inputs: { x: FloatInput<["batch", 1000]> },
        options?: {
          /** Arrays that results are written to, instead of new ones. */
          into?: { prediction?: Float32<["batch", 10]> };
          /** Sizes that the lengths of the inputs do not determine. */
          dims?: { batch?: number };
        },
      ): { prediction: Float32<["batch", 10]> };

      /**
       * One step of training: updates hidden.weight, hidden.bias, output.weight and output.bias with adam
       * (elementwise).
       * Returns the loss from before the update.
       * Capacity: batch up to 64.
       */
      train(
        inputs: { x: FloatInput<["batch", 1000]>; y: FloatInput<["batch", 10]> },
        options?: {
          /** Default 0.0001; at least 0. */
          lr?: number;
          /** Default [0.9, 0.999]; each at least 0 and below 1. */
          betas?: readonly [number, number];
          /** Default 1e-8; at least 0. */
          eps?: number;
          /** Sizes that the lengths of the inputs do not determine. */
          dims?: { batch?: number };
        },
      ): { loss: number };

      /** The target that the net runs on; "wasm-relaxed" may fuse multiplications with additions. */
      readonly target: "js" | "wasm" | "wasm-relaxed";

      /** Why the net does not run on the preferred target; undefined if it does. */
      readonly fallback: string | undefined;

      /** The parameters: live, writable views of the net's memory. */
      readonly parameters: {
        readonly "hidden.weight": Float32<[100, 1000]>;
        readonly "hidden.bias": Float32<[100]>;
        readonly "output.weight": Float32<[10, 100]>;
        readonly "output.bias": Float32<[10]>;
      };

      /** The shapes of the parameters and states, and of what each function takes and returns. */
      readonly shapes: Shapes;

      /** The capacities of the named dimensions. */
      readonly dims: { readonly batch: number };

      /**
       * The inputs of each function: live views at full capacity. A function that is called with such a view
       * reads it in place.
       */
      readonly inputs: {
        readonly predict: { readonly x: Float32<["batch", 1000]> };
        readonly train: { readonly x: Float32<["batch", 1000]>; readonly y: Float32<["batch", 10]> };
      };

      /** A copy of everything that training changes. */
      state(): ModelState;

      /**
       * Restores a saved state, so that training continues bit for bit. Refuses a state that does not fit as a
       * whole; with \`{ strict: false }\` it loads what fits by name and leaves the rest unchanged.
       */
      load(state: ModelState, options?: LoadOptions): LoadReport;
    }

    /** Makes nets: \`const net = await twoLayerNet.create({ seed: 1 })\`. */
    declare const twoLayerNet: Module<TwoLayerNet>;
    export default twoLayerNet;
    "
  `);
});

test("the default export is named after the module, the interface after the model", () => {
  const text = declare(twoLayerNet([3, 2, 1, 4]), "my net.v2");
  expect(text).toContain("declare const myNetV2: Module<TwoLayerNet>;\nexport default myNetV2;");
});

test("names that end comments or are no identifiers are harmless", () => {
  const text = declare(oddities());
  expect(text).toContain("A net of the model '2 odd * / names'");
  expect(text).toContain('"the class": Int32<["batch"]>;');
  expect(text).toContain('later?: Float32<["batch", "time-1"]>;');
  expect(text).toContain("/** Default as scheduled; at least 0. */");
  expect(text).toContain("/** Indices: at least 0 and below 3. */");
});

test("it imports the types that it uses, and none that a name only spells", () => {
  const named = model("m", { functions: { run: { "Bool, Float64;": input("Int32<", [2]).square() } } });
  expect(declare(named)).toContain(
    'import type { Float32, FloatInput, LoadOptions, LoadReport, ModelState, Module, Shapes } from "optimc/runtime";',
  );
});
