/** Reads and compiles one model file, for the commands that only show something. */
import { basename, resolve } from "node:path";
import { readModel } from "../../compiler/read/read.js";
import { onBehalf } from "../../compiler/read/run.js";
import { UsageError, type Arguments } from "./arguments.js";
import { targets, type Compiled } from "./compiler.js";
import { outputPaths } from "./outputs.js";
import { configurationFor } from "./settings.js";
import type { Context } from "./terminal.js";

export async function load(command: string, given: Arguments, context: Context): Promise<Compiled> {
  const { files } = given;
  const [first, ...others] = files;
  const example = `optimc ${command} two-layer-net.model.ts`;
  if (first === undefined) throw new UsageError(`${command} needs a model file`, example);
  if (others.length > 0) throw new UsageError(`${command} takes one model file, and got ${files.length}`, example);
  const file = resolve(context.terminal.cwd, first);
  const { defines } = (await configurationFor(given, context)).settingsOf(file);
  const compiler = await context.loadCompiler();
  const { model, nameAt } = await readModel(file, { ...context.read, isModel: compiler.isModel, defines });
  const options = { name: outputPaths(file).name, targets, nameAt, source: basename(file) };
  return onBehalf(() => compiler.compileModel(model, options));
}
