/**
 * The host's part of a call: it computes the numbers that kernels are given, in double and before the first kernel. Its
 * code is the same for all targets.
 */
import { hostNameOf } from "../ir/hostScalar.js";
import { visitAll, visitScalars } from "../ir/kernel.js";
import type { Scalar } from "../ir/scalar.js";
import { dimensionsOf } from "../ir/size.js";
import { cellOf } from "../ops/kept.js";
import type { HyperFacts } from "../plan/facts.js";
import { cellKey } from "../plan/memory/bufferIds.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import { js } from "../targets/js/js.js";
import { identifier, Names } from "../targets/js/names.js";
import type { HostNames } from "../targets/target.js";
import { driverImports, printDriver } from "./driver.js";
import { indent, key, method, suffixed } from "../targets/js/text.js";
import { sharedParts } from "./hostSubexpressions.js";
import { dimensionsGiven, givenIn, signatureOf } from "./signature.js";

/** The computations of the host for a function. */
interface HostPart {
  /** The scalars that its kernels are given. */
  readonly scalars: ReadonlyMap<string, Scalar>;
  /** The hyper-parameters from which they are computed. */
  readonly variables: readonly HyperFacts[];
  /** The schedules of those that have one, by variable. */
  readonly schedules: ReadonlyMap<string, Scalar>;
  /** Every variable that occurs: hyper-parameters, the step, the seed. */
  readonly mentioned: ReadonlySet<string>;
}

function hostPart(made: CompiledFunction): HostPart {
  const scalars = new Map(
    signatureOf(made).flatMap((each) =>
      each.kind === "scalar" ? [[each.name, made.host.get(each.name) as Scalar] as const] : [],
    ),
  );
  const mentioned = new Set<string>();
  const mention = (scalar: Scalar): void =>
    visitScalars(scalar, (each) => {
      if (each.kind === "variable") mentioned.add(each.name);
    });
  for (const scalar of scalars.values()) mention(scalar);
  const { driver, hyper = [] } = made.training ?? {};
  const driven = driver?.options ?? [];
  const variables = hyper.filter(({ variable }) => mentioned.has(variable) || driven.includes(variable));
  const schedules = new Map<string, Scalar>();
  for (const { variable, schedule } of variables) {
    if (schedule !== null) schedules.set(variable, schedule);
  }
  for (const schedule of schedules.values()) mention(schedule);
  return { scalars, variables, schedules, mentioned };
}

/** Whether the host computes schedules for the function; these may refuse a call. */
export const hasSchedules = (made: CompiledFunction): boolean => hostPart(made).schedules.size > 0;

/** All scalars that the host computes in any function; from them follow the helpers that it calls. */
export const hostScalarsOf = (program: CompiledProgram): Scalar[] =>
  [...program.functions, program.initialize].flatMap((made) => {
    const { scalars, schedules } = hostPart(made);
    return [...scalars.values(), ...schedules.values()];
  });

/** The parts of a call, and the fields that are taken out of them. */
const callParts = ["dims", "call", "step", "seed", "hyper", "begin"] as const;
type CallPart = (typeof callParts)[number];
const given = ["call", "step", "seedLow", "seedHigh"];

/** The names that the code of `host` uses, which no name of the model may take. */
const ownNames = [...callParts, ...given, "initialize", "functions", "memory", "kept"];

const member = (name: string): string => (key(name) === name ? `.${name}` : `[${key(name)}]`);
const pattern = (name: string, local: string): string => (name === local ? key(name) : `${key(name)}: ${local}`);

/** The host's code of a function, and whether it reads or writes kept numbers. */
interface PrintedHost {
  readonly lines: readonly string[];
  readonly usesKept: boolean;
}

/**
 * A function that computes the numbers for the kernels and calls `target`, or passes it to the `driver` with the
 * options. `taken` are the names around it.
 */
function printHostFunction(
  program: CompiledProgram,
  made: CompiledFunction,
  target: string,
  taken: Iterable<string>,
  driver?: string,
): PrintedHost {
  const names = new Names(taken);
  const reads = new Set<CallPart>();
  let usesKept = false;
  const { scalars, variables, schedules, mentioned } = hostPart(made);
  const dims = new Set(dimensionsGiven(made));
  for (const value of [...scalars.values(), ...schedules.values()]) {
    visitAll([{ kind: "let", name: "", value }], {
      size: (size) => dimensionsOf(size).forEach((dim) => dims.add(dim)),
    });
  }
  const dimNames = new Map([...dims].sort().map((dim) => [dim, names.take(identifier(dim))]));
  const host = new Map(given.map((name) => [name, name]));
  for (const { variable } of variables) host.set(variable, names.take(identifier(variable)));
  const parts = sharedParts([...schedules.values(), ...scalars.values()]);
  const wanted = new Map([...scalars].map(([name, scalar]) => [parts.canonical(scalar), name]));
  const known = new Map<Scalar, string>();
  const named: HostNames = {
    known: (each) => known.get(parts.canonical(each)),
    variable: (name) => host.get(name) as string,
    size: (dim) => dimNames.get(dim) as string,
  };
  /** The scalar's text, printed after the declarations of its shared parts. */
  const printParted = (scalar: Scalar, as?: "operand"): string => {
    for (const part of parts.of(scalar)) {
      if (known.has(part)) continue;
      const name = names.take(identifier(wanted.get(part) ?? hostNameOf(part) ?? "part"));
      lines.push(`const ${name} = ${js.printHostScalar(part, named)};`);
      known.set(part, name);
    }
    return js.printHostScalar(scalar, named, as);
  };

  const lines: string[] = [];
  const unpack = (parts: readonly (readonly [string, string])[], from: CallPart): void => {
    if (parts.length === 0) return;
    reads.add(from);
    lines.push(`const { ${parts.map((each) => pattern(...each)).join(", ")} } = ${from};`);
  };
  unpack([...dimNames], "dims");
  for (const part of ["call", "step"] as const) if (mentioned.has(part)) reads.add(part);
  if (mentioned.has("seedLow") || mentioned.has("seedHigh")) {
    reads.add("seed");
    lines.push("const [seedLow, seedHigh] = seed;");
  }
  unpack(
    variables.flatMap(({ variable }) =>
      schedules.has(variable) ? [] : [[variable, host.get(variable) as string] as const],
    ),
    "hyper",
  );
  const keptAt = (id: string): string => {
    usesKept = true;
    return `kept[${(program.layout.offsets.get(id) as number) / 8}]`;
  };
  for (const name of [...mentioned].sort()) {
    const cell = cellOf(name);
    if (!cell) continue;
    const local = names.take(identifier(cell.name));
    host.set(name, local);
    lines.push(`const ${local} = ${keptAt(cellKey(cell.function || made.name, cell.name))};`);
  }
  const single = String(program.precision === "float32");
  for (const { variable, option, range, updates } of variables) {
    const schedule = schedules.get(variable);
    if (schedule === undefined) continue;
    const bounds = [range.from, range.above, range.below, updates, updates === undefined ? undefined : "step"].map(
      String,
    );
    while (bounds[bounds.length - 1] === "undefined") bounds.pop();
    if (updates !== undefined) reads.add("step");
    reads.add("hyper");
    // A call may override a schedule; if it does not, the value is null.
    const given = `hyper${member(variable)} ?? ${printParted(schedule, "operand")}`;
    lines.push(
      `const ${host.get(variable)} = scheduled(${[JSON.stringify(option), given, single, ...bounds].join(", ")});`,
    );
  }
  if (schedules.size > 0) {
    reads.add("begin");
    lines.push("begin();");
  }
  const locals = new Map<string, string>();
  for (const [name, scalar] of scalars) {
    const value = printParted(scalar);
    const plain = scalar.kind === "variable" || known.has(parts.canonical(scalar));
    const local = plain ? value : names.take(identifier(name));
    if (!plain) lines.push(`const ${local} = ${value};`);
    locals.set(name, local);
  }
  const numbers = signatureOf(made).map(({ kind, name }) => (kind === "dimension" ? dimNames : locals).get(name));
  const buffer = givenIn(program, made);
  if (buffer) {
    usesKept = true;
    const first = (program.layout.offsets.get(buffer.id) as number) / 8;
    // Passing an argument would convert it to an int32; a number that is stored must be converted here.
    const whole = signatureOf(made).map((each) => each.kind === "scalar" && each.type === "i32");
    numbers.forEach((number, at) => lines.push(`kept[${first + at}] = ${number}${whole[at] ? " | 0" : ""};`));
  }
  const call = `${target}(${buffer ? "" : numbers.join(", ")})`;
  const options = made.training?.driver?.options.map((option) => host.get(option)) ?? [];
  const driven = `${driver}(${[`() => ${call}`, ...options].join(", ")});`;
  if (accumulates(made)) reads.add("call");
  lines.push(...withTurn(made, keptAt, driver === undefined ? `${call};` : driven));
  const head = callParts.filter((name) => reads.has(name));
  return { lines: method(made.name, head.length > 0 ? `{ ${head.join(", ")} }` : "", lines), usesKept };
}

const accumulates = ({ training }: CompiledFunction): boolean => training !== null && training.accumulate > 1;

/** The call of the kernels, and whether it was an update: if that can vary, the function returns it. */
function withTurn(made: CompiledFunction, keptAt: (id: string) => string, call: string): string[] {
  if (!made.training) return [call];
  const { accumulate, skipped: skips } = made.training;
  const turn = accumulates(made) ? `call % ${accumulate} === ${accumulate - 1}` : null;
  if (!skips) return turn === null ? [call] : [call, `return ${turn};`];
  const skipped = keptAt(skips.id);
  return [`const before = ${skipped};`, call, `return ${turn === null ? "" : `${turn} && `}${skipped} === before;`];
}

/** The runtime's exports that the host's code uses. */
export const hostImports = (program: CompiledProgram): string[] => [
  ...(program.functions.some(hasSchedules) ? ["scheduled"] : []),
  ...driverImports(program),
];

/** The function `host`; `taken` are the names of the module's scope. */
export function printHost(program: CompiledProgram, taken: Iterable<string>): string[] {
  const names = new Names([...taken, ...ownNames]);
  const targets = program.functions.map(({ name }) => [name, names.take(identifier(name))] as const);
  const drivers = new Map(
    program.functions.flatMap((made) => {
      const lines = printDriver(program, made);
      return lines ? [[made.name, { name: names.take(`${identifier(made.name)}Driver`), lines }] as const] : [];
    }),
  );
  const around = [...names.all()];
  const hosts = program.functions.map((made, position) =>
    printHostFunction(program, made, targets[position]?.[1] as string, around, drivers.get(made.name)?.name),
  );
  const initialize = printHostFunction(program, program.initialize, "initialize", around);
  const kept = [initialize, ...hosts].some(({ usesKept }) => usesKept);
  return [
    "/** Computes what the kernels are given, on the host and in double. */",
    `function host({ initialize, functions }${kept || drivers.size > 0 ? ", memory" : ""}) {`,
    ...(kept ? ["  const kept = new Float64Array(memory, 0, memory.byteLength >>> 3);"] : []),
    `  const { ${targets.map((each) => pattern(...each)).join(", ")} } = functions;`,
    ...indent(
      [...drivers.values()].flatMap(({ name, lines: [first, ...rest] }) =>
        suffixed([`const ${name} = ${first}`, ...rest], ";"),
      ),
    ),
    "  return {",
    ...indent(indent(initialize.lines)),
    "    functions: {",
    ...indent(indent(indent(hosts.flatMap(({ lines }) => lines)))),
    "    },",
    "  };",
    "}",
    "",
  ];
}
