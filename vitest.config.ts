import { fileURLToPath } from "node:url";
import { BaseSequencer, type TestSpecification } from "vitest/node";
import { defineConfig } from "vitest/config";
import { NameSkipped } from "./test/skipped.js";

/** What `npm run check` runs: a second or less each, and together every room. */
const quick = [
  "test/architecture.test.ts",
  "test/diagnostics.test.ts",
  "test/unusedDims.test.ts",
  "test/check/slope.test.ts",
  "test/check/surrogate.test.ts",
  "test/cli/commandLine.test.ts",
  "test/cli/report.test.ts",
  "test/cli/run.test.ts",
  "test/docs/files.test.ts",
  "test/docs/schedules.test.ts",
  "test/docs/theNet.test.ts",
  "test/emit/alternatives.test.ts",
  "test/emit/collisions.test.ts",
  "test/emit/countable.test.ts",
  "test/emit/declaration.test.ts",
  "test/emit/explain.test.ts",
  "test/emit/schedule.test.ts",
  "test/emit/scripts.test.ts",
  "test/emit/sharedParts.test.ts",
  "test/files/npy.test.ts",
  "test/files/weights.test.ts",
  "test/ir/identifier.test.ts",
  "test/ir/power.test.ts",
  "test/ir/random.test.ts",
  "test/kernel/compiled.test.ts",
  "test/kernel/written.test.ts",
  "test/laws/gradients.test.ts",
  "test/laws/operations.test.ts",
  "test/laws/passes.test.ts",
  "test/laws/planted.test.ts",
  "test/layers/messages.test.ts",
  "test/mistakes/places.test.ts",
  "test/mistakes/public.test.ts",
  "test/ops/arrangement.test.ts",
  "test/ops/assign.test.ts",
  "test/ops/cast.test.ts",
  "test/ops/customGradient.test.ts",
  "test/ops/initialValues.test.ts",
  "test/ops/withEffects.test.ts",
  "test/optimizers/golden.test.ts",
  "test/optimizers/initial.test.ts",
  "test/optimizers/order.test.ts",
  "test/passes/constantIndices.test.ts",
  "test/passes/fold.test.ts",
  "test/passes/simplify.test.ts",
  "test/plan/effects.test.ts",
  "test/plan/fuse.test.ts",
  "test/plan/groupGraph.test.ts",
  "test/plan/listedRows.test.ts",
  "test/plan/memory.test.ts",
  "test/plan/range.test.ts",
  "test/plan/ranges.test.ts",
  "test/plan/rows.test.ts",
  "test/plan/schedule.test.ts",
  "test/programs/frozen.test.ts",
  "test/read/elsewhere.test.ts",
  "test/read/places.test.ts",
  "test/read/read.test.ts",
  "test/read/stamp.test.ts",
  "test/runtime/call.test.ts",
  "test/runtime/handed.test.ts",
  "test/runtime/load.test.ts",
  "test/runtime/program.test.ts",
  "test/runtime/state.test.ts",
  "test/runtime/types.test.ts",
  "test/targets/kernel.test.ts",
  "test/targets/names.test.ts",
  "test/targets/size.test.ts",
  "test/targets/wasm/tails.test.ts",
  "test/targets/wasm/vectorize.test.ts",
];

/** The laws are the longest files: begun last, the last of them would run alone. */
class LawsFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLaw = ({ moduleId }: TestSpecification): boolean => moduleId.includes("/test/laws/");
    const sorted = await super.sort(files);
    return [...sorted.filter(isLaw), ...sorted.filter((file) => !isLaw(file))];
  }
}

/** What replaces modules, sets flags of the engine or counts its calls, and must share none of them with other files. */
const apart = [
  "test/cli/files.test.ts",
  "test/emit/growth.test.ts",
  "test/laws/chains.test.ts",
  "test/targets/third.test.ts",
  "test/targets/wasm/contraction.test.ts",
];

/** `--mode quick` runs a part of the tests, `--mode all` their long form: test/runs.ts. */
export default defineConfig(({ mode }) => {
  // Each project has it: for them this function is called again, with a mode of its own.
  const env = { OPTIMC_TESTS: mode };
  return {
    // The examples, from the sources: a clone has no dist.
    resolve: { alias: [{ find: /^optimc$/, replacement: fileURLToPath(new URL("src/index.ts", import.meta.url)) }] },
    test: {
      // Files share what they import, and the engine what it has made of it: that is a third of the time.
      projects: [
        {
          extends: true,
          test: {
            name: "together",
            include: mode === "quick" ? quick : ["test/**/*.test.ts"],
            exclude: apart,
            isolate: false,
            env,
          },
        },
        { extends: true, test: { name: "apart", include: mode === "quick" ? [] : apart, isolate: true, env } },
      ],
      reporters: ["default", new NameSkipped()],
      sequence: { sequencer: LawsFirst },
      // On every core; vitest leaves one free, which of two is half of them.
      maxWorkers: "100%",
      // For a machine at a tenth of the speed of one that takes a minute for the longest test; no test asserts a time.
      testTimeout: 600_000,
      hookTimeout: 600_000,
    },
  };
});
