/** The report of `optimc explain`: the compiler's decisions about a model, and their reasons. */
import type { Model } from "../model/model.js";
import type { CompiledFunction, CompiledProgram } from "../emit/compiled.js";
import type { FunctionGraph } from "../passes/pipeline.js";
import { manifestOf, type FunctionEntry, type Manifest } from "../emit/manifest.js";
import type { Stages } from "./stages.js";
import { arenaTable } from "./memoryTable.js";
import { bytesText, count, flopsText, grouped, indented, list, table, width, wrapped } from "../emit/text.js";

/** Compiles the model with some functions replaced, with the options with which it was compiled itself. */
export type CompileOther = (functions: Model["functions"]) => CompiledProgram;

/** The report on a module from its programs: it describes the first, the preferred one. */
export function explainProgram(
  { graphs, programs }: Pick<Stages, "graphs" | "programs">,
  other: CompileOther | null = null,
): string {
  const [program] = programs as readonly [CompiledProgram];
  const manifest = manifestOf(programs);
  const functions = program.functions.flatMap((made) => {
    const entry = manifest.functions[made.name] as FunctionEntry;
    const graph = graphs.functions.find(({ name }) => name === made.name) as FunctionGraph;
    const price = other ? priceOfClipping(graph, entry, other) : [];
    const passes = section("passes: nodes before and after", passesOf(graph));
    return ["", ...headOf(made, entry), ...indented([...bodyOf(program, made, entry, price), ...passes])];
  });
  return [...summaryOf(manifest, program.target.name), ...functions, ""].join("\n");
}

function summaryOf({ name, precision, alternatives, total, dims, memory }: Manifest, described: string): string[] {
  const others = Object.entries(alternatives).map(
    ([target, { total }]) =>
      `also compiled to ${target}, which needs ${bytesText(total)}; what follows is of ${described}`,
  );
  return [
    `${name}: ${precision}, compiled to ${described}; ${capacityText(dims)}; ${bytesText(total)} of memory`,
    ...others,
    ...indented(bytesTable({ ...memory, total })),
  ];
}

/** Bytes by category, without empty categories. */
function bytesTable(parts: object): string[] {
  const rows = Object.entries(parts).filter(([, bytes]) => bytes > 0) as [string, number][];
  return table(
    rows.map(([part, bytes]) => [words(part), grouped(bytes)]),
    "lr",
  );
}

const capacityText = (dims: Readonly<Record<string, number>>): string => {
  const each = Object.entries(dims).map(([dim, capacity]) => `${dim} up to ${grouped(capacity)}`);
  return each.length > 0 ? list(each) : "all sizes are fixed";
};

/** `optimizerState` as people write it. */
const words = (name: string): string => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function headOf({ name }: CompiledFunction, entry: FunctionEntry): string[] {
  const { kernels, cost, memory, dims, optimizer, updates } = entry;
  const classes = list([...new Set(updates.map((each) => each.class))]);
  const does = optimizer === undefined ? [] : [`${optimizer}, ${classes || "nothing to train"}`];
  const parts = [
    ...does,
    count(kernels.length, "kernel"),
    flopsText(cost.flops),
    `${bytesText(cost.bytesRead + cost.bytesWritten)} moved`,
    `${bytesText(memory.total)} of memory`,
    ...(dims ? [capacityText(dims)] : []),
  ];
  const lines = wrapped(`${name}: ${parts.join("; ")}`, width);
  return [...lines, "-".repeat(Math.max(...lines.map((line) => line.length)))];
}

/**
 * The cost of clipping by the norm of all gradients as it is done, and of the alternative, read off the program that
 * the alternative would become.
 */
function priceOfClipping({ name, definition }: FunctionGraph, entry: FunctionEntry, other: CompileOther): string[] {
  if (definition?.kind !== "minimize" || definition.clip?.kind !== "global norm" || definition.accumulate > 1)
    return [];
  const { recompute } = definition.clip;
  const clip = { ...definition.clip, recompute: !recompute };
  const compiled = other({ [name]: { ...definition, clip } });
  const instead = manifestOf([compiled]).functions[name] as FunctionEntry;
  const [held, again] = recompute ? [instead, entry] : [entry, instead];
  const bytes = held.memory.total - again.memory.total;
  const more = `${bytes < 0 ? "-" : "+"}${bytesText(Math.abs(bytes))}`;
  const arithmetic = `+${(100 * (again.cost.flops / held.cost.flops - 1)).toFixed(0)} % arithmetic`;
  const text = recompute
    ? `clip by global norm computes gradients twice: ${arithmetic}; holding them instead: ${more}`
    : `clip by global norm holds all gradients: ${more}; recomputing them instead: ${arithmetic}`;
  return ["", ...wrapped(text, width - 2)];
}

function bodyOf(
  program: CompiledProgram,
  made: CompiledFunction,
  entry: FunctionEntry,
  price: readonly string[],
): string[] {
  return [
    ...(entry.driver === undefined ? [] : [...wrapped(`driver: in a call, ${entry.driver}`, width - 2), ""]),
    ...kernelsOf(entry),
    ...section(updatesTitle(entry), updatesOf(entry)),
    ...price,
    ...section("rows", tableRows(entry)),
    ...section("random streams", streamsOf(entry)),
    ...section("memory", bytesTable(entry.memory)),
    ...(entry.arena.length > 0 ? section("arena", arenaTable(program, made)) : []),
  ];
}

const section = (title: string, lines: readonly string[]): string[] =>
  lines.length > 0 ? ["", title, ...indented(lines)] : [];

/** Longer names of kernels are cut, so that their costs stay in line. */
const longest = 44;

/** Each kernel with its cost, and below it the lines of the graph that it computes. */
function kernelsOf({ kernels }: FunctionEntry): string[] {
  const heads = table(
    kernels.map(({ name, flops, bytesRead, bytesWritten }, position) => [
      String(position + 1),
      name.length > longest ? `${name.slice(0, longest - 3)}...` : name,
      flopsText(flops),
      `reads ${bytesText(bytesRead)}`,
      `writes ${bytesText(bytesWritten)}`,
    ]),
    "rlrll",
  );
  const under = String(kernels.length).length + 2;
  return kernels.flatMap(({ lines }, position) => [
    ...(position > 0 ? [""] : []),
    heads[position] as string,
    ...lines.flatMap((line) => wrapped(line, width - 2 - under)).map((line) => " ".repeat(under) + line),
  ]);
}

function updatesTitle({ storedGradients }: FunctionEntry): string {
  const bytes = storedGradients.reduce((sum, each) => sum + each.bytes, 0);
  return bytes > 0 ? `updates, for which ${bytesText(bytes)} of gradients are stored` : "updates";
}

/**
 * The kernel of each update. If it is not the kernel of its gradient, the cost of storing the gradient, and the reason.
 */
function updatesOf({ updates, storedGradients }: FunctionEntry): string[] {
  if (updates.length === 0) return [];
  const rows = updates.map(({ parameter, class: kind, kernel, reason }) => {
    const stored = storedGradients.find((each) => each.parameter === parameter);
    const price = stored ? `${bytesText(stored.bytes)}: ` : "";
    const why =
      reason === undefined
        ? "not stored: the same kernel computes it"
        : price + reason.replace(/^the gradient is /, "");
    return [parameter, kind, String(kernel + 1), why];
  });
  return table([["parameter", "class", "kernel", "gradient"], ...rows], "llrl", width - 4);
}

/** For parameters whose gradients list rows: whether only these are updated, or why not. */
function tableRows({ updates }: FunctionEntry): string[] {
  const rows = updates.flatMap(({ parameter, rows: decision }) => (decision ? [[parameter, decision.reason]] : []));
  return table(rows, "ll", width - 4);
}

function streamsOf({ streams }: FunctionEntry): string[] {
  const label = (stream: string | number): string => (typeof stream === "string" ? stream : `number ${stream}`);
  const rows = streams.map(({ stream, distribution, shape }) => [label(stream), distribution, `[${shape.join(", ")}]`]);
  return table(rows, "lll", width - 4);
}

function passesOf({ traces }: FunctionGraph): string[] {
  const rows = traces.map(({ pass, before, after, patches }) => {
    const changed = patches.length === 0 ? "nothing to do" : "";
    return [pass, String(before), String(after), changed];
  });
  return table(rows, "lrrl");
}
