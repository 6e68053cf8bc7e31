/** A build for several targets: the manifest and the report are of the preferred one, and name the others. */
import { describe, expect, it } from "vitest";
import { compileModel } from "../../compiler/compile.js";
import { polynomial } from "./models.js";

const compile = (...targets: ("js" | "wasm")[]) =>
  compileModel(polynomial(), { name: "curve", source: "curve.model.ts", targets });
const [both, js, wasm] = [compile("js", "wasm"), compile("js"), compile("wasm")];

describe("a build for both targets", () => {
  it("prefers WebAssembly, whatever the order, and has what differs of JavaScript", () => {
    const { targets, alternatives, ...preferred } = both.manifest;
    expect(targets).toEqual(["js", "wasm"]);
    expect(compile("wasm", "js").manifest).toEqual(both.manifest);
    expect({ ...preferred, targets: ["wasm"], alternatives: {} }).toEqual(wasm.manifest);
    const { total, memory, functions } = js.manifest;
    expect(alternatives).toEqual({ js: { total, memory, functions } });
  });

  it("differs from those for one in the module alone", () => {
    expect([js.files, both.files]).toEqual([{}, wasm.files]);
    expect([js.declaration, wasm.declaration]).toEqual([both.declaration, both.declaration]);
    expect(both.javascript.length).toBeGreaterThan(Math.max(js.javascript.length, wasm.javascript.length));
  });

  it("says what its report is of", () => {
    const [first, second] = both.explain().split("\n");
    expect(first).toMatch(/^polynomial: float32, compiled to wasm; points up to 2,000; /);
    expect(second).toMatch(/^also compiled to js, which needs [\d.]+ kB; what follows is of wasm$/);
    expect(js.explain().split("\n")[0]).toMatch(/^polynomial: float32, compiled to js; /);
    expect(js.explain()).not.toContain("also compiled");
  });

  it("prints the kernels of both", () => {
    expect(both.print("kernels")).toContain("function update");
    expect(both.print("wat")).toMatch(/^\(module [^]*"optimc\.memory"/);
    expect(() => js.print("wat")).toThrow("the stage wat is the target wasm's, which was not compiled");
  });
});
