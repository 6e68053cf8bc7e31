/** Has a task performed: in a process of its own, or in this one. */
import type { Context } from "../terminal.js";
import type { Waiting } from "./process.js";
import type { Kind, Results, Tasks } from "./task.js";

export async function runTask<K extends Kind>(
  kind: K,
  task: Tasks[K],
  { apart, stop, loadCompiler, read }: Pick<Context, "apart" | "stop" | "loadCompiler" | "read">,
  waiting: Omit<Waiting, "stop"> = {},
): Promise<Results[K]> {
  if (apart) return apart.perform(kind, task, { ...waiting, stop });
  const { perform } = await import("./perform.js");
  return perform(kind, task, { ...(loadCompiler && { loadCompiler }), ...(read && { read }) }, waiting);
}
