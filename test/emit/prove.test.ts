/** What a build proves of its outputs before it writes them. */
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { proveScript } from "../../compiler/emit/prove.js";
import { emitModule } from "../../compiler/emit/module.js";
import { compileProgram } from "../../compiler/compile.js";
import { opcodeAlike } from "../../compiler/targets/wasm/opcodes.js";
import { encodeModule } from "../../compiler/targets/wasm/encode.js";
import { type get, plain, set, words, type FunctionCode } from "../../compiler/targets/wasm/code.js";
import { hasRelaxedSimd, provenWasm } from "../../compiler/targets/wasm/prove.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { engine } from "../../runtime/webassembly.js";
import { adamw, input, linear, minimize, model } from "../../src/index.js";
import { run } from "../../cli/run.js";
import { modelText, standInCompiler } from "../cli/command.js";
import { makeProject, standIn, type Project } from "../read/project.js";
import { compiled } from "../end/emit.js";

const sum = { type: "v128", name: "sum" } as const;
const partsOf = (args: number) => {
  const code: FunctionCode = {
    name: "products",
    parameters: [],
    body: [set(sum, plain("f32x4.relaxed_madd", ...Array<ReturnType<typeof get>>(args).fill(words(1, 2, 3, 4))))],
    results: [],
  };
  return { exports: [["run", code]] as const, memory: { name: "memory", bytes: 1 }, data: [], baseOf: () => 0 };
};

const groupNet = (name: string) => {
  const layer = linear("layer", 3, 2);
  const group = { match: "*.bias", lr: 1e-4, betas: [0.85, 0.995], eps: 1e-7, weightDecay: 0.001 } as const;
  return model("net", {
    dims: { batch: 4 },
    functions: {
      train: minimize(
        layer(input("x", ["batch", 3]))
          .square()
          .sum(),
        adamw({ lr: 1e-3, groups: { [name]: group } }),
      ),
    },
  });
};

describe("a module of WebAssembly", () => {
  const text = "the WebAssembly of net is not valid (a defect of optimc; nothing was written): ";

  it("is valid, or names the function that is not", () => {
    const prove = (opcode: readonly number[]) => provenWasm("net", { ...partsOf(2), opcodeOf: () => opcode }, false);
    expect(prove(opcodeAlike("f32x4.add")).length).toBeGreaterThan(8);
    expect(() => prove(opcodeAlike("v128.bitselect"))).toThrow(text);
    expect(() => prove(opcodeAlike("v128.bitselect"))).toThrow("products");
  });

  it("is proven by its structure where the engine knows no relaxed SIMD", () => {
    const { validate, Module } = engine()!;
    const hasIt = hasRelaxedSimd();
    // An engine without it takes no module that has it.
    vi.stubGlobal("WebAssembly", {
      Module,
      validate: (bytes: Uint8Array) => !Buffer.from(bytes).includes(Buffer.of(253, 133, 2)) && validate(bytes),
    });
    expect(hasRelaxedSimd()).toBe(false);
    expect(provenWasm("net", partsOf(3), true)).toEqual(encodeModule(partsOf(3)));
    expect(() => provenWasm("net", partsOf(2), true)).toThrow("products");
    vi.unstubAllGlobals();
    if (hasIt) expect(() => provenWasm("net", partsOf(2), true)).toThrow("products");
    else expect(() => provenWasm("net", partsOf(3), false)).toThrow(text);
  });

  it("names its functions in debug builds alone", () => {
    const program = compileProgram(groupNet("biases"), { target: wasm });
    const options = { source: "net.model.ts", version: "0" };
    const names = [true, false].map((debug) =>
      Buffer.from(emitModule([program], { ...options, debug }).files[".wasm"]!).includes("\x04name"),
    );
    expect(names).toEqual([true, false]);
  });
});

describe("a script", () => {
  it("parses, or the error names the file and the line", async () => {
    await expect(proveScript("net.js", "export const a = 1;")).resolves.toBeUndefined();
    await expect(proveScript("net.d.ts", "declare const net: number;\nexport default net;")).resolves.toBeUndefined();
    const text = "net.js is not valid (a defect of optimc; nothing was written): ";
    await expect(proveScript("net.js", "const a = [\n  {, {],\n];")).rejects.toThrow(
      new Error(`${text}Expected identifier but found "," at line 2, {, {],`),
    );
    await expect(proveScript("net.d.ts", "declare const net: ;")).rejects.toThrow("net.d.ts is not valid");
  });
});

describe("a build", () => {
  let project: Project;
  beforeAll(() => {
    project = makeProject({ "net.model.ts": modelText("net") });
  });
  afterAll(() => project.remove());

  it.each(["javascript", "declaration"] as const)("whose %s is at fault writes nothing and says so", async (part) => {
    const error: string[] = [];
    const code = await run(["build", "net.model.ts"], {
      terminal: { out: () => {}, error: (line) => void error.push(line), color: false, cwd: project.folder },
      loadCompiler: async () => ({
        ...standInCompiler,
        compileModel: (...given) => ({ ...standInCompiler.compileModel(...given), [part]: "export default {, {];" }),
      }),
      read: { modules: standIn().modules },
    });
    expect(code).toBe(1);
    expect(error.join("\n")).toMatch(/an internal error[^]*net\.(js|d\.ts) is not valid \(a defect of optimc/);
    expect(readdirSync(project.folder)).not.toContain("net.js");
  });
});

describe("long names of groups", () => {
  it.each([1, 44, 45, 46, 62, 63, 200])("of %i characters make a module that parses", async (length) => {
    await proveScript("net.js", compiled(groupNet("n".repeat(length))).javascript);
  });
});
