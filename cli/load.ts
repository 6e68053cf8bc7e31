/** The one model file of the commands that only show something. */
import { resolve } from "node:path";
import type { Tasks } from "./apart/task.js";
import { UsageError, type Arguments } from "./arguments.js";
import { outputPaths } from "./outputs.js";
import { configurationFor } from "./settings.js";
import type { Context } from "./terminal.js";

export interface OnlyModel {
  readonly task: Tasks["explain"];
  readonly timeLimit: number | undefined;
}

export async function onlyModel(command: string, given: Arguments, context: Context): Promise<OnlyModel> {
  const { files } = given;
  const [first, ...others] = files;
  const example = `optimc ${command} two-layer-net.model.ts`;
  if (first === undefined) throw new UsageError(`${command} needs a model file`, example);
  if (others.length > 0) throw new UsageError(`${command} takes one model file, but got ${files.length}`, example);
  const file = resolve(context.terminal.cwd, first);
  const { defines, timeLimit } = (await configurationFor(given, context)).settingsOf(file);
  return { task: { file, defines, name: outputPaths(file).name }, timeLimit };
}
