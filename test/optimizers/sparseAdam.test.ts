/** A hundred steps of SparseAdam as PyTorch takes them on a sparse embedding: test/reference/sparseAdam.json. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { embedding, input, minimize, model, sparseAdam } from "../../src/index.js";
import { magnitudeOf } from "../laws/check.js";
import { build } from "../run.js";
import { eachTarget } from "../targets.js";

interface Run {
  readonly options: object;
  readonly precision: "float64" | "float32";
  readonly steps: readonly {
    readonly step: number;
    readonly loss: number;
    readonly table: readonly number[];
    readonly exp_avg: readonly number[];
    readonly exp_avg_sq: readonly number[];
  }[];
}

const reference = JSON.parse(readFileSync(new URL("../reference/sparseAdam.json", import.meta.url), "utf8")) as {
  readonly shape: readonly [number, number];
  readonly table: readonly number[];
  readonly target: readonly number[];
  readonly batches: readonly (readonly number[])[];
  readonly runs: readonly Run[];
};

const allowed = { float64: 1e-9, float32: 1e-4 } as const;

describe.each(eachTarget)("on %s", (_, target) => {
  const named = reference.runs.map((run) => [`${JSON.stringify(run.options)} in ${run.precision}`, run] as const);
  test.each(named)("%s", (_, { options, precision, steps }) => {
    const [rows, features] = reference.shape;
    const table = embedding("table", rows, features);
    const at = input("at", ["batch"], "int32");
    const y = input("y", ["batch", features]);
    const train = minimize(table(at).sub(y).square().sum(), sparseAdam(options));
    const live = build(model("sparse", { precision, dims: { batch: 7 }, functions: { train } }), { target });
    live.parameters["table.weight"]?.set(reference.table);
    let done = 0;
    for (const wanted of steps) {
      let loss = NaN;
      for (; done < wanted.step; done++) {
        loss = live.call("train", { at: reference.batches[done] as number[], y: reference.target })["loss"] as number;
      }
      const kept = live.state().functions["train"]?.parameters?.["table.weight"] ?? {};
      expect(Object.keys(kept).sort()).toEqual(["exp_avg", "exp_avg_sq"]);
      const pairs = [
        ["loss", [loss], [wanted.loss]],
        ["table", live.parameters["table.weight"] as ArrayLike<number>, wanted.table],
        ["exp_avg", kept["exp_avg"] as ArrayLike<number>, wanted.exp_avg],
        ["exp_avg_sq", kept["exp_avg_sq"] as ArrayLike<number>, wanted.exp_avg_sq],
      ] as const;
      for (const [name, found, expected] of pairs) {
        const magnitude = magnitudeOf(expected);
        const apart = expected.map((each, i) => Math.abs((found[i] as number) - each) / magnitude);
        expect(Math.max(...apart), `${name} at step ${wanted.step}`).toBeLessThan(allowed[precision]);
      }
    }
    expect(live.state().functions["train"]?.step).toBe(100);
  });
});
