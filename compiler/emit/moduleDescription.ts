/** The program's description, which the emitted module passes to the runtime: tensors, sizes, hyper-parameters. */
import type { ScalarType } from "../ir/scalar.js";
import { size as sizeOf, sub } from "../ir/size.js";
import type { HyperFacts, KeptFacts, NamedBuffer, TrainingFacts } from "../plan/facts.js";
import type { Buffer } from "../plan/memory/buffer.js";
import type { Needed } from "../plan/positiveSizes.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import { printExtent } from "./extent.js";
import { needsChecks, printBounds } from "./indexChecks.js";
import { hasSchedules } from "./host.js";
import { array, object } from "../targets/js/text.js";
import { dimensionsGiven } from "./signature.js";

const elements: Readonly<Record<ScalarType, string>> = { f32: "float32", f64: "float64", i32: "int32", bool: "bool" };

export function tensorSpec(
  program: CompiledProgram,
  buffer: Buffer,
  more: readonly (readonly [string, readonly string[]])[] = [],
): string[] {
  const offset = program.layout.offsets.get(buffer.id) ?? 0;
  return object([
    ["offset", [String(offset)]],
    ["element", [JSON.stringify(elements[buffer.type])]],
    ["shape", [`[${buffer.shape.map(printExtent).join(", ")}]`]],
    ...more,
  ]);
}

/** A size that a call must make at least `from`, and the operation that needs it. */
interface Least extends Needed {
  readonly from: number;
}

/** Turns a condition on a formula into one on a dimension: `batch - 1` at least 1 becomes `batch` at least 2. */
function leastOf({ size, by }: Needed): Least {
  const taken =
    size.terms.find(({ factors, coefficient }) => factors.length === 0 && coefficient < 0)?.coefficient ?? 0;
  return { size: sub(size, sizeOf(taken)), by, from: 1 - taken };
}

/** The sizes that a call must make large enough, including dimensions that kernels need and no input has. */
function checkedSizes(made: CompiledFunction): Least[] {
  const read = made.inputs.filter(({ isRead }) => isRead);
  const inInputs = new Set(read.flatMap(({ buffer }) => buffer.shape.map(({ key }) => key)));
  const dims = dimensionsGiven(made)
    .filter((dim) => !inInputs.has(dim))
    .map((dim) => ({ size: sizeOf(dim), by: made.name }));
  const found = new Map<string, Least>();
  for (const each of [...made.positive, ...dims].map(leastOf)) {
    const { key } = each.size;
    if (!(each.from <= (found.get(key)?.from ?? 0))) found.set(key, each);
  }
  return [...found.values()];
}

function hyperSpec(variable: HyperFacts): string[] {
  const { range } = variable;
  return object([
    ["variable", [JSON.stringify(variable.variable)]],
    ["value", [variable.schedule === null ? String(variable.value) : "null"]],
    ...(["from", "below", "above", "whole"] as const).flatMap((each) =>
      range[each] === undefined ? [] : [[each, [String(range[each])]] as const],
    ),
  ]);
}

type Entry = readonly [name: string, lines: readonly string[]];

function functionSpec(program: CompiledProgram, made: CompiledFunction): Described {
  const { training, hash } = made;
  const entries: Entry[] = [
    [
      "inputs",
      object(
        made.inputs.map(
          ({ name, buffer, indices }) =>
            [name, tensorSpec(program, buffer, printBounds(buffer.shape, indices))] as const,
        ),
      ),
    ],
    ["outputs", object(tensorSpecs(program, made.outputs))],
  ];
  const dims = Object.entries(made.ownDims).map(([name, value]) => [name, [String(value)]] as const);
  if (dims.length > 0) entries.push(["dims", object(dims)]);
  if (hash !== null) entries.push(["graph", [JSON.stringify(hash)]]);
  const sizes = checkedSizes(made);
  if (sizes.length > 0)
    entries.push([
      "sizes",
      object(
        sizes.map(({ size, by, from }) => [`${by} needs '${size.key}'`, [`[${printExtent(size)}, ${from}]`]] as const),
      ),
    ]);
  const imports = made.inputs.some(({ indices }) => needsChecks(indices)) ? ["checkIndices"] : [];
  if (!training) return { entries, imports };
  entries.push(["hyper", hyperSpecs(training)]);
  if (training.groups.length > 0) {
    imports.push("readGroups");
    entries.push(["readHyper", ["readGroups"]]);
  }
  if (hasSchedules(made)) entries.push(["schedules", ["true"]]);
  const kept = training.kept.map(({ name, tensors }) => [name, object(keptSpecs(program, tensors))] as const);
  entries.push(["optimizer", object(kept)]);
  if (training.numbers.length > 0) entries.push(["shared", object(keptSpecs(program, training.numbers))]);
  return { entries, imports };
}

/** The options of a call: those of all parameters, those that only groups have, and then those of each group. */
function hyperSpecs({ hyper, groups }: TrainingFacts): string[] {
  const spec = (own: readonly HyperFacts[], name: string): string[] => {
    const found = own.filter(({ option }) => option === name);
    const [only] = found;
    return only?.position === null ? hyperSpec(only) : array(found.map(hyperSpec));
  };
  const specs = (of: string | null): Entry[] => {
    const own = hyper.filter(({ group }) => group === of);
    const options = [...new Set(own.map(({ option }) => option))];
    return options.map((option) => [option, spec(own, option)] as const);
  };
  const named = groups.map((name) => [name, object(specs(name))] as const);
  const ofGroups = new Set(hyper.flatMap(({ group, option }) => (group === null ? [] : [option])));
  for (const { group, option } of hyper) if (group === null) ofGroups.delete(option);
  const more = [...ofGroups].map((option) => [option, ["[]"]] as const);
  return object([...specs(null), ...more, ...(named.length > 0 ? [["groups", object(named)] as const] : [])]);
}

const tensorSpecs = (program: CompiledProgram, tensors: readonly NamedBuffer[]): Entry[] =>
  tensors.map(({ name, buffer }) => [name, tensorSpec(program, buffer)] as const);

const keptSpecs = (program: CompiledProgram, tensors: readonly KeptFacts[]): Entry[] =>
  tensors.map(
    ({ name, buffer, isCount }) => [name, tensorSpec(program, buffer, isCount ? [["counts", ["true"]]] : [])] as const,
  );

/** Entries of a description, and the runtime's exports that they need. */
interface Described {
  readonly entries: readonly Entry[];
  readonly imports: readonly string[];
}

/** The entries of the description on tensors, sizes and functions, which are the same for all targets. */
export function describeModule(program: CompiledProgram): Described {
  const functions = program.functions.map((made) => [made.name, functionSpec(program, made)] as const);
  const entries: Entry[] = [
    ["dims", object(Object.entries(program.dims).map(([name, value]) => [name, [String(value)]] as const))],
    ["parameters", object(tensorSpecs(program, program.parameters))],
    ["state", object(tensorSpecs(program, program.state))],
    ["functions", object(functions.map(([name, { entries }]) => [name, object(entries)] as const))],
  ];
  return { entries, imports: [...new Set(functions.flatMap(([, { imports }]) => imports))] };
}
