/** `optimc explain`: what the compiler did with a model, and why. */
import type { Arguments, Options } from "./arguments.js";
import { load } from "./load.js";
import { modelOptions } from "./settings.js";
import type { Context } from "./terminal.js";

export const options = { ...modelOptions } as const satisfies Options;

export async function explain(given: Arguments, context: Context): Promise<number> {
  const compiled = await load("explain", given, context);
  context.terminal.out(compiled.explain().trimEnd());
  return 0;
}
