/** The lanes of a tail that do not count read what the last one that counts reads, and nothing else. */
import { expect, test } from "vitest";
import { compileProgram } from "../../../compiler/compile.js";
import { manifestOf } from "../../../compiler/emit/manifest.js";
import { model } from "../../../compiler/model/model.js";
import { sum } from "../../../compiler/ops/broadcast.js";
import { input } from "../../../compiler/ops/input.js";
import { pick } from "../../../compiler/ops/gatherLast.js";
import { wasm } from "../../../compiler/targets/wasm/wasm.js";
import { recountWasm } from "../../emit/recountWasm.js";

test.each([1, 2, 3, 5, 6, 7, 17])("a sum over %i picked elements reads those and no more", (rows) => {
  const [x, at] = [input("x", [rows, 3]), input("at", [rows], "int32")];
  const program = compileProgram(model("m", { functions: { run: { total: sum(pick(x, at)) } } }), { target: wasm });
  const [made] = program.functions;
  const kernels = manifestOf([program]).functions["run"]?.kernels ?? [];
  for (const [position, { bytesRead, bytesWritten }] of kernels.entries()) {
    expect(made && recountWasm(program, made, position)).toEqual({ bytesRead, bytesWritten });
  }
});
