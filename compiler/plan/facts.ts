/**
 * What is known of a model and its functions once their nodes are in groups: plain data, made once for all targets, and
 * all that is emitted and reported beside the kernels. It has no graph and no declaration of the user's in it.
 */
import type { Scalar } from "../ir/scalar.js";
import type { Size } from "../ir/size.js";
import type { Driver } from "../optimizers/driver.js";
import type { Range } from "../optimizers/hyperparameters.js";
import type { IndexBound } from "../passes/indices/indexBounds.js";
import type { AttachedUpdate } from "../passes/notes.js";
import type { Buffer } from "./memory/buffer.js";
import type { Needed } from "./positiveSizes.js";
import type { StoredGradient } from "./storedGradients.js";

export type { IndexBound, StoredGradient };

/** A tensor under the name that users know it by. */
export interface NamedBuffer {
  readonly name: string;
  readonly buffer: Buffer;
}

/** An input of a function. */
export interface InputFacts extends NamedBuffer {
  /** The bounds of its elements that are used as indices; those for all elements are first. */
  readonly indices: readonly IndexBound[];
  /** Whether a value that is left depends on it: a call brings it in any case. */
  readonly isRead: boolean;
}

/** A result of a function. */
export interface OutputFacts extends NamedBuffer {
  /** What it says if the compiler added it to the user's results; null if it is the user's. */
  readonly added: "skipped" | "clamped" | null;
}

/** A random stream that a function draws from. */
export interface StreamFacts {
  /** The name that the user gave, or the number of the operation among the model's unnamed random ones. */
  readonly stream: string | number;
  readonly isNormal: boolean;
  readonly shape: readonly Size[];
}

/** A tensor or a number that is kept from call to call, and saved. */
export interface KeptFacts extends NamedBuffer {
  /** Whether it counts something: whole numbers from 0. */
  readonly isCount: boolean;
}

/** What is kept under one name: a parameter, or a state of which an average is kept. */
export interface KeptFor {
  readonly name: string;
  readonly tensors: readonly KeptFacts[];
}

/** A number that a call may override. */
export interface HyperFacts {
  /** The name of the host's variable: `lr`, `beta1`; a group's own is `biases.lr`. */
  readonly variable: string;
  /** The option to which it belongs, and its position if the option has several numbers: `betas`, 0. */
  readonly option: string;
  readonly position: number | null;
  /** The group to which it belongs alone. */
  readonly group: string | null;
  /** The default, unless `schedule` gives it. */
  readonly value: number;
  /** Computed on the host, from other variables of the host. */
  readonly schedule: Scalar | null;
  /** How many updates the schedule is for, if it ends. */
  readonly updates: number | undefined;
  readonly range: Range;
  /** The range in words: `a finite number, at least 0`. */
  readonly allowed: string;
}

/** How one parameter is updated. */
export interface UpdateFacts extends Pick<AttachedUpdate, "parameter" | "kind" | "isBody"> {
  /** For a gradient that lists rows: whether only these are updated, and why. */
  readonly rows: { readonly listed: boolean; readonly reason: string } | null;
}

/** A tensor that a driver copies, to find its old value again or to return it. */
export interface Copy {
  readonly from: Buffer;
  readonly to: Buffer;
}

/** Host code that evaluates the loss several times a call, with the places of its tensors. */
export interface DriverFacts extends Pick<Driver, "runtime" | "options" | "settings"> {
  /** How often a call computes loss and gradient, and the tensors that it keeps, in the words of a report. */
  readonly description: string;
  /** The number of elements of all trained parameters together. */
  readonly length: number;
  /** The trained parameters, each with its gradient. */
  readonly parameters: readonly { readonly parameter: Buffer; readonly gradient: Buffer }[];
  readonly loss: Buffer;
  /** All tensors that it keeps beside the gradients, work space included. */
  readonly tensors: readonly NamedBuffer[];
  /** Copies before a call, of what an evaluation changes. */
  readonly before: readonly Copy[];
  /** Copies after the first evaluation: results, and what it changed. */
  readonly after: readonly Copy[];
}

/** How a function trains. */
export interface TrainingFacts {
  /** The optimizer's name. */
  readonly optimizer: string;
  /** In the order in which the optimizer declares them. */
  readonly hyper: readonly HyperFacts[];
  /** The names of its groups, those without numbers of their own included. */
  readonly groups: readonly string[];
  /** In the order of the parameters. */
  readonly updates: readonly UpdateFacts[];
  /** How many calls make one update. */
  readonly accumulate: number;
  /** The number of updates that were left out because a gradient was not finite; null if none is left out. */
  readonly skipped: Buffer | null;
  /** Whether a call returns more of the user's than the loss. */
  readonly returnsMore: boolean;
  /** What is kept for parameters, and then the averages of states. */
  readonly kept: readonly KeptFor[];
  /** Kept numbers that belong to no single parameter. */
  readonly numbers: readonly KeptFacts[];
  readonly driver: DriverFacts | null;
}

/** The facts about one function. */
export interface FunctionFacts {
  readonly name: string;
  /** `initialize` gives parameters, states and what is kept their first values; it is none of the model's functions. */
  readonly kind: "compute" | "minimize" | "initialize";
  /** The capacities of all named dimensions, and of those that differ from the model's. */
  readonly dims: Readonly<Record<string, number>>;
  readonly ownDims: Readonly<Record<string, number>>;
  /** In the model's order. */
  readonly inputs: readonly InputFacts[];
  readonly outputs: readonly OutputFacts[];
  /** Sizes that a call must make at least 1. */
  readonly positive: readonly Needed[];
  /** Each once, in the order in which they are drawn from. */
  readonly streams: readonly StreamFacts[];
  /** The gradients that lie in memory, and why. */
  readonly storedGradients: readonly StoredGradient[];
  /** Equal for functions that change tensors in the same way; null for a function that changes none. */
  readonly hash: string | null;
  /** Null unless `kind` is `minimize`. */
  readonly training: TrainingFacts | null;
}

/** The facts about a model that belong to no function alone. */
export interface ModelFacts {
  readonly name: string;
  readonly precision: "float32" | "float64";
  /** The capacities of named dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  /** In the order of declaration, as are states. */
  readonly parameters: readonly NamedBuffer[];
  readonly state: readonly NamedBuffer[];
}
