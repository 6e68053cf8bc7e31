/** The steps of functions as text: which kernel reads and writes which tensors, and where these lie in memory. */
import { usesOf } from "../ir/kernel.js";
import { callsOf } from "../ir/program.js";
import type { CompiledFunction, CompiledProgram, KernelCall } from "../emit/compiled.js";
import { bufferOf } from "../emit/memoryMap.js";
import { count, grouped, indented, wrapped, width } from "../emit/text.js";
import { arenaTable } from "./memoryTable.js";

/** For each function its calls in order, with the tensors that each reads and writes, and then its values in the arena. */
export const printSteps = (program: CompiledProgram): string =>
  [...program.functions, program.initialize].map((made) => stepsOf(program, made).join("\n")).join("\n\n");

function stepsOf(program: CompiledProgram, made: CompiledFunction): string[] {
  const calls = callsOf(made.steps);
  return [
    `${made.name}: ${count(calls.length, "kernel")}`,
    ...calls.flatMap((call, position) => ["", `  ${position + 1} ${call.name}`, ...usedBy(program, made, call)]),
    ...(made.intervals.length > 0 ? ["", "  arena", ...indented(indented(arenaTable(program, made)))] : []),
  ];
}

/** A tensor that a kernel adds to in place is both read and written. */
function usedBy(program: CompiledProgram, made: CompiledFunction, { kernel }: KernelCall): string[] {
  const used = [...usesOf(kernel).buffers];
  return (["read", "written"] as const).flatMap((how) => {
    const tensors = used.filter(([, uses]) => uses[how]).map(([id]) => placeOf(program, made, id));
    if (tensors.length === 0) return [];
    const [first, ...rest] = wrapped(`${how === "read" ? "reads" : "writes"} ${tensors.join(", ")}`, width - 4);
    return indented(indented([first as string, ...rest]));
  });
}

const placeOf = (program: CompiledProgram, made: CompiledFunction, id: string): string =>
  `${bufferOf(program, made, id).label} at ${grouped(program.layout.offsets.get(id) as number)}`;
