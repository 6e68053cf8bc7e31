/** Words for what has no name of its own: kernels, buffers and locals are called after layers and operations. */
import { describe, expect, it } from "vitest";
import { compileProgram } from "../../compiler/compile.js";
import { targetProgramOf } from "../../compiler/emit/targetProgram.js";
import { callsOf } from "../../compiler/ir/program.js";
import { js } from "../../compiler/targets/js/js.js";
import { printKernels } from "../../compiler/targets/js/module.js";
import {
  adam,
  crossEntropy,
  dropout,
  embedding,
  input,
  layerNorm,
  linear,
  minimize,
  model,
  type Model,
} from "../../src/index.js";

function block(): Model {
  const tokens = input("tokens", ["batch", 8], "int32");
  const table = embedding("table", 50, 16);
  const [norm, up, down, head] = [
    layerNorm("norm", 16),
    linear("up", 16, 32),
    linear("down", 32, 16),
    linear("head", 16, 5),
  ];
  const x = table(tokens);
  const logits = head(x.add(dropout(down(up(norm(x)).gelu()), 0.1)).mean(1));
  const loss = crossEntropy(logits, input("labels", ["batch"], "int32"));
  return model("block", { dims: { batch: 32 }, functions: { train: minimize(loss, adam()), predict: { logits } } });
}

const program = compileProgram(block(), { target: js });
const [train] = program.functions;
const names = callsOf(train!.steps).map(({ name }) => name);
const text = printKernels(targetProgramOf({ ...program, functions: program.functions.slice(0, 1) }));

describe("a block of embedding, layerNorm, gelu and dropout", () => {
  it("has kernels that are called after its layers", () => {
    expect(names).toEqual(
      expect.arrayContaining([
        "computeUp",
        "computeNormGradient",
        "computeUpGradient",
        "computeMean",
        "updateUpWeight",
      ]),
    );
    // No operation of one flop gives a kernel its name.
    const flops = ["Add", "Sub", "Mul", "Div", "Neg", "Where", "Pick", "Cast", "Copy"];
    expect(names.filter((name) => flops.some((flop) => name.startsWith(`compute${flop}`)))).toEqual([]);
  });

  it("has locals that mathematics has words for", () => {
    for (const word of ["mean", "distance", "inverseDeviation", "normalized"]) expect(text).toContain(`const ${word}`);
    expect(
      text
        .match(/\bvalue\d+\b/g)
        ?.map((each) => Number(each.slice(5)))
        .filter((each) => each > 9) ?? [],
    ).toEqual([]);
  });

  it("gives no cotangent the name of another layer", () => {
    const [of] = callsOf(train!.steps).filter(({ name }) => name === "computeNormGradient");
    // It is the product of the cotangent behind `up` with up's weight, times norm's own: what lies before `up`.
    expect(of?.printed.parameters).toEqual(expect.arrayContaining(["upGradient", "upWeight", "normWeight"]));
    expect(of?.printed.parameters).toContain("normGradient");
  });

  it("calls what stands beside a layer's result after what it is", () => {
    expect(text).toContain("normNormalized");
    expect(text).toContain("normInverseDeviation");
  });
});
