/** A target is its folder and its line in targets.ts: one that is planted there is everywhere. */
import { readFileSync, readdirSync } from "node:fs";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it, test, vi } from "vitest";
import { build as buildLive, moduleOf } from "../../compiler/check/instance.js";
import { checkModel } from "../../compiler/check/check.js";
import { compileModel } from "../../compiler/compile.js";
import type { Target } from "../../compiler/targets/target.js";
import { loadedTargets as targets } from "../../compiler/targets/loaded.js";
import type { TargetName } from "../../compiler/targets/targets.js";
import { run } from "../../cli/run.js";
import * as optimc from "../../src/index.js";
import { smooth } from "../arbitrary.js";
import { checkGradient, checkValue } from "../laws/check.js";
import { makeProject, type Project } from "../read/project.js";
import { other } from "./other.js";

vi.mock(import("../../compiler/targets/targets.js"), async (importOriginal) => {
  const original = await importOriginal();
  const { other } = await import("./other.js");
  return { ...original, targets: { ...original.targets, other: { ...other, load: () => Promise.resolve(other) } } };
});

const name = "other" as TargetName;
const { adam, dropout, input, linear, minimize, model } = optimc;

const net = () => {
  const [x, y] = [input("x", ["batch", 3]), input("y", ["batch", 2])];
  const prediction = linear("output", 8, 2)(dropout(linear("hidden", 3, 8)(x).tanh(), 0.1));
  return model("net", {
    dims: { batch: 4 },
    functions: { predict: { prediction }, train: minimize(prediction.sub(y).square().mean(), adam({ lr: 0.05 })) },
  });
};
const batch = { x: Array.from({ length: 12 }, (_, i) => i / 12 - 0.5), y: Array.from({ length: 8 }, (_, i) => i % 3) };

const compile = (chosen: readonly TargetName[], inline = false) =>
  compileModel(net(), { name: "net", targets: chosen, source: "net.model.ts", inline });

it("shares no name, file, stage or kind of instance with another", () => {
  const all = Object.entries<Target>(targets);
  for (const [key, target] of all) expect(target.name).toBe(key);
  for (const namesOf of [
    ({ files }: Target) => files.map(({ ending }) => ending),
    ({ stages }: Target) => Object.keys(stages),
    ({ instances }: Target) => Object.keys(instances),
  ]) {
    const names = all.flatMap(([, target]) => namesOf(target));
    expect(new Set(names).size).toBe(names.length);
  }
});

describe("a module", () => {
  it("has the planted target's kernels, its file and its loader, and trains", async () => {
    const { javascript, parts, files, manifest } = compile([name]);
    expect(manifest.targets).toEqual(["other"]);
    expect(javascript).toContain("function bindOther(memory)");
    expect(javascript).toContain('import { javascriptProgram } from "optimc/runtime"');
    expect(String(files[".other.txt"])).toMatch(/^kernels of net\nother\w+\nother/);
    const made = (await moduleOf(parts).create({ target: name })) as unknown as {
      readonly target: string;
      train(given: typeof batch): { readonly loss: number };
    };
    expect(made.target).toBe("other");
    const losses = Array.from({ length: 200 }, () => made.train(batch).loss);
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
  });

  it("computes to the bit what the target does that was planted under another name", () => {
    const [own, wanted] = [other, targets.js].map((target) => {
      const live = buildLive(net(), { target, seed: 3 });
      return Array.from({ length: 5 }, () => live.call("train", batch)["loss"]);
    });
    expect(own).toEqual(wanted);
  });

  it("holds it beside the others", () => {
    const { javascript, files, manifest } = compile(["js", "wasm", name]);
    expect(manifest.targets).toEqual(["js", "other", "wasm"]);
    expect(Object.keys(files)).toEqual([".wasm", ".relaxed.wasm", ".other.txt"]);
    expect(Object.keys(manifest.alternatives)).toEqual(["js", "other"]);
    for (const each of ["function bindKernels(memory)", "function bindOther(memory)", "wasm: {"])
      expect(javascript).toContain(each);
    expect(moduleOf(compile(["js", "wasm", name], true).parts).createSync({ target: "js" }).target).toBe("js");
  });

  it("is declared with it", () => {
    const { declaration } = compile(["js"]);
    expect(declaration).toContain('readonly target: "js" | "other" | "wasm" | "wasm-relaxed";');
    expect(declaration).toContain('"other" is planted');
  });
});

it("has a debug module that names the line", () => {
  const options = { name: "net", source: "net.model.ts", debug: true };
  const { parts } = compileModel(net(), { ...options, targets: [name] });
  const made = moduleOf(parts).createSync() as unknown as {
    readonly parameters: Readonly<Record<string, Float32Array>>;
    train(given: typeof batch): unknown;
  };
  made.parameters["hidden.weight"]![0] = Infinity;
  expect(() => made.train(batch)).toThrow(/NaN|Infinity|infinite/);
});

describe("the laws hold on it", () => {
  test.each(Object.entries(smooth).slice(0, 12))("%s", (_, calls) => {
    fc.assert(
      fc.property(calls, (call) => {
        expect(checkValue(call, "float32", name)).toBeNull();
        expect(checkGradient(call, 1, name)).toBeNull();
      }),
      { numRuns: 3, seed: 1 },
    );
  });
});

it("is checked, and a fault of its own is found", () => {
  const subjects = () => checkModel(net(), { runs: 1 });
  const { proofs, findings } = subjects();
  expect(findings).toEqual([]);
  expect(proofs.filter(({ subject, verdict }) => subject === "other" && verdict === "ok")).toHaveLength(2);
  const print = vi.spyOn(other, "printKernel").mockImplementation((...given) => {
    const printed = targets.js.printKernel(...given);
    const body = printed.body.replace(/ \+ /g, " - ");
    return { ...printed, body, key: body };
  });
  const wrong = subjects().proofs.filter(({ verdict }) => verdict === "failed");
  print.mockRestore();
  expect(new Set(wrong.map(({ subject }) => subject))).toEqual(new Set(["other"]));
});

describe("the command line", () => {
  let project: Project;
  beforeAll(() => {
    project = makeProject();
  });
  beforeEach(() => {
    project.write(
      "net.model.ts",
      `import { adam, input, linear, minimize, model } from "optimc";
const loss = linear("output", 3, 2)(input("x", ["batch", 3])).square().mean();
export default model("net", { dims: { batch: 4 }, functions: { train: minimize(loss, adam({ lr: 0.01 })) } });
`,
    );
  });
  afterAll(() => project.remove());

  const command = async (...argv: string[]) => {
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    const terminal = { out: say, error: say, color: false, cwd: project.folder };
    const { defineConfig } = await import("../../src/config.js");
    const modules = { optimc, "optimc/config": { defineConfig } };
    const code = await run(argv, { terminal, read: { modules } });
    return { code, text: lines.join("\n") };
  };

  it("lists it in its help and in its errors", async () => {
    expect((await command("--help")).text).toContain("targets: js, other, wasm");
    const help = (await command("build", "--help")).text;
    expect(help).toContain("the targets to build: js, other, wasm, or all (the default)");
    expect(help).toContain("put the Other and the WebAssembly into the module");
    const { code, text } = await command("build", "net.model.ts", "--target", "another");
    expect([code, text]).toEqual([2, expect.stringContaining("js, other, wasm")]);
    const inline = await command("build", "net.model.ts", "--target", "js", "--inline");
    expect(inline.text).toContain("add other or wasm to --target");
  });

  it("writes its file, knows when it is up to date, and removes it when it is no target", async () => {
    const files = (): string[] => readdirSync(project.folder).filter((file) => /^net\.(?!model)/.test(file));
    expect((await command("build", "net.model.ts", "--target", name)).code).toBe(0);
    expect(files()).toEqual(["net.d.ts", "net.js", "net.manifest.json", "net.other.txt"]);
    expect(readFileSync(project.path("net.other.txt"), "utf8")).toMatch(/^kernels of net\n/);
    expect((await command("build", "net.model.ts", "--target", name)).text).toContain("unchanged  net.other.txt");
    expect((await command("build", "net.model.ts", "--target", "js")).text).toContain("removed    net.other.txt");
    project.write("net.other.txt", "a letter");
    const { code, text } = await command("build", "net.model.ts", "--target", name);
    expect([code, text]).toEqual([1, expect.stringContaining("optimc did not generate it")]);
    project.write("net.other.txt", "kernels of another net");
    expect((await command("build", "net.model.ts", "--target", name)).code).toBe(0);
  });

  it("takes it from the configuration, and names it to whoever wrote another", async () => {
    project.write("optimc.config.mjs", `export default { targets: ["other"] };\n`);
    expect((await command("build", "net.model.ts", "--force")).text).toContain("net.other.txt");
    const { build } = JSON.parse(readFileSync(project.path("net.manifest.json"), "utf8")) as {
      readonly build: { readonly options: { readonly target: string } };
    };
    expect(build.options.target).toBe("other");
    project.write("optimc.config.mjs", `export default { targets: ["another"] };\n`);
    expect((await command("build", "net.model.ts")).text).toContain('some of "js", "other", "wasm" in an array');
    project.write("optimc.config.mjs", `export default {};\n`);
  });

  it("checks on it, and prints its stage", async () => {
    const { text } = await command("check", "net.model.ts", "--runs", "1");
    expect(text).toMatch(/train +other +ok/);
    expect((await command("print", "net.model.ts", "--stage", "listing")).text).toBe("listed train");
    expect((await command("print", "net.model.ts", "--stage", "nothing")).text).toContain("listing");
  });
});
