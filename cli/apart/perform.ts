/** Performs tasks in this process: whatever a model file does then happens to it. */
import { basename, dirname } from "node:path";
import type { Define } from "../../compiler/read/configurable.js";
import { relativePath } from "../../compiler/read/hash.js";
import { placeOfProperty } from "../../compiler/read/names.js";
import type { ReadModel, ReadOptions } from "../../compiler/read/read.js";
import { loadCompiler, targetNames, type Compiled, type CompileOptions, type LoadCompiler } from "../compiler.js";
import { diagnosticOf } from "./failure.js";
import type { Kind, Progress, Results, SetValue, Tasks } from "./task.js";

/** What tasks are performed with; tests put stand-ins here. */
export interface Tools {
  readonly loadCompiler?: LoadCompiler;
  /** What model files import from optimc. */
  readonly read?: Pick<ReadOptions, "modules">;
}

type Performers = {
  readonly [K in Kind]: (task: Tasks[K], tools: Tools, progress: Progress) => Promise<Results[K]>;
};

/** Performs the task; throws an `OptimcError` for what is the file's fault. */
export const perform = <K extends Kind>(
  kind: K,
  task: Tasks[K],
  tools: Tools = {},
  progress: Progress = {},
): Promise<Results[K]> => (performers as Performers)[kind](task, tools, progress);

/** Loads what most tasks need, before one is there. */
export const prepare = (): Promise<unknown> =>
  Promise.all([
    loadCompiler(),
    import("../../compiler/read/read.js"),
    import("../../compiler/emit/prove.js"),
    import("../../src/index.js"),
    import("esbuild"),
  ]);

const performers: Performers = {
  async config({ file }, tools, progress) {
    const [{ readConfig }, { checkedConfig }] = await Promise.all([
      import("../../compiler/read/config.js"),
      import("../checkConfig.js"),
    ]);
    const read = await readConfig(file, reading(tools, progress));
    const { path, text, sources } = read;
    return { path, text, config: checkedConfig(read), sources };
  },

  async compile({ standalone, debug, inline, relaxed, targets: chosen, ...task }, tools, progress) {
    const { compiled, read } = await compile(task, tools, progress, {
      targets: chosen,
      inline,
      relaxed,
      debug,
    });
    const { javascript, parts, files, declaration, manifest, summary } = compiled;
    const whole = standalone ? await (await import("../../compiler/emit/standalone.js")).standalone(parts) : javascript;
    const { proveScript } = await import("../../compiler/emit/prove.js");
    await proveScript(`${task.name}.js`, whole);
    await proveScript(`${task.name}.d.ts`, declaration);
    const warnings = compiled.warnings.map(diagnosticOf);
    const { values, sources } = read;
    return { javascript: whole, files, declaration, manifest, summary, warnings, values, sources };
  },

  async print({ stage, ...task }, tools, progress) {
    const { compiled, onBehalf } = await compile(task, tools, progress, { targets: targetNames });
    return { text: onBehalf(() => compiled.print(stage)) };
  },

  async explain(task, tools, progress) {
    const { compiled, onBehalf } = await compile(task, tools, progress, { targets: targetNames });
    const { summary, manifest } = compiled;
    return { text: onBehalf(() => compiled.explain()), summary, manifest };
  },

  async check({ file, defines, seed, runs }, tools, progress) {
    const [{ readModel }, { onBehalf }, { checkModel }, { isModel }] = await Promise.all([
      import("../../compiler/read/read.js"),
      import("../../compiler/read/run.js"),
      import("../../compiler/check/check.js"),
      import("../../compiler/model/model.js"),
    ]);
    const options = { ...reading(tools, progress), isModel, defines: defines.map(defineOf) };
    const { model, nameAt } = await readModel(file, options);
    if (!isModel(model)) throw new Error("readModel gives models");
    const { findings, ...report } = onBehalf(file, () => checkModel(model, { seed, runs, nameAt }));
    return { ...report, findings: findings.map(diagnosticOf) };
  },
};

interface Made {
  readonly compiled: Compiled;
  readonly read: ReadModel;
  readonly onBehalf: <T>(run: () => T) => T;
}

async function compile(
  { file, defines, name }: Pick<Tasks["compile"], "file" | "defines" | "name">,
  tools: Tools,
  progress: Progress,
  options: Omit<CompileOptions, "name" | "nameAt" | "source" | "pathOf">,
): Promise<Made> {
  const [{ readModel }, { onBehalf }, { isModel, compileModel }] = await Promise.all([
    import("../../compiler/read/read.js"),
    import("../../compiler/read/run.js"),
    (tools.loadCompiler ?? loadCompiler)(),
  ]);
  const read = await readModel(file, { ...reading(tools, progress), isModel, defines: defines.map(defineOf) });
  const { model, nameAt } = read;
  const about = { name, nameAt, source: basename(file), pathOf: (each: string) => relativePath(dirname(file), each) };
  const compiled = onBehalf(file, () => compileModel(model, { ...options, ...about }));
  return { compiled, read, onBehalf: (run) => onBehalf(file, run) };
}

const reading = ({ read }: Tools, { onSource, begin, restore, end }: Progress): ReadOptions => ({
  ...read,
  onSource,
  ...(begin && restore && end && { running: { begin, restore, end } }),
});

const defineOf = ({ written, ...set }: SetValue): Define =>
  written ? { ...set, place: () => placeOfProperty(written.file, written.text, written.path) } : set;
