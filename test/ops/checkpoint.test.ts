/** Values that are computed again: the same bits, less memory, and no effect twice. */
import { describe, expect, test } from "vitest";
import { isOptimcError } from "../../compiler/diagnostics.js";
import type { Expression } from "../../compiler/ir/op.js";
import { minimize, model, type Model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { mean } from "../../compiler/ops/mean.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { checkpoint } from "../../compiler/ops/checkpoint.js";
import { dropout } from "../../compiler/ops/dropout.js";
import { gather } from "../../compiler/ops/gather.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { uniform } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { mul } from "../../compiler/ops/mul.js";
import { param } from "../../compiler/ops/param.js";
import { softmax } from "../../compiler/ops/softmax.js";
import { square } from "../../compiler/ops/square.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { adam } from "../../library/optimizers/adam.js";
import { batchNorm } from "../../src/index.js";
import { build, numbersOf } from "../run.js";
import { eachTarget } from "../targets.js";

const values = (size: number): number[] => Array.from({ length: size }, (_, i) => Math.sin(i * 1.7 + 0.4));

type Block = (x: Expression) => Expression;
type Wrap = (block: Block) => Block;
const plain: Wrap = (block) => block;
const again = checkpoint as unknown as Wrap;

/** Blocks of layers with dropout and softmax, each wrapped. */
function deep(wrap: Wrap, blocks: number, layers: number, drop: boolean): Model {
  const x = input("x", ["batch", 17]);
  let at: Expression = x;
  for (let block = 0; block < blocks; block++) {
    const weights = Array.from({ length: layers }, (_, layer) =>
      param(`w${block}.${layer}`, [17, 17], uniform(-0.5, 0.5)),
    );
    at = wrap((from) =>
      weights.reduce((inner, weight, layer) => {
        const next = tanh(add(matmul(inner, weight), layer === 1 ? softmax(inner) : 0));
        return drop ? dropout(next, 0.25) : next;
      }, from),
    )(at);
  }
  return model("deep", {
    dims: { batch: 64 },
    functions: { predict: { result: at }, train: minimize(mean(square(at)), adam({ lr: 1e-2 })) },
  });
}

describe.each(eachTarget)("on %s", (_, target) => {
  test.each([false, true])("training leaves the same bits, with dropout: %s", (drop) => {
    const seen = [plain, again].map((wrap) => {
      const live = build(deep(wrap, 3, 3, drop), { target });
      const losses = [1, 2, 3].map((rows) => numbersOf(live.call("train", { x: values(17 * 5 * rows) })["loss"]));
      return { losses, parameters: live.state().parameters };
    });
    expect(seen[1]).toEqual(seen[0]);
  });

  test("needs less memory", () => {
    const [kept, computed] = [plain, again].map((wrap) => build(deep(wrap, 6, 4, false), { target }));
    const arena = (live: typeof kept) => live?.program.layout.arena.bytes ?? 0;
    // 24 values are kept, or 6 and the 4 of one block.
    expect(arena(computed)).toBeLessThan(arena(kept) * 0.62);
    const products = (live: typeof kept) =>
      live?.stages.graphs.functions[1]?.stages.final.nodes.filter((node) => node.op.definition.name === "dot").length ??
      0;
    expect(products(computed)).toBeGreaterThan(products(kept));
  });

  test("second gradients, integers, parameters, records and several inputs", () => {
    const [x, y, at] = [input("x", [3, 4]), input("y", [4, 3]), input("at", [2], "int32")];
    const f = (a: Expression, b: Expression, rows: Expression) => ({
      picked: gather(tanh(matmul(a, b)), rows),
      scaled: mul(square(a), sum(b)),
    });
    const seen = [f, checkpoint(f as never) as typeof f].map((each) => {
      const { picked, scaled } = each(x, y, at);
      const loss = add(sum(square(picked)), sum(mul(scaled, x)));
      const first = gradient(loss, [x, y]) as Expression[];
      const second = gradient(sum(square(first[0] as Expression)), [x, y]) as Expression[];
      const outputs = { loss, a: first[0], b: first[1], aa: second[0], ab: second[1] } as Record<string, Expression>;
      const live = build(model("m", { precision: "float64", functions: { run: outputs } }), { target });
      const result = live.call("run", { x: values(12), y: values(12), at: [2, 0] });
      return Object.fromEntries(Object.keys(outputs).map((name) => [name, numbersOf(result[name])]));
    });
    for (const [name, wanted] of Object.entries(seen[0] ?? {})) {
      for (const [i, each] of wanted.entries()) expect(seen[1]?.[name]?.[i]).toBeCloseTo(each, 11);
    }
  });

  test("statistics of a layer are kept once", () => {
    const seen = [plain, again].map((wrap) => {
      const x = input("x", ["batch", 5]);
      const normalize = batchNorm("norm", 5) as unknown as Block;
      const weight = param("w", [5, 5], uniform(-0.5, 0.5));
      const result = wrap((from) => tanh(normalize(matmul(from, weight))))(x);
      const train = minimize(mean(square(result)), adam({ lr: 1e-2 }));
      const live = build(model("m", { dims: { batch: 8 }, functions: { train, predict: { result } } }), { target });
      for (let step = 0; step < 3; step++) live.call("train", { x: values(35).map((each) => each + step) });
      return { ...live.state(), result: numbersOf(live.call("predict", { x: values(10) })["result"]) };
    });
    expect(Object.keys(seen[0]?.state ?? {})).toContain("norm.running_mean");
    expect(seen[1]).toEqual(seen[0]);
  });

  test("one inside the other", () => {
    const seen = [plain, again].map((wrap) => {
      const x = input("x", [5]);
      const block = wrap((a) => tanh(mul(wrap((b) => tanh(mul(b, 2)))(tanh(a)), 3)));
      const live = build(model("m", { functions: { run: { slope: gradient(sum(block(x)), x) as Expression } } }), {
        target,
      });
      return numbersOf(live.call("run", { x: values(5) })["slope"]);
    });
    expect(seen[1]).toEqual(seen[0]);
  });
});

test("what is no function, and what a function gives that is no tensor, is refused", () => {
  const x = input("x", [3]);
  const messageOf = (run: () => unknown): string => {
    try {
      run();
      return "";
    } catch (error) {
      return isOptimcError(error) ? error.message : String(error);
    }
  };
  expect(messageOf(() => checkpoint(x as never))).toBe("checkpoint: the argument is not a function");
  expect(messageOf(() => checkpoint(() => 3)(x))).toBe("checkpoint: the function's result is not a float tensor");
  expect(messageOf(() => checkpoint(() => [3])(x))).toBe("checkpoint: the function's result is not a float tensor");
});
