/** Emitted WebAssembly is valid in the eyes of an independent tool, as bytes and as text, and names its kernels where it is asked to. */
import { callsOf } from "../../../compiler/ir/program.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import createWabt from "wabt";
import { targetProgramOf } from "../../../compiler/emit/targetProgram.js";
import { compileProgram } from "../../../compiler/compile.js";
import type { CompiledProgram } from "../../../compiler/emit/compiled.js";
import { emitWasm, printWat } from "../../../compiler/targets/wasm/module.js";
import { wasm } from "../../../compiler/targets/wasm/wasm.js";
import { oddities, polynomial, softmaxClassifier, twoLayerNet } from "../../emit/models.js";
import { input, model } from "../../../src/index.js";
import { declared, fits, makeModel, modelPlans, optimizers } from "../../graphs.js";
import { runs } from "../../runs.js";

const wabt = await createWabt();
const features = { simd: true, multi_value: true, sat_float_to_int: true, relaxed_simd: true };

/** The text of a module, read back from its bytes. */
function readBack(bytes: Uint8Array): string {
  const module = wabt.readWasm(bytes, { ...features, readDebugNames: true });
  module.validate();
  return module.toText({ foldExprs: false, inlineExport: false });
}

function check(program: CompiledProgram): void {
  const strict = readBack(emitWasm(targetProgramOf(program), { relaxed: false, build: "text" }));
  const printed = wabt.parseWat("model.wat", printWat(targetProgramOf(program)), features);
  printed.validate();
  const again = readBack(printed.toBinary({ write_debug_names: true }).buffer);
  // Both are the same functions: the same instructions in the same order.
  const instructions = (text: string): string[] =>
    text
      .replaceAll("local.tee", "local.set local.get")
      .match(/(?<![\w.$])(?:[if](?:32|64)(?:x[24])?|[if](?:8x16|16x8)|v128|local)\.[a-z]\w*/g) ?? [];
  expect(instructions(again)).toEqual(instructions(strict));
  readBack(emitWasm(targetProgramOf(program), { relaxed: true, build: "text" }));
}

const models = {
  oddities: oddities(),
  polynomial: polynomial(),
  softmaxClassifier: softmaxClassifier(),
  twoLayerNet: twoLayerNet([1000, 100, 10, 64]),
  // The count that it divides by is a parameter called extent, and its loop has a local of that name.
  "a mean over a run-time size": model("mean", {
    dims: { batch: 5, time: 3 },
    functions: { run: { mean: input("x", ["batch", "time", 3]).exp().mean() } },
  }),
};

test.each(Object.entries(models))("%s", (_, made) => {
  const program = compileProgram(made, { target: wasm });
  check(program);
  const text = readBack(emitWasm(targetProgramOf(program), { relaxed: false, build: "text", named: true }));
  for (const call of program.functions.flatMap((each) => callsOf(each.steps)))
    expect(text).toContain(`(func $${call.name} `);
});

test("random models", () => {
  const any = fc.oneof(...Object.values({ ...optimizers, ...declared }));
  fc.assert(
    fc.property(modelPlans(any), (plan) => {
      check(compileProgram(makeModel(fits(plan, { batch: 5, time: 3 }), { batch: 17, time: 3 }), { target: wasm }));
    }),
    runs(15, 1),
  );
});

test("the validator rejects a module with an instruction of another type", () => {
  const program = compileProgram(models.polynomial, { target: wasm });
  const text = printWat(targetProgramOf(program)).replace("f32x4.mul", "f32.mul");
  expect(() => wabt.parseWat("planted.wat", text, features).validate()).toThrow();
});

test("a model beyond what 32 bits address is refused", () => {
  const x = input("x", [40_000, 40_000]);
  const program = compileProgram(model("wide", { functions: { run: { y: x.exp() } } }), { target: wasm });
  expect(() => emitWasm(targetProgramOf(program), { relaxed: false, build: "text" })).toThrow(
    "wide needs more memory than WebAssembly can address",
  );
});
