/** The kernels in JavaScript: one function each, and `bindKernels`, which binds them to an instance's memory. */
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

interface DistinctKernel {
  readonly call: TargetCall;
  /** `net.model.ts:7`, for each of its calls. */
  readonly places: Set<string>;
}

/** Every kernel of a program once, in the order of the first calls. */
function distinctKernels(program: TargetProgram, pathOf: PrintOptions["pathOf"]): DistinctKernel[] {
  const kernels = new Map<string, DistinctKernel>();
  for (const made of [...program.functions, program.initialize]) {
    for (const call of callsOf(made.steps)) {
      const kernel = kernels.get(call.name) ?? { call, places: new Set() };
      kernels.set(call.name, kernel);
      const { place } = call;
      if (place && pathOf) kernel.places.add(`${pathOf(place.file)}:${place.line}`);
    }
  }
  return [...kernels.values()];
}

/** The most lines of the model file that are named above a kernel. */
const mostPlaces = 3;

/** The user's lines that a kernel computes; kernels that do the same in several places are one function. */
function printPlaces(places: ReadonlySet<string>): string[] {
  const [all, more] = [[...places], places.size - mostPlaces];
  const named = all.slice(0, mostPlaces).join(", ");
  return all.length === 0 ? [] : [` * ${comment(more > 0 ? `${named} and ${more} more` : named)}`];
}

function printKernelFunction(call: TargetCall, places: ReadonlySet<string> = new Set()): string[] {
  return [
    "/**",
    ...printPlaces(places),
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
    .map((made) => [`// ${made.name}`, ...printSteps(made.steps, (call) => printKernelFunction(call))].join("\n"))
    .join("\n\n");

/** The views of memory that kernels are called with, by the identity of their buffers. */
class Views {
  readonly names: Names;
  readonly declarations: string[] = [];
  readonly #around: Views | undefined;
  readonly #known = new Map<string, string>();

  /** `around` are views of an outer scope, which are used if they hold a buffer. */
  constructor(taken: Iterable<string>, around?: Views) {
    this.names = new Names([...taken, ...(around?.names.all() ?? [])]);
    this.#around = around;
  }

  find(buffer: TargetBuffer): string | undefined {
    return this.#known.get(identityOf(buffer)) ?? this.#around?.find(buffer);
  }

  /** The view of a buffer; buffers of different functions with the same name, place and type share it. */
  of(buffer: TargetBuffer): string {
    const known = this.find(buffer);
    if (known !== undefined) return known;
    const name = this.names.take(identifier(buffer.label));
    this.#known.set(identityOf(buffer), name);
    this.declarations.push(`const ${name} = ${created(buffer)};`);
    return name;
  }
}

const created = ({ type, length, offset }: TargetBuffer): string => `new ${arrays[type]}(memory, ${offset}, ${length})`;

const identityOf = (buffer: TargetBuffer): string => `${created(buffer)} ${buffer.label}`;

/** The buffers that a function's kernels are called with, in order. */
const buffersOf = (made: TargetFunction): TargetBuffer[] => [
  ...callsOf(made.steps).flatMap(({ printed }) =>
    printed.passes.flatMap((pass) => (pass.kind === "buffer" ? [made.bufferOf(pass.id)] : [])),
  ),
  ...(made.given ? [made.given] : []),
];

/** A function as the host calls it: its kernels in order, or some of them. */
function printCalls(
  made: TargetFunction,
  views: Views,
  { name: own, steps }: Pick<TargetFunction, "name" | "steps"> = made,
): string[] {
  // The views come first, because a parameter must not take the name of one.
  for (const buffer of buffersOf(made)) views.of(buffer);
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

/**
 * The function `name`, which binds the kernels to memory; `taken` are the names of the module's scope, and `apart`
 * gives each kernel of its own. A buffer that several functions use has one view; a buffer of one function has its view
 * in the function's scope, under its own name.
 */
function printBinding(program: TargetProgram, name: string, taken: Iterable<string>, apart: boolean): string[] {
  const around = new Views([...taken, "memory"]);
  const users = new Map<string, number>();
  for (const made of program.functions) {
    for (const each of new Set(buffersOf(made).map(identityOf))) users.set(each, (users.get(each) ?? 0) + 1);
  }
  const constants = program.constants.map(
    ({ buffer, values }) => `${around.of(buffer)}.set([${[...values].map(String).join(", ")}]);`,
  );
  const initialize = printCalls(program.initialize, around);
  for (const buffer of program.functions.flatMap(buffersOf)) {
    if ((users.get(identityOf(buffer)) as number) > 1) around.of(buffer);
  }
  const binders = program.functions.map((made) => around.names.take(identifier(`bind ${made.name}`)));
  const scopes = program.functions.flatMap((made, at) => {
    const views = new Views([], around);
    const methods = apart ? oneByOne(made).flatMap((step) => printCalls(made, views, step)) : printCalls(made, views);
    return [
      "",
      `function ${binders[at]}() {`,
      ...indent([...views.declarations, "return {", ...indent(methods), "};"]),
      "}",
    ];
  });
  return [
    "/** The kernels in JavaScript, bound to an instance's memory. */",
    `function ${name}(memory) {`,
    ...indent([...around.declarations, ...constants]),
    "  return {",
    ...indent(indent([...initialize, `functions: { ${binders.map((binder) => `...${binder}()`).join(", ")} },`])),
    "  };",
    ...indent(scopes),
    "}",
    "",
  ];
}

/** The function of the module that binds the kernels to memory. */
const binder = "bindKernels";

export function printProgram(program: TargetProgram, { apart, pathOf }: PrintOptions): PrintedProgram {
  const kernels = distinctKernels(program, pathOf);
  return {
    kernels: kernels.map(({ call }) => call.kernel),
    scratch: program.scratch,
    functions: kernels.flatMap(({ call, places }) => printKernelFunction(call, places)),
    names: [...kernels.map(({ call }) => call.name), binder],
    binding: (taken) => printBinding(program, binder, taken, apart),
    described: [],
    bound: [["javascript", [binder]]],
    files: {},
  };
}
