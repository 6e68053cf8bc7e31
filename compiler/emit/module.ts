/** The emitted module: kernels as functions, a function that binds them to memory, and the program's description. */
import type { Buffer } from "../plan/buffer.js";
import { dimensionsOf } from "../ir/size.js";
import type { Scalar, ScalarType } from "../ir/scalar.js";
import { visitAll, visitScalars } from "../ir/kernel.js";
import type { HyperVariable } from "../optimizers/optimizer.js";
import type { CompiledFunction, CompiledProgram, KernelCall } from "../program.js";
import { identifier, Names } from "../targets/js/names.js";
import { dimsOf, functionSpec, tensorSpec } from "./description.js";
import { indent, key, object } from "./literal.js";
import { hostScalarOf } from "../plan/demand.js";
import { abi } from "../../runtime/abi.js";

const arrays: Readonly<Record<ScalarType, string>> = {
  f32: "Float32Array",
  f64: "Float64Array",
  i32: "Int32Array",
  bool: "Uint8Array",
};

/** Identifiers of the module's scope: kernels, and the views of memory that they are called with. */
class Scope {
  readonly names: Names;
  readonly #views = new Map<string, string>();
  readonly declarations: string[] = [];
  readonly #program: CompiledProgram;

  constructor(program: CompiledProgram, taken: Iterable<string>) {
    this.#program = program;
    this.names = new Names(taken);
  }

  /** The view of a buffer; buffers of different functions that lie alike under one name share it. */
  view(buffer: Buffer): string {
    const { offsets } = this.#program.layout;
    return this.#declare(arrays[buffer.type], offsets.get(buffer.id) as number, buffer.length, buffer.label);
  }

  #declare(array: string, offset: number, length: number, label: string): string {
    const unique = `${array}:${offset}:${length}:${label}`;
    const known = this.#views.get(unique);
    if (known !== undefined) return known;
    const name = this.names.take(identifier(label));
    this.#views.set(unique, name);
    this.declarations.push(`const ${name} = new ${array}(memory, ${offset}, ${length});`);
    return name;
  }
}

/** Text that ends neither the comment nor the line that it stands in. */
const comment = (text: string): string =>
  text.replaceAll("*/", "* /").replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, "?");

function printKernelFunction(call: KernelCall): string[] {
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
  return made.calls.flatMap(printKernelFunction);
}

function bufferById(program: CompiledProgram, made: CompiledFunction, id: string): Buffer {
  const found = made.plan.buffers.get(id) ?? program.leaves.get(id);
  if (!found) throw new Error(`${made.name}: there is no buffer ${id}`);
  return found;
}

/** Names that a function's body binds beside the views. */
const callNames = ["dims", "call", "step", "seed", "hyper", "seedLow", "seedHigh", "memory"];

function printBody(program: CompiledProgram, made: CompiledFunction, scope: Scope): { head: string; lines: string[] } {
  // The views first: a local of the function must not take the name of one.
  for (const { printed } of made.calls) {
    for (const pass of printed.passes) if (pass.kind === "buffer") scope.view(bufferById(program, made, pass.id));
  }
  const names = new Names([...scope.names.all()]);
  const variables = made.definition?.kind === "minimize" ? made.definition.optimizer.variables : [];
  const host = new Map<string, string>();
  const definitions = [...made.plan.host];
  const mentioned = new Set<string>();
  const mention = (scalar: Scalar): void =>
    visitScalars(scalar, (each) => {
      if (each.kind === "variable") mentioned.add(each.name);
    });
  for (const [, scalar] of definitions) mention(scalar);
  const schedules = new Map<string, Scalar>();
  for (const each of variables) {
    if (each.schedule === null || !mentioned.has(each.variable)) continue;
    const scalar = hostScalarOf(each.schedule);
    schedules.set(each.variable, scalar);
    mention(scalar);
  }
  const dims = dimsOf(made);
  for (const scalar of [...definitions.map(([, each]) => each), ...schedules.values()]) {
    visitAll([{ kind: "let", name: "", value: scalar }], {
      size: (size) => dimensionsOf(size).forEach((dim) => dims.add(dim)),
    });
  }
  const dimNames = new Map([...dims].sort().map((dim) => [dim, names.take(identifier(dim))]));
  const inputsOfHost = ["step", "call", "seedLow", "seedHigh", ...variables.map((each) => each.variable)];
  for (const name of inputsOfHost) host.set(name, inputsOfHost.indexOf(name) < 4 ? name : names.take(name));
  const print = (scalar: Scalar): string =>
    program.target.printHostScalar(
      scalar,
      (name) => host.get(name) as string,
      (dim) => dimNames.get(dim) as string,
    );

  const lines: string[] = [];
  const pattern = (name: string, local: string): string => (name === local ? key(name) : `${key(name)}: ${local}`);
  if (dimNames.size > 0)
    lines.push(`const { ${[...dimNames].map(([dim, name]) => pattern(dim, name)).join(", ")} } = dims;`);
  const used = variables.filter((each) => mentioned.has(each.variable));
  if (mentioned.has("seedLow") || mentioned.has("seedHigh")) lines.push("const [seedLow, seedHigh] = seed;");
  if (used.length > 0) {
    const plain = used.filter((each) => !schedules.has(each.variable));
    const parts = plain.map((each) => pattern(each.variable, host.get(each.variable) as string));
    if (parts.length > 0) lines.push(`const { ${parts.join(", ")} } = hyper;`);
    // A call overrides a schedule; where it does not, the value is null.
    for (const [variable, schedule] of schedules) {
      const { option, range } = variables.find((each) => each.variable === variable) as HyperVariable;
      const bounds = [range.from, range.above, range.below].map(String);
      while (bounds[bounds.length - 1] === "undefined") bounds.pop();
      const args = [JSON.stringify(option), `hyper.${variable} ?? ${print(schedule)}`, ...bounds];
      lines.push(`const ${host.get(variable)} = scheduled(${args.join(", ")});`);
    }
  }
  const locals = new Map<string, string>();
  for (const [name, scalar] of definitions) {
    if (scalar.kind === "variable") {
      locals.set(name, host.get(scalar.name) as string);
      continue;
    }
    const local = names.take(identifier(name));
    lines.push(`const ${local} = ${print(scalar)};`);
    locals.set(name, local);
  }
  for (const { name, printed } of made.calls) {
    const args = printed.passes.map((pass) => {
      switch (pass.kind) {
        case "buffer":
          return scope.view(bufferById(program, made, pass.id));
        case "dimension":
          return dimNames.get(pass.name) as string;
        case "scalar":
          return locals.get(pass.name) as string;
      }
    });
    lines.push(`${name}(${args.join(", ")});`);
  }
  const text = lines.join("\n");
  const head = ["dims", "call", "step", "seed", "hyper"].filter((name) => new RegExp(`\\b${name}\\b`).test(text));
  return { head: head.length > 0 ? `{ ${head.join(", ")} }` : "", lines };
}

/** The module's text. `source` is the model file's name, for the header. */
export function emitModule(
  program: CompiledProgram,
  options: { readonly source: string; readonly version: string },
): string {
  const { model, target, layout } = program;
  const all = [...program.functions, program.initialize];
  const calls = new Map<string, KernelCall>();
  for (const call of all.flatMap((made) => made.calls)) if (!calls.has(call.name)) calls.set(call.name, call);
  const hostScalars = all.flatMap((made) => [
    ...made.plan.host.values(),
    ...(made.definition?.kind === "minimize" ? made.definition.optimizer.variables : []).flatMap((each) =>
      each.schedule === null ? [] : [hostScalarOf(each.schedule)],
    ),
  ]);
  const helpers = target.printHelpers(
    [...calls.values()].map((call) => call.kernel),
    hostScalars,
    program.scratch,
  );
  const helperNames = [...helpers.matchAll(/(?:function|const) ([\w$]+)/g)].map((match) => match[1] as string);
  const scope = new Scope(program, [
    ...calls.keys(),
    ...helperNames,
    ...callNames,
    "instantiate",
    "program",
    "scheduled",
  ]);
  const initialize = printBody(program, program.initialize, scope);
  const functions = program.functions.map((made) => ({ name: made.name, ...printBody(program, made, scope) }));
  const imports = functions.some(({ lines }) => lines.some((line) => line.includes(" = scheduled(")))
    ? ", scheduled"
    : "";
  const constants = [...program.constants].flatMap(([id, values]) => {
    const buffer = program.leaves.get(id) as Buffer;
    return [`${scope.view(buffer)}.set([${[...values].map(String).join(", ")}]);`];
  });
  const method = (name: string, { head, lines }: { head: string; lines: readonly string[] }): string[] => [
    `${key(name)}(${head}) {`,
    ...indent(lines),
    "},",
  ];
  const parameters = Object.keys(model.parameters).map(
    (name) => [name, tensorSpec(program, program.leaves.get(`param:${name}`) as Buffer)] as const,
  );
  const states = Object.keys(model.state).map(
    (name) => [name, tensorSpec(program, program.leaves.get(`state:${name}`) as Buffer)] as const,
  );
  const description = object([
    ["abi", [String(abi)]],
    ["name", [JSON.stringify(model.name)]],
    ["bytes", [String(layout.scratch.offset)]],
    ["dims", object(Object.entries(model.dims).map(([name, value]) => [name, [String(value)]] as const))],
    ["parameters", object(parameters)],
    ["state", object(states)],
    ["functions", object(program.functions.map((made) => [made.name, functionSpec(program, made)] as const))],
  ]);
  const [, ...inner] = description;
  return [
    `// generated by optimc ${options.version} from ${comment(options.source)}; changes are lost when it is built again`,
    `import { program${imports} } from "optimc/runtime";`,
    "",
    ...[...calls.values()].flatMap(printKernelFunction),
    ...(helpers === "" ? [] : [helpers]),
    "/** Binds the kernels to an instance's memory. */",
    "function instantiate(memory) {",
    ...indent(scope.declarations),
    ...indent(constants),
    "  return {",
    ...indent(indent(method("initialize", initialize))),
    "    functions: {",
    ...indent(indent(indent(functions.flatMap((made) => method(made.name, made))))),
    "    },",
    "  };",
    "}",
    "",
    "export default program({",
    ...inner.slice(0, -1),
    "  instantiate,",
    "});",
    "",
  ].join("\n");
}
