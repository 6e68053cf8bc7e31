/** Kernels as WebAssembly functions. */
import { usesOf, type Kernel, type Statement } from "../../ir/kernel.js";
import type { Index, Size } from "../../ir/size.js";
import { advance, begin, finish } from "./carriedScalars.js";
import {
  get,
  i32,
  loop as doWhile,
  plain,
  set,
  sub,
  when,
  type Base,
  type Code,
  type FunctionCode,
  type Local,
  type Scratch,
} from "./code.js";
import { emitContraction } from "./contraction.js";
import type { Emitter } from "./emitter.js";
import { LoopWriter } from "./loops.js";
import type { ValueType } from "./opcodes.js";
import { prune } from "./prune.js";
import { Scope } from "./scope.js";
import { valueTypes } from "./scalarCode.js";
import { KernelScope } from "./kernelScope.js";
import { held, single, type Value } from "./value.js";

export interface KernelCode {
  readonly code: FunctionCode;
  /** Buffers by their number as bases, dimensions and host scalars in the order of the parameters. */
  readonly buffers: readonly string[];
  readonly dims: readonly string[];
  readonly scalars: readonly string[];
}

/** The scratch memory for the sums and panels of contractions. */
const scratchPrefix = "scratch:";

class KernelWriter implements Emitter {
  readonly relaxed: boolean;
  readonly #scope: Scope;
  readonly #values: KernelScope;
  readonly #loops: LoopWriter;
  /** Buffers by their number. */
  readonly #numbers: ReadonlyMap<string, number>;

  constructor(
    buffers: readonly string[],
    scope: Scope,
    values: ReadonlyMap<string, Value>,
    { relaxed }: { readonly relaxed: boolean },
  ) {
    this.relaxed = relaxed;
    this.#numbers = new Map(buffers.map((buffer, number) => [buffer, number]));
    this.#scope = scope;
    this.#values = new KernelScope(scope, values, (buffer) => this.baseOf(buffer));
    this.#loops = new LoopWriter(scope, this.#values, (statements) => this.statements(statements));
  }

  push(...codes: readonly Code[]): void {
    this.#scope.push(...codes);
  }

  collect(write: () => void): readonly Code[] {
    return this.#scope.collect(write);
  }

  local(type: ValueType, name: string): Local {
    return this.#scope.local(type, name);
  }

  hold(value: Code, name: string): Code {
    return this.#scope.hold(value, "i32", name);
  }

  size(size: Size): Code {
    return this.#scope.size(size);
  }

  capacity(size: Size): number {
    return this.#scope.capacity(size);
  }

  baseOf(buffer: string): Base {
    if (buffer.startsWith(scratchPrefix)) return buffer.slice(scratchPrefix.length) as Scratch;
    const number = this.#numbers.get(buffer);
    if (number === undefined) throw new Error(`wasm: the kernel is not given ${buffer}`);
    return number;
  }

  bindIndex(index: Index, value: Code): void {
    this.#scope.bindIndex(index, value);
  }

  statements(statements: readonly Statement[]): void {
    for (const statement of statements) this.#statement(statement);
  }

  #statement(statement: Statement): void {
    switch (statement.kind) {
      case "let":
        this.#values.define(statement.name, held(this.#values.evaluate(statement.value), this.#values));
        return;
      case "bind": {
        const value = held(this.#values.evaluate(statement.value), this.#values);
        if (value.uniform) this.#scope.bindIndex(statement.index, value.code);
        else this.#scope.bindLanes(statement.index, this.#values.lanesOf(value.parts));
        return;
      }
      case "store":
        this.#values.store(statement);
        return;
      case "if": {
        const condition = this.#values.single(statement.condition);
        this.push(
          when(
            condition,
            this.collect(() => this.statements(statement.then)),
          ),
        );
        return;
      }
      case "while":
        this.#while(statement);
        return;
      case "loop":
        this.#loops.write(statement, i32(0), this.hold(this.size(statement.extent), "extent"));
        return;
      case "contract":
        emitContraction(statement, this);
        return;
    }
  }

  range(index: Index, from: Code, to: Code, body: readonly Statement[]): void {
    if (index.extent === null) throw new Error(`wasm: ${index.id} has no extent`);
    this.#loops.write({ kind: "loop", index, extent: index.extent, carried: [], body }, from, to);
  }

  #while({ condition, limit, carried, body }: Statement & { readonly kind: "while" }): void {
    if (this.#values.isInLanes) throw new Error("wasm: a while loop in lanes");
    const current = carried.map((each) => begin(each.type, this.#values.evaluate(each.initial), this.#values));
    carried.forEach((each, position) => this.#values.define(each.name, current[position] as Value));
    const left = this.#scope.local("i32", "left");
    this.push(set(left, this.size(limit)));
    const test = (): Code => plain("i32.and", plain("i32.gt_s", get(left), i32(0)), this.#values.single(condition));
    let again: Code = i32(0);
    const turn = this.collect(() => {
      this.statements(body);
      advance(carried, current, null, this.#values);
      this.push(set(left, sub(get(left), i32(1))));
      again = this.hold(test(), "again");
    });
    const first = this.hold(test(), "first");
    this.push(when(first, [doWhile(turn, again)]));
    finish(carried, current, this.#values);
  }
}

/** A kernel as a function. Buffers and scratch memory are bases; dimensions and host scalars are parameters. */
export function compileKernel(
  kernel: Kernel,
  capacityOf: (dimension: string) => number,
  options: { readonly relaxed: boolean },
): KernelCode {
  const uses = usesOf(kernel);
  const buffers = [...uses.buffers.keys()];
  const scope = new Scope(uses.dims, capacityOf);
  // Parameters get their names from the same source as locals, so that no two are equal.
  const scalars = [...uses.scalars].map(([name, type]) => ({ name, type, local: scope.local(valueTypes[type], name) }));
  const values = new Map(scalars.map(({ name, type, local }): [string, Value] => [name, single(type, get(local))]));
  const writer = new KernelWriter(buffers, scope, values, options);
  const body = scope.collect(() => writer.statements(kernel.body));
  const parameters = [...scope.dims, ...scalars.map(({ local }) => local)];
  return {
    code: prune({ name: kernel.name, parameters, body, results: [] }),
    buffers,
    dims: uses.dims,
    scalars: scalars.map(({ name }) => name),
  };
}
