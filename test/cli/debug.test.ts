/** `optimc build --debug`: the first value that is not finite is named, and the call changes nothing. */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compileModel, type TargetName } from "../../compiler/compile.js";
import { run } from "../../cli/run.js";
import * as optimc from "../../src/index.js";
import { everything } from "../end/environments/nets.js";
import { makeProject, type Project } from "../read/project.js";

const source = (
  precision: string,
) => `import { adam, input, linear, minimize, model, param, sgd, state, assign, where } from "optimc";

const x = input("x", ["batch", 5]);
const keep = input("keep", ["batch", 5], "bool");
const hidden = linear("hidden", 5, 3);
const scale = param("scale", [], 2);
const seen = state("seen", [3], 0);

const activations = hidden(x).mul(scale);
const logarithms = x.log();
const loss = activations.square().sum().add(logarithms.sum().mul(0.001));
const masked = where(keep, x, -Infinity).softmax(-1);

export default model("net", {
  precision: "${precision}",
  dims: { batch: 7 },
  functions: {
    predict: { masked, activations },
    train: minimize(loss, adam({ lr: 0.01 })),
    jump: minimize(activations.square().sum(), sgd({ lr: 0.1 }), { effects: [assign(seen, (before) => before.minimum(activations.sum(0)))] }),
    ratio: { mean: logarithms.sum().div(logarithms.sum()) },
  },
});
`;

interface Net {
  readonly target: string;
  state(): unknown;
  readonly train: (inputs: object, options?: object) => { loss: number };
  readonly jump: (inputs: object, options?: object) => { loss: number };
  readonly predict: (inputs: object) => Record<string, Float32Array>;
  readonly ratio: (inputs: object) => { mean: number };
}

let project: Project;
beforeAll(() => void (project = makeProject()));
afterAll(() => project.remove());

let builds = 0;

async function built(precision: string, targets: readonly TargetName[], ...argv: string[]): Promise<Net> {
  const folder = `build${++builds}`;
  project.write("model.ts", source(precision));
  const errors: string[] = [];
  const code = await run(
    ["build", "model.ts", "--standalone", "--out-dir", folder, "--target", targets.join(), ...argv],
    {
      terminal: { out: () => {}, error: (line) => void errors.push(line), color: false, cwd: project.folder },
      loadCompiler: () => import("../../compiler/compile.js"),
      read: { modules: { optimc } },
    },
  );
  expect({ code, errors }).toEqual({ code: 0, errors: [] });
  project.write("package.json", '{ "type": "module" }');
  const url = pathToFileURL(project.path(`${folder}/model.js`)).href;
  const { default: module } = (await import(/* @vite-ignore */ url)) as {
    readonly default: { create(options: object): Promise<Net> };
  };
  return module.create({ seed: 2 });
}

const batch = (rows: number) => Float32Array.from({ length: rows * 5 }, (_, i) => 0.5 + ((i * 7) % 5));

const withZero = (): Float32Array => {
  const x = batch(4);
  x[3 * 5 + 2] = 0;
  return x;
};

describe.each([
  ["float32", ["js"]],
  ["float64", ["js"]],
  ["float32", ["wasm"]],
  ["float64", ["wasm"]],
  ["float32", ["js", "wasm"]],
] as const)("a debug module, %s, %j", (precision, targets) => {
  let net: Net;
  let plain: Net;
  beforeAll(async () => {
    net = await built(precision, targets, "--debug");
    plain = await built(precision, targets);
  });

  it("computes the same bits as a module that fuses and does not look", () => {
    for (let step = 0; step < 5; step++) {
      const rows = 1 + step;
      expect(net.train({ x: batch(rows) })).toEqual(plain.train({ x: batch(rows) }));
      expect(net.jump({ x: batch(rows) }, { lr: 1e-3 })).toEqual(plain.jump({ x: batch(rows) }, { lr: 1e-3 }));
    }
    expect(net.state()).toEqual(plain.state());
  });

  it("names the operation, the line, the kernel and the element; the call changes nothing", () => {
    const before = net.state();
    const message =
      /^net\.train: loss became -Infinity\. The first value that is not finite: -Infinity, log at model\.ts:10:22 \(kernel compute\w*\), element \[3, 2\]; its inputs were finite\. The call has changed nothing$/;
    expect(() => net.train({ x: withZero() })).toThrow(message);
    expect(() => net.train({ x: withZero() })).toThrow(RangeError);
    expect(net.state()).toEqual(before);
    // What lies in memory beyond the rows of a call is not looked at.
    expect(net.train({ x: batch(2) })).toEqual(plain.train({ x: batch(2) }));
  });

  it("tells the first infinity from the first NaN that followed from it", () => {
    expect(() => net.ratio({ x: withZero() })).toThrow(
      /: mean became NaN\. The first value that is not finite: -Infinity, log at model\.ts:10:22 .*\. The first NaN: \w+ at model\.ts:\d+:\d+ \(kernel \w+\); not all of its inputs were\. The call/,
    );
  });

  it("names what the call brought", () => {
    const x = batch(2);
    x[6] = NaN;
    expect(() => net.train({ x })).toThrow(
      /: loss became NaN\. The first value that is not finite: NaN, the input 'x', element \[1, 1\], as it was before the call\. The/,
    );
  });

  it("names a parameter that an update makes infinite", () => {
    expect(() => net.jump({ x: batch(3) }, { lr: precision === "float32" ? 3e38 : 1e308 })).toThrow(
      /net\.jump: [\w.]+(, element \[[\d, ]+\])? became -?(Infinity|NaN)\. The first value that is not finite: -?(Infinity|NaN), the update of [\w.]+ \(sgd\)/,
    );
    const { loss } = net.jump({ x: batch(3) }, { lr: 1e-3 });
    expect(loss).toBe(plain.jump({ x: batch(3) }, { lr: 1e-3 }).loss);
  });

  it("leaves infinities alone that lead nowhere, as those of a mask", () => {
    const keep = Uint8Array.from({ length: 10 }, (_, i) => (i % 5 < 3 ? 1 : 0));
    const inputs = { x: batch(2), keep };
    const { masked } = net.predict(inputs);
    expect(masked).toEqual(plain.predict(inputs)["masked"]);
    expect([...masked!].every(Number.isFinite)).toBe(true);
  });
});

it("a module that was not asked for is as it was: nothing of it is there, and not a byte depends on it", () => {
  const compile = (debug: boolean) =>
    compileModel(everything("net", "float32"), {
      name: "net",
      source: "net.model.ts",
      targets: ["js", "wasm"],
      debug,
    });
  const before = compile(false);
  const debugged = compile(true);
  const after = compile(false);
  expect(after.javascript).toBe(before.javascript);
  expect(after.files).toEqual(before.files);
  expect(after.javascript).not.toMatch(/findNotFinite|train\.0/);
  expect(debugged.javascript).toMatch(/findNotFinite\(host, \{/);
  expect(Buffer.from(before.files[".wasm"]!).includes("train.0")).toBe(false);
});

it("the manifest and the check of what is up to date know that a module is for debugging", async () => {
  await built("float32", ["js"], "--debug");
  const manifest = JSON.parse(readFileSync(project.path(`build${builds}/model.manifest.json`), "utf8")) as {
    readonly build: { readonly options: object };
  };
  expect(manifest.build.options).toEqual({ target: "js", inline: false, standalone: true, debug: true });
});
