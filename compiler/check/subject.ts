/** What is checked: a function's graphs, which give its calls their meaning, beside the function as it was compiled. */
import type { CompiledFunction, CompiledProgram } from "../emit/compiled.js";
import type { FunctionGraph, ModelGraphs } from "../passes/pipeline.js";

export interface Subject {
  readonly graph: FunctionGraph;
  /** The same function, compiled for one target. */
  readonly made: CompiledFunction;
}

/** The functions of a program with their graphs, in the model's order. */
export const subjectsOf = (graphs: ModelGraphs, program: CompiledProgram): Subject[] =>
  graphs.functions.map((graph) => {
    const made = program.functions.find(({ name }) => name === graph.name);
    if (!made) throw new Error(`${program.name}: ${graph.name} was not compiled`);
    return { graph, made };
  });
