/** Prints kernels for a target, and gives every buffer its place in memory. */
import { callsOf, mapCalls } from "../ir/program.js";
import type { PlannedFunction, PlannedModel } from "../plan/kernels.js";
import { checkBytes } from "../plan/memory/addressable.js";
import type { Buffer } from "../plan/memory/buffer.js";
import { layOut } from "../plan/memory/layout.js";
import type { Target } from "../targets/target.js";
import type { CompiledFunction, CompiledProgram, KernelCall } from "./compiled.js";
import { givenBuffer } from "./givenNumbers.js";

export function assemble(planned: PlannedModel, target: Target): CompiledProgram {
  const { facts, constants, vectorKernels } = planned;
  const print = printer(planned.leaves, target);
  const functions = planned.functions.map(print);
  const initialize = print(planned.initialize);
  const all = [...functions, initialize];
  const scratch: Record<string, number> = {};
  for (const { printed } of all.flatMap(({ steps }) => callsOf(steps))) {
    for (const [name, count] of Object.entries(printed.scratch)) scratch[name] = Math.max(scratch[name] ?? 0, count);
  }
  const doubles = Object.values(scratch).reduce((a, b) => a + b, 0);
  const leaves = new Map(planned.leaves);
  for (const given of all.flatMap((made) => givenBuffer(made) ?? [])) leaves.set(given.id, given);
  const layout = layOut(
    [...leaves.values()],
    all.map(({ intervals }) => intervals),
    doubles * 8,
  );
  checkBytes(facts.name, layout.total);
  return {
    ...facts,
    target,
    functions,
    initialize,
    leaves,
    constants,
    layout,
    vectorKernels,
    scratch,
  };
}

/** Prints the kernels of functions; kernels with the same text become one function. */
function printer(leaves: ReadonlyMap<string, Buffer>, target: Target): (made: PlannedFunction) => CompiledFunction {
  const byKey = new Map<string, string>();
  /** The function in which a name came first; in any other function, the kernel's name also names the function. */
  const first = new Map<string, string>();
  const nameKernel = target.kernelNames();
  return ({ facts, plan }) => {
    const { buffers, host, intervals } = plan;
    const labelOf = (id: string): string => buffers.get(id)?.label ?? leaves.get(id)?.label ?? localLabel(id);
    const steps = mapCalls(plan.steps, ({ kernel, facts: call }): KernelCall => {
      const printed = target.printKernel(kernel, labelOf, (dim) => facts.dims[dim] as number);
      const known = byKey.get(printed.key);
      if (known === undefined && !first.has(kernel.name)) first.set(kernel.name, facts.name);
      const isOfOther = first.get(kernel.name) !== facts.name;
      const name = known ?? nameKernel(isOfOther ? `${kernel.name} for ${facts.name}` : kernel.name);
      byKey.set(printed.key, name);
      return { ...call, kernel, printed, name };
    });
    return { ...facts, steps, buffers, host, intervals };
  };
}

/** Names of locals: `sum:12:0` is a sum, `local:3:bias` a bias. */
const localLabel = (id: string): string => id.replace(/^local:\d+:/, "").split(":")[0] as string;
