/** Everything that a model's module consists of, before it is printed: plans, leaves, layout, printed kernels. */
import { checkBytes, checkCountable } from "./plan/memory/addressable.js";
import { vectorKernels, type VectorKernel } from "./drivers/kernels.js";
import { driverBuffers, drivenLength, driverOf } from "./drivers/memory.js";
import { givenBuffer } from "./plan/memory/givenNumbers.js";
import { intern, type NameAt } from "./model/buildGraph.js";
import { cellKey, stateKey } from "./plan/memory/bufferIds.js";
import { Builder, isA, nodeAt, type Graph, type NodeId } from "./ir/graph.js";
import type { Kernel } from "./ir/kernel.js";
import { literal, type Expression } from "./ir/op.js";
import { withPlace } from "./ir/place.js";
import type { Size } from "./ir/size.js";
import type { OptimcError } from "./diagnostics.js";
import { checkReached } from "./passes/gradientEnds.js";
import { gradient } from "./passes/gradient.js";
import type { Model, ModelFunction } from "./model/model.js";
import type { Initializer } from "./ops/initializers.js";
import { input } from "./ops/input.js";
import { param, state } from "./ops/param.js";
import { keptFor, type Training } from "./optimizers/training.js";
import { byAssign, optimizerState, sharedCell, update } from "./ops/update.js";
import { checkConstantIndices } from "./passes/indices/constantIndices.js";
import { evaluateAverages, type Trainer } from "./passes/update/evaluateAverages.js";
import { attachUpdate, noneAttached, writeBody, type Attached } from "./passes/update/attachUpdate.js";
import { countClamped } from "./passes/indices/countClamped.js";
import { cse } from "./passes/cse.js";
import { dead } from "./passes/dead.js";
import { expand } from "./passes/expand.js";
import { fold } from "./passes/fold.js";
import { materialize } from "./passes/materialize.js";
import { runPass, type Pass, type PassTrace } from "./passes/pass.js";
import { simplify } from "./passes/simplify.js";
import { sparseRows, withPositive, type RowRule, type RowsDecision } from "./passes/rows/sparseUpdate.js";
import { capacityStrides, scalarTypeOf, type Buffer, type Category } from "./plan/memory/buffer.js";
import type { FusionLevel } from "./plan/fuse/fuse.js";
import { layOut, type Layout } from "./plan/memory/layout.js";
import { groupFunction, planFunction, type FunctionPlan, type Grouping } from "./plan/plan.js";
import { verifyProgram } from "./plan/verify/verify.js";
import type { PrintedKernel, Target } from "./targets/target.js";
import { broadcast, broadcastTo } from "./ops/broadcast.js";

export { cellKey, stateKey };

export interface CompiledFunction {
  readonly name: string;
  readonly definition: ModelFunction | null;
  readonly dims: Readonly<Record<string, number>>;
  /** The graph as written, with gradients, with the update, and as it was planned. */
  readonly stages: Readonly<Record<"graph" | "gradient" | "update" | "final", Graph>>;
  readonly traces: readonly PassTrace[];
  readonly attached: Attached;
  /** Of parameters whose gradients list rows: whether only these are updated, and why. */
  readonly rows: readonly RowsDecision[];
  /** What the user should know of it. */
  readonly warnings: readonly OptimcError[];
  readonly plan: FunctionPlan;
  readonly calls: readonly KernelCall[];
}

/** One kernel of a function, printed. Kernels with equal texts share a name. */
export interface KernelCall {
  readonly kernel: Kernel;
  readonly printed: PrintedKernel;
  readonly name: string;
}

export interface ProgramOptions {
  readonly target: Target;
  readonly fusion?: FusionLevel;
  readonly nameAt?: NameAt;
  /** Updates all rows where the gradient lists some, unless the optimizer is declared sparse: the same bits, by proof. */
  readonly denseRows?: boolean;
}

export interface CompiledProgram {
  readonly model: Model;
  readonly target: Target;
  readonly functions: readonly CompiledFunction[];
  /** Sets parameters, state and optimizer state. */
  readonly initialize: CompiledFunction;
  readonly leaves: ReadonlyMap<string, Buffer>;
  readonly constants: ReadonlyMap<string, Float64Array>;
  readonly layout: Layout;
  /** What drivers call beside the functions. */
  readonly vectorKernels: readonly VectorKernel[];
  /** Doubles of each piece of the target's scratch memory, which all instances of the module share. */
  readonly scratch: Readonly<Record<string, number>>;
}

export const cleanUp: readonly Pass[] = [expand, fold, simplify, cse, countClamped, simplify, dead, materialize, dead];

type DerivedFunction = Omit<CompiledFunction, "plan" | "calls">;

/** The pipeline, read aloud: intern, derive gradients, attach the update, clean up, group, plan, print, lay out, verify. */
export function compileProgram(model: Model, options: ProgramOptions): CompiledProgram {
  return compilePrograms(model, [options.target], options)[0] as CompiledProgram;
}

/** The same model for several targets: what does not depend on the target is done once. */
export function compilePrograms(
  model: Model,
  targets: readonly Target[],
  options: Omit<ProgramOptions, "target"> = {},
): readonly CompiledProgram[] {
  const leaves = new Leaves(model);
  const planned = derive(model, options).map((made) => {
    const grouping = groupOne(made, leaves, options.fusion ?? "all");
    for (const buffer of driverBuffers(model, made)) leaves.buffers.set(buffer.id, buffer);
    return targets.map((target): CompiledFunction => ({ ...made, plan: planFunction(grouping, target), calls: [] }));
  });
  return targets.map((target, position) =>
    programOf(
      model,
      target,
      planned.map((each) => each[position] as CompiledFunction),
      leaves,
    ),
  );
}

/** What every target's program is made from: the graphs of the functions, and last that of the initial values. */
function derive(model: Model, options: Omit<ProgramOptions, "target">): DerivedFunction[] {
  const trainers: Trainer[] = [];
  const derived = new Map<string, DerivedFunction>();
  // Those that update come first: the others may read what they keep.
  const entries = Object.entries(model.functions);
  for (const [name, definition] of entries.sort(
    ([, a], [, b]) => Number(a.kind === "compute") - Number(b.kind === "compute"),
  )) {
    const made = deriveFunction(
      model,
      name,
      definition,
      intern(model, name, definition, options.nameAt),
      options,
      trainers,
    );
    derived.set(name, made);
    if (definition.kind === "minimize") trainers.push({ name, training: definition, attached: made.attached });
  }
  const functions = Object.keys(model.functions).map((name) => derived.get(name) as DerivedFunction);
  return [...functions, deriveFunction(model, "initialize", null, initialGraph(model, functions), options)];
}

function programOf(model: Model, target: Target, all: readonly CompiledFunction[], leaves: Leaves): CompiledProgram {
  const printed = printKernels(all, target, leaves);
  const scratch: Record<string, number> = {};
  for (const { printed: each } of printed.flat()) {
    for (const [name, count] of Object.entries(each.scratch)) scratch[name] = Math.max(scratch[name] ?? 0, count);
  }
  const doubles = Object.values(scratch).reduce((a, b) => a + b, 0);
  all.forEach((made, position) => {
    const calls = printed[position] as KernelCall[];
    const given = givenBuffer(
      made,
      calls.map(({ printed }) => printed),
    );
    if (given) leaves.buffers.set(given.id, given);
  });
  const layout = layOut(
    [...leaves.buffers.values()],
    all.map((each) => each.plan),
    doubles * 8,
  );
  checkBytes(model.name, layout.total);
  const withCalls = all.map((each, position) => ({ ...each, calls: printed[position] as KernelCall[] }));
  const program: CompiledProgram = {
    model,
    target,
    functions: withCalls.slice(0, -1),
    initialize: withCalls[withCalls.length - 1] as CompiledFunction,
    leaves: leaves.buffers,
    constants: leaves.constants,
    layout,
    vectorKernels: withCalls.flatMap((made) =>
      driverOf(made) ? vectorKernels(made.name, drivenLength(model, made), model.precision, target, cleanUp) : [],
    ),
    scratch,
  };
  const faults = verifyProgram(program);
  if (faults.length > 0)
    throw new Error(`${model.name}: the schedule is wrong (a defect of optimc): ${faults.join("; ")}`);
  return program;
}

function deriveFunction(
  model: Model,
  name: string,
  definition: ModelFunction | null,
  graph: Graph,
  { denseRows = false }: Omit<ProgramOptions, "target">,
  trainers: readonly Trainer[] = [],
): DerivedFunction {
  const dims = { ...model.dims, ...definition?.dims };
  checkCountable(graph, dims);
  const traces: PassTrace[] = [];
  const run = (before: Graph, ...passes: readonly Pass[]): Graph =>
    passes.reduce((at, pass) => {
      const { graph: after, trace } = runPass(at, pass);
      traces.push(trace);
      return after;
    }, before);
  const attached = noneAttached();
  const averages = definition?.kind === "compute" && definition.averaged ? [evaluateAverages(trainers)] : [];
  const derived = run(graph, gradient, dead, ...averages);
  const training = definition?.kind === "minimize" ? definition : null;
  const warnings = training
    ? checkReached(derived, { name, place: training.place, areNamed: training.params !== null })
    : [];
  const rows: RowsDecision[] = [];
  const updated = run(
    derived,
    attachUpdate(training, attached),
    sparseRows((parameter, shape) => rowRule(training, parameter, shape, denseRows), rows),
  );
  const final = run(updated, ...cleanUp);
  checkConstantIndices(final, dims);
  const stages = { graph, gradient: derived, update: updated, final };
  const given =
    definition?.kind === "minimize"
      ? { ...definition, optimizer: withPositive(definition.optimizer, rows, model.precision) }
      : definition;
  return { name, definition: given, dims, stages, traces, attached, rows, warnings };
}

/** What says which rows of a parameter an update touches; null where it touches all in any case. */
function rowRule(
  training: Training | null,
  parameter: string,
  shape: readonly Size[],
  denseRows: boolean,
): RowRule | null {
  if (!training) return null;
  const { group, states } = keptFor(training, parameter, shape);
  const { name, sparse } = group.rule;
  return denseRows && !sparse ? null : { name, sparse, states, variables: training.optimizer.variables };
}

function groupOne({ name, dims, stages }: DerivedFunction, leaves: Leaves, fusion: FusionLevel): Grouping {
  // An input that the user's function mentions is taken even if nothing that is left depends on it.
  for (const node of stages.graph.nodes) if (isA(node, input)) leaves.bufferOf(node, name, dims, -1);
  return groupFunction(stages.final, {
    dims,
    fusion,
    leafBuffer: (id, of) => leaves.bufferOf(nodeAt(of, id), name, dims, id),
  });
}

/** The buffers of parameters, state, constants, inputs and optimizer state: one each for the whole module. */
class Leaves {
  readonly buffers = new Map<string, Buffer>();
  readonly constants = new Map<string, Float64Array>();
  readonly #model: Model;
  readonly #handles = new Map<unknown, string>();

  constructor(model: Model) {
    this.#model = model;
    // Every parameter and state has its place, in the order of declaration, whether or not a function reads it.
    for (const each of [...Object.values(model.parameters), ...Object.values(model.state)])
      this.bufferOf(each, "", {}, -1);
  }

  bufferOf(
    node: Pick<Expression, "op" | "attributes" | "shape" | "element">,
    of: string,
    dims: Model["dims"],
    id: NodeId,
  ): Buffer {
    const { category, key, label } = this.#describe(node, of);
    const known = this.buffers.get(key);
    if (known) return known;
    const type = scalarTypeOf(node.element, this.#model.precision);
    const made = { id: key, label, type, shape: node.shape, ...capacityStrides(node.shape, dims), category, node: id };
    this.buffers.set(key, made);
    return made;
  }

  #describe(
    node: Pick<Expression, "op" | "attributes">,
    of: string,
  ): { category: Category; key: string; label: string } {
    const name = String(node.attributes["name"]);
    if (isA(node, param)) return { category: "parameters", key: `param:${name}`, label: name };
    if (isA(node, state)) return { category: "state", key: `state:${name}`, label: name };
    if (isA(node, input)) return { category: "inputs", key: `input:${of}:${name}`, label: name };
    if (isA(node, optimizerState)) {
      const { function: owner, parameter } = node.attributes as { function: string; parameter: string };
      return { category: "optimizerState", key: stateKey(owner, parameter, name), label: `${parameter}.${name}` };
    }
    if (isA(node, sharedCell)) {
      const { function: owner } = node.attributes as { function: string };
      return { category: "optimizerState", key: cellKey(owner, name), label: name };
    }
    const { values } = node.attributes as { values: () => Float64Array };
    const key = this.#handles.get(values) ?? `constant:${this.#handles.size}`;
    this.#handles.set(values, key);
    this.constants.set(key, values());
    return { category: "constants", key, label: "constant" };
  }
}

/** Writes the initial value of everything that does not begin as zeros. */
function initialGraph(model: Model, functions: readonly DerivedFunction[]): Graph {
  const empty: Graph = {
    name: "initialize",
    precision: model.precision,
    nodes: [],
    outputs: [],
    effects: [],
    gradients: [],
  };
  const builder = new Builder(empty);
  const effects: NodeId[] = [];
  const write = (target: Expression, value: Expression): void => {
    if (isZero(value)) return;
    const node = update.node([target, value], { targets: 1, by: byAssign, body: writeBody(target) });
    effects.push(builder.add(node, (each) => (each === target ? { name: String(target.attributes["name"]) } : {})));
  };
  for (const leaf of [...Object.values(model.parameters), ...Object.values(model.state)]) {
    const { initializer, name } = leaf.attributes as unknown as { initializer: Initializer; name: string };
    withPlace(leaf.place, () => write(leaf, initializer(leaf.shape, name)));
  }
  for (const { name: owner, definition } of functions) {
    if (definition?.kind !== "minimize") continue;
    const { updates, cells } = functions.find((each) => each.name === owner)?.attached as Attached;
    for (const cell of cells) write(sharedCell(cell), literal(cell.initial, "double"));
    for (const parameter of updates.keys()) {
      const leaf = model.parameters[parameter] as Expression;
      for (const [name, { shape, value }] of Object.entries(keptFor(definition, parameter, leaf.shape).states)) {
        withPlace(leaf.place, () => {
          const target = optimizerState({ function: owner, parameter, name, shape });
          write(target, broadcastTo(literal(value, "float"), shape as readonly Size[]));
        });
      }
    }
  }
  return { ...empty, nodes: builder.added, effects };
}

function isZero(value: Expression): boolean {
  if (isA(value, literal)) return Object.is(value.attributes["value"], 0);
  return isA(value, broadcast) && isZero(value.args[0] as Expression);
}

/** Prints every kernel; kernels with the same text become one function. */
function printKernels(functions: readonly CompiledFunction[], target: Target, leaves: Leaves): KernelCall[][] {
  const byKey = new Map<string, string>();
  const nameKernel = target.kernelNames();
  return functions.map(({ plan, dims }) =>
    plan.kernels.map(({ kernel }) => {
      const labelOf = (id: string): string =>
        plan.buffers.get(id)?.label ?? leaves.buffers.get(id)?.label ?? localLabel(id);
      const printed = target.printKernel(kernel, labelOf, (dim) => dims[dim] as number);
      let name = byKey.get(printed.key);
      if (name === undefined) {
        name = nameKernel(kernel.name);
        byKey.set(printed.key, name);
      }
      return { kernel, printed, name };
    }),
  );
}

/** Names of locals: `sum:12:0` is a sum, `local:3:bias` a bias. */
const localLabel = (id: string): string => id.replace(/^local:\d+:/, "").split(":")[0] as string;
