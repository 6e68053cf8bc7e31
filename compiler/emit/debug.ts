/**
 * The facts about kernels in a debug module: the tensors that each reads and writes, and the user's line that it
 * computes.
 */
import { callsOf } from "../ir/program.js";
import { usesOf } from "../ir/kernel.js";
import type { PrintOptions } from "../targets/program.js";
import type { Buffer } from "../plan/memory/buffer.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import { tensorSpec } from "./moduleDescription.js";
import { array, object } from "../targets/js/text.js";
import { bufferOf } from "./memoryMap.js";

type PathOf = PrintOptions["pathOf"];

/** The argument of the runtime's `findNotFinite`, as lines. */
export function describeSteps(programs: readonly CompiledProgram[], pathOf: PathOf): string[] {
  const [first] = programs as readonly [CompiledProgram];
  return object([
    ["name", [JSON.stringify(first.name)]],
    ...programs.map((program) => {
      const functions = program.functions.map((made) => [made.name, oneByOne(program, made, pathOf)] as const);
      return [program.target.name, object(functions)] as const;
    }),
  ]);
}

const isFloat = ({ type }: Buffer): boolean => type === "f32" || type === "f64";

function oneByOne(program: CompiledProgram, made: CompiledFunction, pathOf: PathOf): string[] {
  const numbers = new Map<string, number>();
  const tensors: (readonly [string, readonly string[]])[][] = [];
  const numberOf = (id: string): number => {
    const known = numbers.get(id);
    if (known !== undefined) return known;
    const buffer = bufferOf(program, made, id);
    const isKept = ["parameters", "optimizerState", "state"].includes(buffer.category);
    tensors.push([
      ["name", [JSON.stringify(buffer.label)]],
      ...(program.leaves.has(id) ? [["kind", [JSON.stringify(kinds[buffer.category])]] as const] : []),
      ...(isKept ? [["kept", ["true"]] as const] : []),
      ["spec", tensorSpec(program, buffer)],
    ]);
    numbers.set(id, tensors.length - 1);
    return tensors.length - 1;
  };
  const steps = callsOf(made.steps).map(({ kernel, name, what, place }) => {
    const used = [...usesOf(kernel).buffers].filter(([id]) => isFloat(bufferOf(program, made, id)));
    const list = (how: "read" | "written"): string =>
      `[${used.flatMap(([id, uses]) => (uses[how] ? [numberOf(id)] : [])).join(", ")}]`;
    const at = place && pathOf ? ` at ${pathOf(place.file)}:${place.line}:${place.column}` : "";
    return object([
      ["what", [JSON.stringify(`${what}${at} (kernel ${name})`)]],
      ["reads", [list("read")]],
      ["writes", [list("written")]],
    ]);
  });
  const results = made.outputs.flatMap(({ name, buffer }) =>
    isFloat(buffer) ? [[name, [String(numberOf(buffer.id))]] as const] : [],
  );
  const dims = Object.entries(made.dims).map(([name, value]) => [name, [String(value)]] as const);
  return object([
    ...(made.training?.driver ? [["driven", ["true"]] as const] : []),
    ["dims", object(dims)],
    ["tensors", array(tensors.map((entries) => object(entries)))],
    ["results", object(results)],
    ["steps", array(steps)],
  ]);
}

const kinds: Readonly<Record<Buffer["category"], string>> = {
  parameters: "the parameter",
  optimizerState: "the optimizer's",
  state: "the state",
  constants: "the constant",
  inputs: "the input",
  gradients: "the gradient",
  activations: "the value",
};
