/** The program's description, which the emitted module passes to the runtime: tensors, sizes, hyper-parameters. */
import { drivenLength, driverOf } from "../drivers/memory.js";
import { isOp } from "../ir/graph.js";
import type { Expression } from "../ir/op.js";
import type { ScalarType } from "../ir/scalar.js";
import { size as sizeOf, sub } from "../ir/size.js";
import { input } from "../ops/input.js";
import { driverKey } from "../plan/memory/bufferIds.js";
import type { HyperVariable } from "../optimizers/optimizer.js";
import type { Buffer } from "../plan/memory/buffer.js";
import type { Needed } from "../plan/positiveSizes.js";
import { averageName, keptFor } from "../optimizers/training.js";
import { cellKey, stateKey } from "../plan/memory/bufferIds.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import { printExtent } from "./extent.js";
import { needsChecks, printBounds } from "./indexChecks.js";
import { graphHash } from "../passes/graphHash.js";
import { indexBounds } from "../passes/indices/indexBounds.js";
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

const countsIf = (isCount = false): (readonly [string, readonly string[]])[] => (isCount ? [["counts", ["true"]]] : []);

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
  const inInputs = new Set(
    made.stages.final.nodes.flatMap((node) => (isOp(node, input) ? node.shape.map(({ key }) => key) : [])),
  );
  const dims = dimensionsGiven(made)
    .filter((dim) => !inInputs.has(dim))
    .map((dim) => ({ size: sizeOf(dim), by: made.name }));
  const found = new Map<string, Least>();
  for (const each of [...made.plan.positive, ...dims].map(leastOf)) {
    const { key } = each.size;
    if (!(each.from <= (found.get(key)?.from ?? 0))) found.set(key, each);
  }
  return [...found.values()];
}

function hyperSpec(variable: HyperVariable): string[] {
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

/**
 * The state that the driver of a function saves, under the first parameter as in PyTorch. Null if there is no driver.
 */
function savedByDriver(
  program: CompiledProgram,
  made: CompiledFunction,
): (readonly [parameter: string, spec: readonly string[]])[] | null {
  const tensors = driverOf(made)?.tensors(drivenLength(program.model, made));
  const [first] = made.notes.updates.keys();
  if (!tensors || first === undefined) return null;
  const saved = Object.entries(tensors).flatMap(([name, { isSaved, isCount }]) => {
    const buffer = program.leaves.get(driverKey(made.name, name)) as Buffer;
    return isSaved ? [[name, tensorSpec(program, buffer, countsIf(isCount))] as const] : [];
  });
  return [[first, object(saved)]];
}

function functionSpec(program: CompiledProgram, made: CompiledFunction): Described {
  const bounds = indexBounds(made.stages.final);
  const imports: string[] = [];
  const inputs = Object.keys(program.model.inputs).flatMap((name) => {
    const buffer = program.leaves.get(`input:${made.name}:${name}`);
    if (!buffer) return [];
    const own = bounds.get(name) ?? [];
    if (needsChecks(own)) imports.push("checkIndices");
    return [[name, tensorSpec(program, buffer, printBounds(buffer.shape, own))] as const];
  });
  const outputs = made.plan.outputs.map(({ name, buffer }) => [name, tensorSpec(program, buffer)] as const);
  const own = made.definition?.dims ?? {};
  const dims = Object.entries(own).map(([name, value]) => [name, [String(value)]] as const);
  const entries: (readonly [string, readonly string[]])[] = [
    ["inputs", object(inputs)],
    ["outputs", object(outputs)],
  ];
  if (dims.length > 0) entries.push(["dims", object(dims)]);
  const { update } = made.stages;
  if (made.definition?.kind === "minimize" || update.effects.length > 0)
    entries.push(["graph", [JSON.stringify(graphHash(update, !driverOf(made)))]]);
  const sizes = checkedSizes(made);
  if (sizes.length > 0)
    entries.push([
      "sizes",
      object(
        sizes.map(({ size, by, from }) => [`${by} needs '${size.key}'`, [`[${printExtent(size)}, ${from}]`]] as const),
      ),
    ]);
  if (made.definition?.kind === "minimize") {
    const { definition, variables } = made;
    const { groups } = definition.optimizer;
    const spec = (own: readonly HyperVariable[], name: string): string[] => {
      const found = own.filter(({ option }) => option === name);
      const [only] = found;
      return only?.position === null ? hyperSpec(only) : array(found.map(hyperSpec));
    };
    const specs = (of: string | null): Entry[] => {
      const own = variables.filter(({ group }) => group === of);
      const options = [...new Set(own.map(({ option }) => option))];
      return options.map((option) => [option, spec(own, option)] as const);
    };
    const named = groups.flatMap(({ name }) => (name === null ? [] : [[name, object(specs(name))] as const]));
    const stateSpec = (parameter: string, name: string): readonly string[] =>
      tensorSpec(program, program.leaves.get(stateKey(made.name, parameter, name)) as Buffer);
    const kept =
      savedByDriver(program, made) ??
      [...made.notes.updates.keys()].map((parameter) => {
        const { shape } = program.model.parameters[parameter] as Expression;
        const states = Object.keys(keptFor(definition, parameter, shape).states);
        return [parameter, object(states.map((name) => [name, stateSpec(parameter, name)] as const))] as const;
      });
    const averages = made.notes.averagedStates.map(
      (name) => [name, object([[averageName, stateSpec(name, averageName)] as const])] as const,
    );
    const ofGroups = new Set(variables.flatMap(({ group, option }) => (group === null ? [] : [option])));
    for (const { group, option } of variables) if (group === null) ofGroups.delete(option);
    const more = [...ofGroups].map((option) => [option, ["[]"]] as const);
    entries.push([
      "hyper",
      object([...specs(null), ...more, ...(named.length > 0 ? [["groups", object(named)] as const] : [])]),
    ]);
    if (named.length > 0) {
      imports.push("readGroups");
      entries.push(["readHyper", ["readGroups"]]);
    }
    if (hasSchedules(made)) entries.push(["schedules", ["true"]]);
    entries.push(["optimizer", object([...kept, ...averages])]);
    const cells = made.notes.cells.map(({ name, isCount }) => {
      const buffer = program.leaves.get(cellKey(made.name, name)) as Buffer;
      return [name, tensorSpec(program, buffer, countsIf(isCount))] as const;
    });
    if (cells.length > 0) entries.push(["shared", object(cells)]);
  }
  return { entries, imports };
}

/** Entries of a description, and the runtime's exports that they need. */
interface Described {
  readonly entries: readonly Entry[];
  readonly imports: readonly string[];
}

/** The entries of the description on tensors, sizes and functions, which are the same for all targets. */
export function describeModule(program: CompiledProgram): Described {
  const { model, leaves } = program;
  const functions = program.functions.map((made) => [made.name, functionSpec(program, made)] as const);
  const leaf = (kind: string) => (name: string) =>
    [name, tensorSpec(program, leaves.get(`${kind}:${name}`) as Buffer)] as const;
  const entries: Entry[] = [
    ["dims", object(Object.entries(model.dims).map(([name, value]) => [name, [String(value)]] as const))],
    ["parameters", object(Object.keys(model.parameters).map(leaf("param")))],
    ["state", object(Object.keys(model.state).map(leaf("state")))],
    ["functions", object(functions.map(([name, { entries }]) => [name, object(entries)] as const))],
  ];
  return { entries, imports: [...new Set(functions.flatMap(([, { imports }]) => imports))] };
}
