/** Draws the sizes, inputs and parameters of a check's calls from a seed. */
import { callsOf } from "../ir/program.js";
import { driverOf } from "../drivers/memory.js";
import { leastBounds } from "../passes/indices/indexBounds.js";
import { bufferOf } from "../emit/memoryMap.js";
import type { Environment } from "../meaning/interpreter.js";
import { isOp } from "../ir/graph.js";
import { dimensionsOf, evaluate, type Size } from "../ir/size.js";
import type { FunctionGraph } from "../passes/pipeline.js";
import { input } from "../ops/input.js";
import { countOf } from "../ops/rowMajor.js";
import { gradientName } from "../optimizers/driver.js";
import { costOf, sumOfCosts } from "../plan/cost/cost.js";
import type { CompiledFunction, CompiledProgram } from "../emit/compiled.js";
import type { Saved } from "./instance.js";
import { normals, rootMeanSquare } from "./numbers.js";
import type { Subject } from "./subject.js";

export type Dims = Readonly<Record<string, number>>;
type Numbers = Readonly<Record<string, readonly number[]>>;

const resolve = (size: Size, dims: Dims): number => evaluate(size, (name) => dims[name]);

/** The named dimensions of the function: those in the shapes of its graph. */
export function dimensionsOfFunction({ graph: { stages }, made }: Subject): string[] {
  const used = new Set(stages.final.nodes.flatMap(({ shape }) => shape.flatMap(dimensionsOf)));
  for (const { size } of made.positive) for (const name of dimensionsOf(size)) used.add(name);
  for (const node of stages.graph.nodes) {
    if (isOp(node, input)) for (const name of node.shape.flatMap(dimensionsOf)) used.add(name);
  }
  return Object.keys(made.dims).filter((name) => used.has(name));
}

/** Capacities up to this are tested themselves at any cost. */
const mostCapacity = 64;

/** More than the blocks into which kernels cut an axis (128 and 256 elements), and no multiple of a vector's length. */
const beyondBlocks = 261;

/** The most work of a call at a large size: the interpreter takes about a second for it. */
const mostWork = 5e7;

/**
 * The sizes at which a function is tested, smallest first: 1, 3 and 5 in every dimension, different sizes in different
 * dimensions, and the capacities if they are small or the work is little. If capacities exceed the blocks of kernels, a
 * size that leaves a tail is tested too: in all dimensions, or in one at a time if that is too much work. Sizes that a
 * call would refuse are left out.
 */
export function sizesToTry(program: CompiledProgram, subject: Subject): Dims[] {
  const { made } = subject;
  const names = dimensionsOfFunction(subject);
  const capacities = names.map((name) => made.dims[name] as number);
  const all = new Map<string, Dims>();
  const dimsOf = (sizes: readonly number[]): Dims =>
    Object.fromEntries(
      names.map((name, at) => [name, Math.min(sizes[at % sizes.length] as number, capacities[at] as number)]),
    );
  const add = (sizes: readonly number[]): void => {
    const dims = dimsOf(sizes);
    if (isPossible(made, dims)) all.set(Object.values(dims).join(), dims);
  };
  const isCheap = (sizes: readonly number[]): boolean => workAt(program, made, dimsOf(sizes)) <= mostWork;
  for (const sizes of [[1], [3], [5, 3]]) add(sizes);
  for (const sizes of [[2], [7], [12]]) if (all.size === 0) add(sizes);
  const small = all.size === 0 || capacities.every((each) => each <= mostCapacity);
  if (!small) {
    // Different sizes in different dimensions show a stride that belongs to another dimension.
    const large = names.map((_, at) => beyondBlocks + 2 * at);
    if (isCheap(large)) add(large);
    else {
      for (const at of names.keys()) {
        const one = [3, 1].map((rest) => names.map((_, other) => (other === at ? beyondBlocks : rest)));
        const first = one.find(isCheap);
        if (first) add(first);
      }
    }
  }
  if (small || isCheap(capacities)) add(capacities);
  return [...all.values()];
}

/** Arithmetic, and elements moved, of a call at these sizes. */
function workAt(program: CompiledProgram, made: CompiledFunction, dims: Dims): number {
  const sizeOf = (name: string): number => dims[name] ?? (made.dims[name] as number);
  const costs = callsOf(made.steps).map(({ kernel }) => costOf(kernel, sizeOf, (id) => bufferOf(program, made, id)));
  const { flops, bytesRead, bytesWritten } = sumOfCosts(costs);
  return flops + (bytesRead + bytesWritten) / 4;
}

/** Whether every tensor has elements at these sizes, and every slice begins inside. */
function isPossible({ positive }: CompiledFunction, dims: Dims): boolean {
  return positive.every(({ size }) => resolve(size, dims) >= 1);
}

/**
 * Inputs for one call: floats are normal, or, where `positive` names them, from the interval (0.1, 1.9); integers are
 * below what their uses as indices allow.
 */
export function drawInputs(
  { inputs }: CompiledFunction,
  dims: Dims,
  next: () => number,
  positive: ReadonlySet<string>,
): Numbers {
  const drawn = inputs.map(({ name, buffer: { shape, type }, indices }) => {
    const count = countOf(shape.map((each) => resolve(each, dims)));
    const whole = (from: number, below: number): number => from + Math.floor((below - from) * next());
    if (type === "bool") return [name, Array.from({ length: count }, () => whole(0, 2))] as const;
    if (type === "i32") {
      const least = leastBounds(shape, indices, dims);
      return [name, Array.from(least, (below) => (below < Infinity ? whole(0, below) : whole(-4, 5)))] as const;
    }
    if (positive.has(name))
      return [name, Array.from({ length: count }, () => Math.fround(0.1 + 1.8 * next()))] as const;
    return [name, normals(count, next)] as const;
  });
  return Object.fromEntries(drawn);
}

/** The initial parameters, moved a little: otherwise those that begin as zeros or equal numbers would hide faults. */
export function moved(saved: Saved, next: () => number): Saved {
  const parameters = Object.entries(saved.parameters).map(([name, values]) => {
    const size = 0.2 * rootMeanSquare(values) + 0.02;
    const noise = normals(values.length, next);
    return [name, noise.map((each, i) => Math.fround((values[i] as number) + size * each))] as const;
  });
  return { ...saved, parameters: Object.fromEntries(parameters) };
}

/** The values on which a call of a function depends, in an instance that holds `saved`. */
export function circumstancesOf(
  made: FunctionGraph,
  saved: Saved,
  call: { readonly dims: Dims; readonly inputs: Environment["inputs"] & object; readonly seed: number },
): Environment {
  const own = saved.functions[made.name];
  const { variables } = made;
  const each = Object.entries(saved.functions);
  const kept = each.flatMap(([name, { parameters }]) => (parameters ? [[name, parameters] as const] : []));
  const first = (kept: Readonly<Record<string, ArrayLike<number>>> = {}): Record<string, number> =>
    Object.fromEntries(Object.entries(kept).map(([name, values]) => [name, values[0] as number]));
  // A driver saves no gradients: each call writes them, and their values from before it do not matter.
  const gradients = [...made.notes.updates.keys()].map((parameter) => {
    return [parameter, { [gradientName]: Array.from(saved.parameters[parameter] ?? [], () => 0) }] as const;
  });
  const isDriven = driverOf(made) !== null;
  return {
    ...call,
    parameters: saved.parameters,
    state: saved.state,
    optimizer: isDriven ? Object.fromEntries(gradients) : (own?.parameters ?? {}),
    // A function without an update may read tensors that other functions keep.
    ...(own?.parameters ? {} : { optimizers: Object.fromEntries(kept) }),
    shared: Object.fromEntries(each.map(([name, { shared }]) => [name, first(shared)])),
    hyper: Object.fromEntries(variables.map(({ variable, value, schedule }) => [variable, schedule ?? value])),
    step: (own?.step ?? 0) + 1,
    call: own?.calls ?? 0,
  };
}

/** Without capacities: gradients depend on no capacity. */
export const smallOnes = (sizes: readonly Dims[]): readonly Dims[] => {
  const small = sizes.filter((dims) => Object.values(dims).every((each) => each <= 5));
  return small.length > 0 ? small : sizes.slice(0, 1);
};

/** The same with every float input negated, except those that must be positive. */
export function negative(given: Environment, positive: ReadonlySet<string>): Environment {
  const inputs = Object.entries(given.inputs ?? {}).map(([name, values]) => {
    const whole = Array.from(values).every((each) => Number.isInteger(each));
    return [name, positive.has(name) || whole ? values : Array.from(values, (each) => -Math.abs(each))] as const;
  });
  return { ...given, inputs: Object.fromEntries(inputs) };
}
