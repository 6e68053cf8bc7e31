/** Sizes beyond what can be counted are the model's fault, and are said before anything is planned with them. */
import { describe, expect, it } from "vitest";
import { isOptimcError, type OptimcError } from "../../compiler/diagnostics.js";
import { compileProgram } from "../../compiler/compile.js";
import type { Target } from "../../compiler/targets/target.js";
import { js } from "../../compiler/targets/js/js.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { input, model, param, type Model } from "../../src/index.js";

const w = param("w", [3, 3], 0);
const most = Number.MAX_SAFE_INTEGER;

function refusal(made: Model, target: Target): OptimcError {
  try {
    compileProgram(made, { target });
  } catch (error) {
    if (isOptimcError(error)) return error;
    throw error;
  }
  return expect.unreachable();
}

describe.each([js, wasm])("a model for $name", (target) => {
  it.each<[string, Model]>([
    ["a tensor that is stored", model("net", { functions: { f: { y: w.tile([1e9, 1e9]) } } })],
    ["one that is only summed", model("net", { functions: { f: { y: w.tile([1e9, 1e9]).sum() } } })],
    ["an axis that is no safe integer", model("net", { functions: { f: { y: w.tile([1e20, 1e300]).sum() } } })],
    ["a capacity", model("net", { dims: { batch: most }, functions: { f: { y: input("x", ["batch", 3]).mul(2) } } })],
  ])("has too many elements: %s", (_, made) => {
    expect(refusal(made, target)).toMatchObject({ code: "too-large", expected: `at most ${most} elements` });
  });

  it("has tensors that can be counted, and more bytes than can be", () => {
    const made = model("net", { functions: { f: { y: w.tile([1e7, 1e8]) } } });
    expect(refusal(made, target)).toMatchObject({ code: "too-large", expected: `at most ${most} bytes` });
  });
});
