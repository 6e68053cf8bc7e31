/** Everything that training changes, in one safetensors file: to go on where it was, bit for bit. */

import type { ModelState, TensorShape } from "../runtime/types.js";
import { fail, refused, shown, tensorPart } from "./error.js";
import { type Safetensors, writeSafetensors } from "./safetensors.js";
import type { BlobLike } from "./source.js";
import type { exact, Numbers, Tensor } from "./tensor.js";
import type { Net } from "./weights.js";

/** A file, or one that is open. */
export type CheckpointFile = BlobLike | Uint8Array | string | Safetensors;

/** How `loadCheckpoint` compares a checkpoint with a net. */
export interface LoadCheckpointOptions {
  /**
   * Whether the net's functions must change what they keep exactly as those that the checkpoint is of: the "same", the default.
   * "any" takes it for all that has the same tensors, such as after a change of the loss; training then goes on, but not as it
   * would have.
   */
  readonly graph?: "same" | "any";
}

/** The member of the metadata that makes a safetensors file a checkpoint. */
const metadataName = "optimc";

const format = 1;

interface Note {
  readonly format: number;
  readonly model: string;
  readonly seed: number;
  readonly functions: Readonly<Record<string, { calls: number; step?: number; graph?: string }>>;
  readonly progress?: unknown;
}

interface Kept extends TensorShape {
  /** Where it is in the state of a net. */
  readonly path: readonly string[];
}

/** All tensors that a net keeps, by their names in a file. */
function keptBy({ shapes }: Net): Map<string, Kept> {
  const kept = new Map<string, Kept>();
  const add = (prefix: string, path: readonly string[], tensors: Readonly<Record<string, TensorShape>> = {}): void => {
    for (const [name, { element, shape }] of Object.entries(tensors)) {
      if (kept.has(prefix + name))
        fail(tensorPart(prefix + name), "one of this name", "two: call a parameter otherwise");
      kept.set(prefix + name, { element, shape, path: [...path, name] });
    }
  };
  add("", ["parameters"], shapes.parameters);
  add("", ["state"], shapes.state);
  for (const [name, { optimizer = {}, shared }] of Object.entries(shapes.functions)) {
    for (const parameter in optimizer)
      add(`optimizer/${name}/${parameter}/`, ["functions", name, "parameters", parameter], optimizer[parameter]);
    add(`shared/${name}/`, ["functions", name, "shared"], shared);
  }
  return kept;
}

type Tree = { [name: string]: Tree | Numbers };

/** The tree in which the last name of a path is. */
const ownerOf = (state: ModelState, path: readonly string[]): Record<string, Numbers> =>
  path.slice(0, -1).reduce((tree, name) => tree[name] as Tree, state as unknown as Tree) as Record<string, Numbers>;

/**
 * A safetensors file of everything that training changes: parameters and states by the model's names, what optimizers keep as
 * `optimizer/train/hidden.weight/exp_avg`, their numbers as `shared/train/...`, counters, the seed, and the hash of each
 * function's graph. `progress` is whatever the program needs to go on: all that JSON can hold, NaN and infinities too.
 */
export function saveCheckpoint(net: Net, progress?: unknown): Uint8Array<ArrayBuffer> {
  const state = net.state();
  const tensors = new Map<string, Tensor>();
  for (const [name, { element, shape, path }] of keptBy(net)) {
    const data = ownerOf(state, path)[path.at(-1)!]!;
    tensors.set(name, { shape, data, ...(element === "bool" && { dtype: "BOOL" }) });
  }
  const functions: Record<string, object> = {};
  for (const name in state.functions) {
    const { calls, step } = state.functions[name]!;
    functions[name] = { calls, step, graph: net.shapes.functions[name]?.graph };
  }
  const note = { format, model: state.model, seed: state.seed, functions, progress };
  return writeSafetensors(tensors, { format: "pt", [metadataName]: textOf(note) });
}

/** JSON lacks some numbers: they are text that begins with ~, and text that begins so has one more. */
function textOf(note: object): string {
  try {
    return JSON.stringify(note, (_, value: unknown) =>
      typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
        ? `~${Object.is(value, -0) ? "-0" : value}`
        : typeof value === "string" && value.startsWith("~")
          ? `~${value}`
          : value,
    );
  } catch (cause) {
    return refused("progress", "what JSON can hold", cause);
  }
}

function noteOf(text: string): Note {
  try {
    return JSON.parse(text, (_, value: unknown) =>
      typeof value !== "string" || !value.startsWith("~")
        ? value
        : value.startsWith("~~")
          ? value.slice(1)
          : Number(value.slice(1)),
    ) as Note;
  } catch (cause) {
    return refused(`metadata '${metadataName}'`, "JSON", cause);
  }
}

const isTree = (value: unknown): value is object => typeof value === "object" && value !== null;

/** By the elements of a net's tensors, what they are in a file. */
const dtypes: Readonly<Record<TensorShape["element"], keyof typeof exact>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  bool: "BOOL",
};

/** Loads a checkpoint from a file that `open` opens. */
export async function restoreFrom(
  open: (file: BlobLike | Uint8Array | string) => Promise<Safetensors>,
  net: Net,
  file: CheckpointFile,
  { graph = "same", ...others }: LoadCheckpointOptions,
): Promise<unknown> {
  for (const name in others) fail("options", "graph", shown(name));
  if (graph !== "same" && graph !== "any") fail("graph", "'same' or 'any'", shown(graph));
  const { tensors, metadata, read } = typeof file === "object" && "tensors" in file ? file : await open(file);
  const text = metadata.get(metadataName);
  if (text === undefined)
    return fail("checkpoint", "a file that saveCheckpoint wrote", "none: loadWeights takes weights alone");
  const note = noteOf(text);
  const functions: unknown = note?.functions;
  if (note?.format !== format) fail("checkpoint", `format ${format}`, shown(note?.format));
  if (!isTree(functions)) fail("checkpoint", "functions", shown(functions));
  for (const [name, each] of Object.entries(functions))
    if (!isTree(each)) fail(`checkpoint, function '${name}'`, "its counters", shown(each));
  if (graph === "same") checkGraphs(net, note);

  const kept = keptBy(net);
  for (const name of tensors.keys())
    if (!kept.has(name)) fail(tensorPart(name), "a tensor that the net keeps", "none of this name");
  for (const [name, { element, shape }] of kept) {
    const found = tensors.get(name) ?? fail(tensorPart(name), "one in the file", "none");
    const [wanted, own] = [`${dtypes[element]} ${shown(shape)}`, `${found.dtype} ${shown(found.shape)}`];
    if (wanted !== own) fail(tensorPart(name), wanted, own);
  }
  const state = net.state();
  for (const [name, { path }] of kept) ownerOf(state, path)[path.at(-1)!] = await read(name);
  const counted = Object.entries(state.functions).map(([name, own]) => {
    const { calls = 0, step = 0 } = Object.hasOwn(note.functions, name) ? note.functions[name]! : {};
    return [name, { ...own, calls, ...("step" in own && { step }) }];
  });
  try {
    net.load({ ...state, seed: note.seed, functions: Object.fromEntries(counted) as ModelState["functions"] });
  } catch (cause) {
    refused("net", "a state that it takes", cause);
  }
  return note.progress;
}

/** Refuses a net that would go on in another way; all functions that differ are named. */
function checkGraphs({ shapes }: Net, { functions }: Note): void {
  const names = new Set([...Object.keys(shapes.functions), ...Object.keys(functions)]);
  const differing = [...names].filter((name) => {
    const [mine, saved] = [shapes.functions, functions].map(
      (all) => (Object.hasOwn(all, name) ? all[name] : undefined)?.graph,
    );
    return mine !== saved;
  });
  if (differing.length > 0)
    fail(
      "checkpoint",
      "one of functions that do the same",
      `other graphs of ${differing.join(", ")}: { graph: "any" } takes it if the tensors fit`,
    );
}
