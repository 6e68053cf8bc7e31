/**
 * The checks of a debug module: after each kernel they read the tensors that it wrote, and remember a value that is not
 * finite. If the call then has a NaN in a result, a number that is not finite as a result, or a new value that is not
 * finite in a kept tensor, they undo all changes of the call and throw an error that names the first value. Infinities
 * that reach no result, such as those of a mask, are no error.
 */

import type { Call, Dims, Kernels, Program, TensorSpec } from "./abi.js";
import { bind as bindTensor, sizeOf, type Tensor } from "./tensor.js";

interface DebugTensor {
  readonly name: string;
  /** Its description, if it is in memory before the call. */
  readonly kind?: string;
  /** Whether it outlives the call. */
  readonly kept?: boolean;
  readonly spec: TensorSpec;
}

interface Step {
  /** `log at net.model.ts:12:30 (kernel computeLog)` */
  readonly what: string;
  /** Positions among the function's tensors. */
  readonly reads: readonly number[];
  readonly writes: readonly number[];
}

interface DebugFunction {
  /** Whether host code runs the steps several times in a call. */
  readonly driven?: boolean;
  readonly dims: Dims;
  readonly tensors: readonly DebugTensor[];
  readonly results: Readonly<Record<string, number>>;
  readonly steps: readonly Step[];
}

type Functions = Readonly<Record<string, DebugFunction>>;

export interface Steps {
  readonly name: string;
  /** By target. */
  readonly [target: string]: Functions | string;
}

/** A value that is not finite, with words for where it arose. */
interface Found {
  readonly value: number;
  readonly words: string;
}

/** Wraps the `host` of a module whose kernels for a function `f` are functions of their own: `f.0`, `f.1`, ... */
export function findNotFinite(host: Program["host"], description: Steps): Program["host"] {
  return (kernels, memory, target) => {
    // A variant, such as wasm-relaxed, has the kernels of its target.
    const functions = description[target.split("-")[0]!] as Functions;
    const watched: Record<string, ReturnType<typeof watch>> = {};
    const watching: Record<string, (...numbers: number[]) => void> = {};
    for (const name in functions) {
      watched[name] = watch(`${description.name}.${name}`, name, functions[name]!, kernels, memory);
      watching[name] = watched[name].run;
    }
    const code = host(
      { initialize: kernels.initialize, functions: { ...kernels.functions, ...watching } },
      memory,
      target,
    );
    const called: Record<string, (call: Call) => boolean | void> = {};
    for (const name in functions) {
      const bytes = new Uint8Array(memory);
      called[name] = (call) => {
        watched[name]!.begin(call.dims);
        // A driver may have moved the parameters since the call began.
        const before = functions[name]!.driven && bytes.slice();
        try {
          return code.functions[name]!(call);
        } catch (error) {
          if (before) bytes.set(before);
          throw error;
        }
      };
    }
    return { initialize: code.initialize, functions: called };
  };
}

function watch(label: string, name: string, spec: DebugFunction, { functions }: Kernels, memory: ArrayBuffer) {
  const { steps, results } = spec;
  const tensors = spec.tensors.map((each) => bindTensor(memory, each.name, each.spec, spec.dims));
  const written = new Set(steps.flatMap(({ writes }) => writes));
  const kept = [...written].filter((each) => spec.tensors[each]!.kept);
  const given = spec.tensors.flatMap(({ kind }, each) => (kind ? [each] : []));
  let dims: Dims = {};

  /** The first element that `isWrong`, in row-major order. */
  const find = (tensor: Tensor, isWrong: (value: number, at: number) => boolean): Found | undefined => {
    const length = tensor.resize(dims);
    for (let position = 0; position < length; position++) {
      const at = tensor.place(position);
      const value = tensor.view[at]!;
      if (isWrong(value, at)) return { value, words: elementOf(tensor, position, dims) };
    }
    return undefined;
  };
  const notFinite = (value: number): boolean => !Number.isFinite(value);

  const run = (...numbers: number[]): void => {
    const before = new Map(kept.map((each) => [each, tensors[each]!.view.slice()]));
    const bad = new Set<number>();
    let first: Found | undefined;
    let firstNaN: Found | undefined;
    const look = (each: number, words: (element: string) => string): void => {
      const found = find(tensors[each]!, notFinite);
      if (!found) return void bad.delete(each);
      bad.add(each);
      first ??= { value: found.value, words: words(found.words) };
      const nan = find(tensors[each]!, Number.isNaN);
      if (nan) firstNaN ??= { value: NaN, words: words(nan.words) };
    };
    for (const each of given) {
      const { kind, name } = spec.tensors[each]!;
      look(each, (element) => `${kind} '${name}'${element}, as it was before the call`);
    }
    steps.forEach(({ what, reads, writes }, step) => {
      const inputs = reads.some((each) => bad.has(each)) ? "not all of its inputs were" : "its inputs were finite";
      functions[`${name}.${step}`]!(...numbers);
      for (const each of writes) look(each, (element) => `${what}${element}; ${inputs}`);
    });

    const failed = (): string | undefined => {
      for (const result in results) {
        const tensor = tensors[results[result]!]!;
        const isNumber = tensor.spec.shape.length === 0;
        const found = find(tensor, isNumber ? notFinite : Number.isNaN);
        if (found) return `${result}${found.words} became ${found.value}`;
      }
      for (const each of kept) {
        const old = before.get(each)!;
        const found = find(tensors[each]!, (value, at) => notFinite(value) && !notFinite(old[at]!));
        if (found) return `${spec.tensors[each]!.name}${found.words} became ${found.value}`;
      }
      return undefined;
    };
    const failure = first && failed();
    if (failure === undefined) return;
    for (const each of kept) (tensors[each]!.view as Float64Array).set(before.get(each) as Float64Array);
    const other = firstNaN && firstNaN.words !== first!.words ? `. The first NaN: ${firstNaN.words}` : "";
    throw new RangeError(
      `${label}: ${failure}. The first value that is not finite: ${first!.value}, ${first!.words}${other}. ` +
        "The call has changed nothing",
    );
  };
  return { begin: (given: Dims) => void (dims = given), run };
}

/** `, element [3, 7]`; nothing for a tensor of one number. */
function elementOf(tensor: Tensor, position: number, dims: Dims): string {
  const { shape } = tensor.spec;
  if (shape.length === 0) return "";
  const index: number[] = [];
  for (let axis = shape.length; axis--;) {
    const size = sizeOf(shape[axis]!, dims);
    index.unshift(position % size);
    position = (position - (position % size)) / size;
  }
  return `, element [${index.join(", ")}]`;
}
