/** Runs a compiled program in this process: the emitted module's text, with the runtime beside this file. */
import { compileProgram } from "../compile.js";
import type { CompiledProgram } from "../emit/compiled.js";
import { emitModule } from "../emit/module.js";
import { emitWasm } from "../emit/wasm.js";
import type { Model } from "../model/model.js";
import { bytesOfBuffer } from "../plan/memory/layout.js";
import type { Arrange } from "../plan/kernels.js";
import type { FusionLevel } from "../plan/fuse/fuse.js";
import { js } from "../targets/js/js.js";
import type { Target } from "../targets/target.js";
import {
  checkIndices,
  readGroups,
  javascriptProgram,
  lbfgs,
  program as bothProgram,
  scheduled,
  strongWolfe,
} from "../../runtime/node.js";
import type { Kernels, Program } from "../../runtime/abi.js";

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
  readonly text: string;
  /** The instance's block; in WebAssembly it holds the scratch memory too. */
  readonly memory: ArrayBuffer;
  readonly scratch: readonly Float64Array[];
  readonly parameters: Readonly<Record<string, Float32Array | Float64Array>>;
  call(name: string, inputs?: Readonly<Record<string, Numbers>>, options?: Options): Result;
  state(): Saved;
  load(state: Saved): void;
}

/** What emitted modules import from the runtime beside `program`. */
const helpers = { checkIndices, readGroups, lbfgs, scheduled, strongWolfe };

/**
 * The module that a text stands for, run here; `wrap` sees what it passes to the runtime. Its scratch memory, which
 * no instance holds, is `scratch` of the result.
 */
export function moduleOf(
  text: string,
  wrap: (description: Program, scratch: readonly Float64Array[]) => Program = (each) => each,
) {
  const pieces = [...text.matchAll(/^const (\w+) = new Float64Array\(\d+\);$/gm)].map(([, name]) => name as string);
  const scratch = pieces.filter((name) => name !== "powersOfTwo" && name !== "float64").join(", ");
  const body = text
    .replace(/^import \{ .* \} from "optimc\/runtime";$/m, "")
    .replace(/^export default program\(\{/m, `return program([${scratch}], {`);

  // The emitted text runs as a function here, so that its scratch memory can be seen.
  // eslint-disable-next-line no-new-func
  const evaluate = new Function("program", ...Object.keys(helpers), `"use strict";${body}`) as (
    program: (scratch: readonly Float64Array[], description: Program) => ReturnType<typeof bothProgram>,
    ...helpers: unknown[]
  ) => ReturnType<typeof bothProgram>;
  return evaluate(
    (scratch, given) => {
      const description = wrap(given, scratch);
      return (description.wasm ? bothProgram : javascriptProgram)(description);
    },
    ...Object.values(helpers),
  );
}

export interface BuildOptions {
  readonly fusion?: FusionLevel;
  /** JavaScript by default. */
  readonly target?: Target;
  readonly seed?: number;
  /** In WebAssembly: whether multiplications and additions may be fused. */
  readonly relaxed?: boolean;
  /** Updates all rows where it could update only those that a gradient lists. */
  readonly denseRows?: boolean;
  /** Puts the steps of each function into another tree. */
  readonly arrange?: Arrange;
}

/** Compiles a model and makes one instance of it. */
export function build(model: Model, options: BuildOptions = {}): Live {
  const { fusion = "all", target = js, seed, relaxed, denseRows = false, arrange } = options;
  return instantiate(compileProgram(model, { target, fusion, denseRows, arrange }), seed, relaxed);
}

export function instantiate(program: CompiledProgram, seed = 0, relaxed = false): Live {
  const inWasm = program.target.name === "wasm";
  const bytes = inWasm ? emitWasm(program, { relaxed, build: "check" }) : null;
  const text = emitModule([program], {
    source: "check",
    version: "0",
    wasm: bytes && { build: "check", strict: bytes, relaxed: bytes },
    inline: true,
  });
  let memory = new ArrayBuffer(0);
  let scratch: readonly Float64Array[] = [];
  const made = moduleOf(text, (description, pieces) => ({
    ...description,
    ...(description.javascript && {
      javascript(block: ArrayBuffer) {
        memory = block;
        scratch = pieces;
        return description.javascript!(block);
      },
    }),
    bind(kernels: Kernels, block: ArrayBuffer, target: "js" | "wasm" | "wasm-relaxed") {
      if (inWasm) {
        const { offset, bytes } = program.layout.scratch;
        memory = (kernels.functions["optimc.memory"] as unknown as { buffer: ArrayBuffer }).buffer;
        scratch = [new Float64Array(memory, offset, bytes / 8)];
      }
      return description.bind(kernels, block, target);
    },
  }));
  const net = made.createSync({ seed }) as unknown as Record<string, unknown> &
    Pick<Live, "parameters" | "state" | "load">;
  return {
    program,
    text,
    memory,
    scratch,
    parameters: net.parameters,
    call: (name, inputs = {}, given = {}) => (net[name] as (inputs: object, options: object) => Result)(inputs, given),
    state: () => net.state(),
    load: (state) => net.load(state),
  };
}

/** Fills everything that may not carry a value from one call to the next with NaN: arena, scratch and inputs. */
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
