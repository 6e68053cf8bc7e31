/** The weights of a net, which are its parameters and states, in safetensors files. */

import type { Instance, TensorShape } from "../runtime/types.js";
import type { BlobLike } from "./source.js";
import { fail, refused, shown } from "./error.js";
import type { Entry } from "./header.js";
import { type Safetensors, writeSafetensors } from "./safetensors.js";
import type { Numbers, Tensor } from "./tensor.js";

const kinds = ["parameters", "state"] as const;

/** What is needed of a net. */
export type Net = Pick<Instance, "parameters" | "shapes" | "state" | "load">;

/** A file, or one that is open. */
export type WeightsFile = BlobLike | Uint8Array | string | Pick<Safetensors, "tensors" | "read">;

/** Which tensors of a net: a pattern such as "hidden.*", several of them, or a function. */
export type Only =
  string | readonly string[] | ((tensor: { readonly name: string; readonly shape: readonly number[] }) => boolean);

/** What `loadWeights` takes of a file, and what it does where file and net differ. */
export interface LoadWeightsOptions {
  /** What a tensor of the file is called in the net; null where the net has none for it. By default as in the file. */
  readonly rename?: (name: string) => string | null;
  /** Which of the net's tensors are loaded. The others stay as they are. By default all. */
  readonly only?: Only;
  /** What becomes of a tensor of the net that the file has not: it is an "error", the default, or "keep"s its values. */
  readonly missing?: "error" | "keep";
  /** What becomes of a tensor of the file that the net has not: it is an "error", the default, or "skip"ped. */
  readonly unknown?: "error" | "skip";
}

/** What `loadWeights` did. */
export interface LoadedWeights {
  /** The tensors of the net that were loaded. */
  readonly loaded: readonly string[];
  /** The tensors of the net that are as they were. */
  readonly kept: readonly string[];
  /** The tensors of the file that were not used, by its names. */
  readonly skipped: readonly string[];
}

/** The parameters and states of a net by name, copied. */
export function weightsOf(net: Net): Map<string, Tensor> {
  const state = net.state();
  const weights = new Map<string, Tensor>();
  for (const kind of kinds)
    for (const [name, { element, shape }] of Object.entries(net.shapes[kind])) {
      const data = state[kind][name] as Tensor["data"];
      weights.set(name, { shape, data, ...(element === "bool" && { dtype: "BOOL" }) });
    }
  return weights;
}

/**
 * A safetensors file of the net's parameters and states, under the model's names, which are PyTorch's: there
 * `model.load_state_dict(load_file(path))` takes it. Floats are F32 or F64 as the model's precision is, int32 is I32, bool is
 * BOOL. What the optimizer keeps is not in it: `saveCheckpoint` has all that training needs to go on.
 */
export const saveWeights = (net: Net): Uint8Array<ArrayBuffer> => writeSafetensors(weightsOf(net), { format: "pt" });

/** Loads weights from files that `open` opens. */
export async function loadFrom(
  open: (file: BlobLike | Uint8Array | string) => Promise<Safetensors>,
  net: Net,
  file: WeightsFile,
  options: LoadWeightsOptions,
): Promise<LoadedWeights> {
  const { missing, unknown, rename, only } = checked(options);
  const { tensors, read } = typeof file === "object" && "tensors" in file ? file : await open(file);
  const all = new Map(kinds.flatMap((kind) => Object.entries(net.shapes[kind])));
  const wanted = new Map([...all].filter(([name, { shape }]) => only({ name, shape })));

  /** By the net's name the file's. */
  const sources = new Map<string, string>();
  const skipped: string[] = [];
  for (const source of tensors.keys()) {
    const name = rename(source);
    const part = `tensor '${source}'`;
    if (name !== null && !all.has(name) && unknown !== "skip")
      fail(part, "a tensor that the net has", `none of the net's is called ${shown(name)}`);
    if (name === null || !wanted.has(name)) skipped.push(source);
    else if (sources.has(name)) fail(part, `one tensor for '${name}'`, `'${sources.get(name)}' too`);
    else sources.set(name, source);
  }
  for (const name of wanted.keys())
    if (!sources.has(name) && missing !== "keep") fail(`tensor '${name}'`, "one in the file", "none for it");
  for (const [name, source] of sources) checkEntry(`tensor '${source}'`, tensors.get(source)!, wanted.get(name)!);

  const values = new Map<string, Numbers>();
  for (const [name, source] of sources)
    values.set(name, fitting(`tensor '${source}'`, await read(source), wanted.get(name)!));
  write(net, values);
  return { loaded: [...values.keys()], kept: [...all.keys()].filter((name) => !values.has(name)), skipped };
}

/** Puts all in at once: the net refuses the state as a whole, or takes it. */
function write(net: Net, values: ReadonlyMap<string, Numbers>): void {
  const state = net.state();
  const replaced = (kind: (typeof kinds)[number]) =>
    Object.fromEntries(Object.entries(state[kind]).map(([name, data]) => [name, values.get(name) ?? data]));
  try {
    net.load({ ...state, parameters: replaced("parameters"), state: replaced("state") });
  } catch (cause) {
    refused("net", "a state that it takes", cause);
  }
}

/** By the elements of a net's tensor, which of a file's they can be. */
const accepted: Readonly<Record<TensorShape["element"], RegExp>> = {
  float32: /^(B?F|[IU]|BOOL)/,
  float64: /^(B?F|[IU]|BOOL)/,
  int32: /^[IU]/,
  bool: /^(BOOL|U8)$/,
};

function checkEntry(part: string, { dtype, shape }: Entry, { element, shape: expected }: TensorShape): void {
  if (shown(shape) !== shown(expected)) fail(part, shown(expected), shown(shape));
  if (!accepted[element].test(dtype)) fail(part, `what becomes ${element}`, dtype);
}

/** The numbers in an array that the net takes for these elements. */
function fitting(part: string, data: Numbers, { element }: TensorShape): Numbers {
  const refuse = (holds: (value: number) => boolean, expected: string): void => {
    const at = data.findIndex((value) => !holds(value));
    if (at >= 0) fail(`${part} at position ${at}`, expected, data[at]);
  };
  if (element === "bool") refuse((value) => value < 2, "0 or 1");
  else if (element !== "int32") return data instanceof Int32Array ? new Float64Array(data) : data;
  else if (data instanceof Float64Array) {
    refuse((value) => value === (value | 0), "a number of 32 bits");
    return new Int32Array(data);
  }
  return data;
}

function checked(given: LoadWeightsOptions) {
  const { rename = (name) => name, only = () => true, missing = "error", unknown = "error", ...others } = given;
  for (const name in others) fail("options", "rename, only, missing or unknown", shown(name));
  if (missing !== "error" && missing !== "keep") fail("missing", "'error' or 'keep'", shown(missing));
  if (unknown !== "error" && unknown !== "skip") fail("unknown", "'error' or 'skip'", shown(unknown));
  if (typeof rename !== "function") fail("rename", "a function", shown(rename));
  return { rename, missing, unknown, only: chooser(only) };
}

/** `*` in a pattern stands for any text. */
function chooser(only: Only): Exclude<Only, string | readonly string[]> {
  if (typeof only === "function") return only;
  const patterns = [only].flat();
  if (!patterns.every((each) => typeof each === "string"))
    fail("only", "a pattern such as 'hidden.*', several of them, or a function", shown(only));
  const escaped = (text: string): string => text.replace(/[.+?^${}()|[\]\\]/g, "\\$&");
  const matches = patterns.map((each) => new RegExp(`^${each.split("*").map(escaped).join("[^]*")}$`));
  return ({ name }) => matches.some((each) => each.test(name));
}
