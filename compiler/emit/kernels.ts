/** The kernels in JavaScript: a function each, and `javascript`, which binds them to an instance's memory. */
import { callsOf, callStep, printSteps } from "../ir/program.js";
import type { ScalarType } from "../ir/scalar.js";
import type { Buffer } from "../plan/memory/buffer.js";
import type { CompiledFunction, CompiledProgram, KernelCall } from "./compiled.js";
import { identifier, Names } from "../targets/js/names.js";
import { comment, indent, method } from "./javascriptText.js";
import { bufferOf } from "./memoryMap.js";
import { givenIn, signatureOf } from "./signature.js";

const arrays: Readonly<Record<ScalarType, string>> = {
  f32: "Float32Array",
  f64: "Float64Array",
  i32: "Int32Array",
  bool: "Uint8Array",
};

/** Every kernel of a program once, in the order of the first calls. */
export function distinctKernels(program: CompiledProgram): KernelCall[] {
  const calls = new Map<string, KernelCall>();
  for (const call of [...program.functions, program.initialize].flatMap((made) => callsOf(made.steps))) {
    if (!calls.has(call.name)) calls.set(call.name, call);
  }
  return [...calls.values()];
}

export function printKernelFunction(call: KernelCall): string[] {
  return [
    "/**",
    ...call.kernel.doc.map((line) => ` * ${comment(line)}`),
    " */",
    `function ${call.name}(${call.printed.parameters.join(", ")}) {`,
    ...call.printed.body.split("\n"),
    "}",
    "",
  ];
}

/** The kernels of one function as they stand in the module, in the order of its calls. */
export function printKernels(made: CompiledFunction): string[] {
  return printSteps(made.steps, printKernelFunction);
}

/** The views of memory that kernels are called with. */
class Views {
  readonly names: Names;
  readonly declarations: string[] = [];
  readonly #known = new Map<string, string>();
  readonly #program: CompiledProgram;

  constructor(program: CompiledProgram, taken: Iterable<string>) {
    this.#program = program;
    this.names = new Names(taken);
  }

  /** The view of a buffer; buffers of different functions that lie alike under one name share it. */
  of({ id, type, length, label }: Buffer): string {
    const created = `new ${arrays[type]}(memory, ${this.#program.layout.offsets.get(id) as number}, ${length})`;
    const unique = `${created} ${label}`;
    const known = this.#known.get(unique);
    if (known !== undefined) return known;
    const name = this.names.take(identifier(label));
    this.#known.set(unique, name);
    this.declarations.push(`const ${name} = ${created};`);
    return name;
  }
}

/** A function as the host calls it: its kernels in order, or some of them. */
function printCalls(
  program: CompiledProgram,
  made: CompiledFunction,
  views: Views,
  { name: own, steps }: Pick<CompiledFunction, "name" | "steps"> = made,
): string[] {
  // The views first: a parameter must not take the name of one.
  for (const { printed } of callsOf(made.steps)) {
    for (const pass of printed.passes) if (pass.kind === "buffer") views.of(bufferOf(program, made, pass.id));
  }
  const names = new Names(views.names.all());
  const given = givenIn(program, made);
  const parameters = new Map(
    signatureOf(made).map(({ kind, name }, at) => [
      `${kind}:${name}`,
      given ? `${views.of(given)}[${at}]` : names.take(identifier(name)),
    ]),
  );
  const lines = printSteps(steps, ({ name, printed }) => {
    const given = printed.passes.map((pass) =>
      pass.kind === "buffer"
        ? views.of(bufferOf(program, made, pass.id))
        : (parameters.get(`${pass.kind}:${pass.name}`) as string),
    );
    return [`${name}(${given.join(", ")});`];
  });
  return method(own, given ? "" : [...parameters.values()].join(", "), lines);
}

/** The kernels of a function one by one: `train.0`, `train.1`, ... */
export const oneByOne = ({ name, steps }: CompiledFunction): Pick<CompiledFunction, "name" | "steps">[] =>
  callsOf(steps).map((call, position) => ({ name: `${name}.${position}`, steps: callStep(call) }));

/** The function `javascript`; `taken` are the names of the module's scope, and `apart` gives each kernel of its own. */
export function printBinding(program: CompiledProgram, taken: Iterable<string>, apart = false): string[] {
  const views = new Views(program, [...taken, "memory"]);
  const initialize = printCalls(program, program.initialize, views);
  const functions = program.functions.flatMap((made) =>
    apart ? oneByOne(made).flatMap((step) => printCalls(program, made, views, step)) : printCalls(program, made, views),
  );
  const constants = [...program.constants].map(
    ([id, values]) => `${views.of(program.leaves.get(id) as Buffer)}.set([${[...values].map(String).join(", ")}]);`,
  );
  return [
    "/** The kernels in JavaScript, bound to an instance's memory. */",
    "function javascript(memory) {",
    ...indent([...views.declarations, ...constants]),
    "  return {",
    ...indent(indent([...initialize, "functions: {", ...indent(functions), "},"])),
    "  };",
    "}",
    "",
  ];
}
