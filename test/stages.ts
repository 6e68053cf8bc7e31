/** Questions of tests about the stages of a model: its graphs, its plan, a function beside its graphs. */
import { subjectsOf, type Subject } from "../compiler/check/subject.js";
import type { CompiledProgram } from "../compiler/emit/compiled.js";
import type { FunctionGraph } from "../compiler/passes/pipeline.js";
import { placedPlan, type VerifiedProgram } from "../compiler/plan/verify/verify.js";
import type { Stages } from "../compiler/report/stages.js";

/** The program for the first target. */
export const programOf = ({ programs }: Stages): CompiledProgram => programs[0] as CompiledProgram;

/** The graphs of a function, by default of the first. */
export function graphOf({ graphs }: Stages, name = graphs.functions[0]?.name): FunctionGraph {
  const found = graphs.functions.find((each) => each.name === name);
  if (!found) throw new Error(`no function ${name}`);
  return found;
}

/** A function, compiled for the first target, beside its graphs. */
export function subjectOf(stages: Stages, name: string): Subject {
  const found = subjectsOf(stages.graphs, programOf(stages)).find(({ made }) => made.name === name);
  if (!found) throw new Error(`no function ${name}`);
  return found;
}

/** What the verifier is given of the first target. */
export const placedOf = (stages: Stages): VerifiedProgram =>
  placedPlan(stages.planned[0] as Stages["planned"][0], programOf(stages));

/** The names of the inputs that some function takes. */
export const inputsOf = ({ functions }: CompiledProgram): string[] => [
  ...new Set(functions.flatMap(({ inputs }) => inputs.map(({ name }) => name))),
];
