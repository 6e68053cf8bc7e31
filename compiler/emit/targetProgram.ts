/** Makes the value that a target is given of a compiled program: it has no graphs, plans or operations. */
import type { Buffer } from "../plan/memory/buffer.js";
import type { TargetBuffer, TargetFunction, TargetProgram } from "../targets/program.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import { bufferOf } from "./memoryMap.js";
import { givenIn, signatureOf } from "./signature.js";

export function targetProgramOf(program: CompiledProgram): TargetProgram {
  const { layout, leaves } = program;
  return {
    name: program.name,
    functions: program.functions.map((made) => functionOf(program, made)),
    initialize: functionOf(program, program.initialize),
    vectorKernels: program.vectorKernels,
    constants: [...program.constants].map(([id, values]) => ({
      buffer: placed(program, leaves.get(id) as Buffer),
      values,
    })),
    scratch: program.scratch,
    scratchOffset: layout.scratch.offset,
    total: layout.total,
  };
}

function functionOf(program: CompiledProgram, made: CompiledFunction): TargetFunction {
  const { name, dims, steps } = made;
  const given = givenIn(program, made);
  return {
    name,
    dims,
    parameters: signatureOf(made),
    given: given && placed(program, given),
    steps,
    bufferOf: (id) => placed(program, bufferOf(program, made, id)),
  };
}

const placed = ({ layout }: CompiledProgram, { id, label, type, length }: Buffer): TargetBuffer => ({
  id,
  label,
  type,
  length,
  offset: layout.offsets.get(id) as number,
});
