/** Names in any script: functions, inputs, parameters, dimensions, options; the module, its declaration and its text. */
import { expect, it } from "vitest";
import wabtModule from "wabt";
import type { Model } from "../../compiler/model/model.js";
import { compileProgram } from "../../compiler/compile.js";
import { emitDeclaration } from "../../compiler/emit/declaration.js";
import { targetProgramOf } from "../../compiler/emit/targetProgram.js";
import { printWat } from "../../compiler/targets/wasm/module.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import * as optimc from "../../src/index.js";
import { build, numbersOf } from "../run.js";
import { eachTarget } from "../targets.js";

const { input, minimize, model, param, sgd } = optimc;

function named(): Model {
  const x = input("データ", ["バッチ", 2]);
  const weight = param("größe", [2], 1);
  const result = x.mul(weight);
  const optimizer = sgd({ lr: 0.5, groups: { größen: { match: "größe", lr: 0.25 } } });
  return model("モデル", {
    dims: { バッチ: 4 },
    functions: { 予測: { 出力: result }, 訓練: minimize(result.sum(), optimizer) },
  }) as unknown as Model;
}

it.each(eachTarget)("on %s a model trains and predicts under them", (_, target) => {
  const live = build(named(), { target });
  live.call("訓練", { データ: [1, 2, 3, 4] }, { groups: { größen: { lr: 0.125 } } });
  expect(numbersOf(live.parameters["größe"]!)).toEqual([0.5, 0.25]);
  expect(numbersOf(live.call("予測", { データ: [2, 4] })["出力"])).toEqual([1, 1]);
});

it("the declaration has them without quotes, and the text of the module is valid", async () => {
  const program = compileProgram(named(), { target: wasm });
  const declaration = emitDeclaration(program, { source: "モデル.model.ts", version: "0" });
  expect(declaration).toContain("  予測(\n    inputs: { データ: FloatInput<");
  expect(declaration).toContain("dims?: { バッチ?: number }");
  expect(declaration).toContain("        größen?: {");
  expect(declaration).toContain("readonly größe: Float32<[2]>");
  const wabt = await wabtModule();
  const printed = printWat(targetProgramOf(program));
  expect(printed).toContain('(export "予測" (func $u4e88_u6e2c_))');
  // wabt takes text as bytes, since it reads strings as Latin-1.
  wabt.parseWat("m.wat", new TextEncoder().encode(printed), { simd: true }).validate();
});

it("what a group has for itself is not said to be the default of all", () => {
  const declaration = emitDeclaration(compileProgram(grouped(), { target: wasm }), { source: "m.ts", version: "0" });
  expect(declaration.match(/Default [\d.]+/g)).toEqual(["Default 0.5", "Default 0.25"]);
});

function grouped(): Model {
  const loss = param("a", [], 1).mul(param("b", [], 1));
  const optimizer = sgd({ lr: 0.5, groups: { ones: { match: "a", lr: 0.25 } } });
  return model("m", { functions: { train: minimize(loss, optimizer) } }) as unknown as Model;
}
