/** The kernels in JavaScript: a function each, and `javascript`, which binds them to an instance's memory. */
import { callsOf, printSteps } from "../../ir/program.js";
import type { ScalarType } from "../../ir/scalar.js";
import {
  oneByOne,
  type PrintedProgram,
  type PrintOptions,
  type TargetBuffer,
  type TargetCall,
  type TargetFunction,
  type TargetProgram,
} from "../program.js";
import { identifier, Names } from "./names.js";
import { comment, indent, method } from "./text.js";

const arrays: Readonly<Record<ScalarType, string>> = {
  f32: "Float32Array",
  f64: "Float64Array",
  i32: "Int32Array",
  bool: "Uint8Array",
};

/** Every kernel of a program once, in the order of the first calls. */
function distinctKernels(program: TargetProgram): TargetCall[] {
  const calls = new Map<string, TargetCall>();
  for (const call of [...program.functions, program.initialize].flatMap((made) => callsOf(made.steps))) {
    if (!calls.has(call.name)) calls.set(call.name, call);
  }
  return [...calls.values()];
}

function printKernelFunction(call: TargetCall): string[] {
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

/** The kernels of every function as they stand in the module, in the order of its calls: a stage of `optimc print`. */
export const printKernels = (program: TargetProgram): string =>
  program.functions
    .map((made) => [`// ${made.name}`, ...printSteps(made.steps, printKernelFunction)].join("\n"))
    .join("\n\n");

/** The views of memory that kernels are called with. */
class Views {
  readonly names: Names;
  readonly declarations: string[] = [];
  readonly #known = new Map<string, string>();

  constructor(taken: Iterable<string>) {
    this.names = new Names(taken);
  }

  /** The view of a buffer; buffers of different functions that lie alike under one name share it. */
  of({ type, length, label, offset }: TargetBuffer): string {
    const created = `new ${arrays[type]}(memory, ${offset}, ${length})`;
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
  made: TargetFunction,
  views: Views,
  { name: own, steps }: Pick<TargetFunction, "name" | "steps"> = made,
): string[] {
  // The views first: a parameter must not take the name of one.
  for (const { printed } of callsOf(made.steps)) {
    for (const pass of printed.passes) if (pass.kind === "buffer") views.of(made.bufferOf(pass.id));
  }
  const names = new Names(views.names.all());
  const { given } = made;
  const parameters = new Map(
    made.parameters.map(({ kind, name }, at) => [
      `${kind}:${name}`,
      given ? `${views.of(given)}[${at}]` : names.take(identifier(name)),
    ]),
  );
  const lines = printSteps(steps, ({ name, printed }) => {
    const given = printed.passes.map((pass) =>
      pass.kind === "buffer"
        ? views.of(made.bufferOf(pass.id))
        : (parameters.get(`${pass.kind}:${pass.name}`) as string),
    );
    return [`${name}(${given.join(", ")});`];
  });
  return method(own, given ? "" : [...parameters.values()].join(", "), lines);
}

/** The function `javascript`; `taken` are the names of the module's scope, and `apart` gives each kernel of its own. */
function printBinding(program: TargetProgram, taken: Iterable<string>, apart: boolean): string[] {
  const views = new Views([...taken, "memory"]);
  const initialize = printCalls(program.initialize, views);
  const functions = program.functions.flatMap((made) =>
    apart ? oneByOne(made).flatMap((step) => printCalls(made, views, step)) : printCalls(made, views),
  );
  const constants = program.constants.map(
    ({ buffer, values }) => `${views.of(buffer)}.set([${[...values].map(String).join(", ")}]);`,
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

export function printProgram(program: TargetProgram, { apart }: PrintOptions): PrintedProgram {
  const kernels = distinctKernels(program);
  return {
    kernels: kernels.map(({ kernel }) => kernel),
    scratch: program.scratch,
    functions: kernels.flatMap(printKernelFunction),
    names: [...kernels.map(({ name }) => name), "javascript"],
    binding: (taken) => printBinding(program, taken, apart),
    described: [],
    bound: ["javascript"],
    files: {},
  };
}
