/** Runs a compiled program in this process: the emitted module's text, with the runtime beside this file. */
import { compileStages } from "../compile.js";
import type { CompiledProgram } from "../emit/compiled.js";
import { emitModule, type ModuleParts } from "../emit/module.js";
import type { Model } from "../model/model.js";
import { bytesOfBuffer } from "../plan/memory/layout.js";
import type { Arrange } from "../plan/plan.js";
import type { FusionLevel } from "../plan/fuse/fuse.js";
import type { Stages } from "../report/stages.js";
import { js } from "../targets/js/js.js";
import type { Target } from "../targets/target.js";
import * as runtime from "../../runtime/node.js";
import type { Program } from "../../runtime/abi.js";

export type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array | readonly number[];
export type Result = Record<string, number | boolean | Float32Array | Float64Array | Int32Array | Uint8Array>;

type Options = {
  readonly dims?: Readonly<Record<string, number>>;
  readonly [hyper: string]: unknown;
};

export interface Saved {
  readonly parameters: Readonly<Record<string, ArrayLike<number>>>;
  readonly state: Readonly<Record<string, ArrayLike<number>>>;
  readonly functions: Readonly<
    Record<
      string,
      {
        calls: number;
        step?: number;
        shared?: Record<string, ArrayLike<number>>;
        parameters?: Record<string, Record<string, ArrayLike<number>>>;
      }
    >
  >;
}

export interface Live {
  readonly program: CompiledProgram;
  /** The module of the instance. */
  readonly parts: ModuleParts;
  readonly text: string;
  /** The instance's block; where instances do not share scratch memory, it holds that too. */
  readonly memory: ArrayBuffer;
  readonly scratch: readonly Float64Array[];
  readonly parameters: Readonly<Record<string, Float32Array | Float64Array>>;
  call(name: string, inputs?: Readonly<Record<string, Numbers>>, options?: Options): Result;
  state(): Saved;
  load(state: Saved): void;
}

/**
 * Runs the module of these parts here; `wrap` gets the program that it passes to the runtime. `scratch` of the result
 * is the scratch memory that is in the module, and in no instance.
 */
export function moduleOf(
  { imports, lines, scratch, description }: ModuleParts,
  wrap: (description: Program, scratch: readonly Float64Array[]) => Program = (each) => each,
) {
  const text = ['"use strict";', ...lines, "return program(wrap$(", ...description, `, [${scratch.join(", ")}]));`];
  // The emitted text runs as a function here, so that its scratch memory can be seen.
  // eslint-disable-next-line no-new-func
  const evaluate = new Function("wrap$", ...imports.map(({ name, as = name }) => as), text.join("\n")) as (
    ...given: unknown[]
  ) => ReturnType<typeof runtime.program>;
  return evaluate(wrap, ...imports.map(({ name }) => (runtime as Readonly<Record<string, unknown>>)[name]));
}

export interface BuildOptions {
  readonly fusion?: FusionLevel;
  /** JavaScript by default. */
  readonly target?: Target;
  readonly seed?: number;
  /** Whether multiplications and additions may be fused, if the target has code for that. */
  readonly relaxed?: boolean;
  /** Updates all rows where it could update only those that a gradient lists. */
  readonly denseRows?: boolean;
  /** Puts the steps of each function into another tree. */
  readonly arrange?: Arrange;
}

/** An instance, and what the stages of the compiler made of its model. */
export interface Built extends Live {
  readonly stages: Stages;
}

/** Compiles a model and makes one instance of it. */
export function build(model: Model, options: BuildOptions = {}): Built {
  const { fusion = "all", target = js, seed, relaxed, denseRows = false, arrange } = options;
  const stages = compileStages(model, [target], { fusion, denseRows, arrange });
  return { ...instantiate(stages.programs[0] as CompiledProgram, seed, relaxed), stages };
}

export function instantiate(program: CompiledProgram, seed = 0, relaxed = false): Live {
  const options = { source: "check", version: "0", build: "check", inline: true, relaxed };
  const { javascript: text, parts } = emitModule([program], options);
  let memory = new ArrayBuffer(0);
  let scratch: readonly Float64Array[] = [];
  const made = moduleOf(parts, (description, pieces) => ({
    ...description,
    host(kernels, block, target) {
      const { offset, bytes } = program.layout.scratch;
      memory = block;
      scratch = program.target.sharesScratch ? pieces : [new Float64Array(block, offset, bytes / 8)];
      return description.host(kernels, block, target);
    },
  }));
  const net = made.createSync({ seed, relaxed }) as unknown as Record<string, unknown> &
    Pick<Live, "parameters" | "state" | "load">;
  return {
    program,
    parts,
    text,
    memory,
    scratch,
    parameters: net.parameters,
    call: (name, inputs = {}, given = {}) => (net[name] as (inputs: object, options: object) => Result)(inputs, given),
    state: () => net.state(),
    load: (state) => net.load(state),
  };
}

/** Fills arena, scratch and inputs with NaN, since they must not carry a value from one call to the next. */
export function poison({ memory, program, scratch }: Live): void {
  const { arena, offsets } = program.layout;
  const fill = (offset: number, bytes: number): void => void new Uint8Array(memory, offset, bytes).fill(0xff);
  fill(arena.offset, arena.bytes);
  for (const piece of scratch) piece.fill(NaN);
  for (const buffer of program.leaves.values()) {
    if (buffer.category === "inputs") fill(offsets.get(buffer.id) as number, bytesOfBuffer(buffer));
  }
}

/** A result as an array of numbers. */
export function numbersOf(value: Result[string] | undefined): number[] {
  if (value === undefined) throw new Error("there is no such result");
  return typeof value === "object" ? Array.from(value) : [Number(value)];
}
