/** `optimc print`: a model as it stands after one stage of the compiler. */
import { choose, type Arguments, type Options } from "./arguments.js";
import { stages } from "./compiler.js";
import { onlyModel } from "./load.js";
import { runTask } from "./apart/run.js";
import { modelOptions } from "./settings.js";
import type { Context } from "./terminal.js";

export const options = {
  stage: { value: "STAGE", help: `what to print: ${stages.join(", ")} (default graph)` },
  ...modelOptions,
} as const satisfies Options;

export async function print(given: Arguments, context: Context): Promise<number> {
  const stage = choose("stage", given.values["stage"] ?? "graph", stages);
  const { task, timeLimit } = await onlyModel("print", given, context);
  const { text } = await runTask("print", { ...task, stage }, context, { timeLimit });
  context.terminal.out(text.trimEnd());
  return 0;
}
