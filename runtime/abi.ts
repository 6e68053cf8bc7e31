/**
 * The contract between an emitted module and the runtime that executes it. The emitted module passes a `Program` to
 * `program()`; both compare `abi`. This file imports nothing.
 */

/** Raised whenever anything below changes its meaning. */
export const abi = 6;

export type Element = "float32" | "float64" | "int32" | "bool";

/** The run-time sizes of the named dimensions in one call. */
export type Dims = Readonly<Record<string, number>>;

/** One size of a shape: fixed, a named dimension, or computed from the named dimensions. */
export type Extent = number | string | ((dims: Dims) => number);

/**
 * A tensor in the instance's block of memory. It is laid out row-major with the strides that the capacities give,
 * whatever the sizes in a call are. A bool takes one byte.
 */
export interface TensorSpec {
  /** Byte offset in the block. */
  readonly offset: number;
  readonly element: Element;
  readonly shape: readonly Extent[];
  /** Whether it is a counter: a loaded state must have whole numbers from 0 here. */
  readonly counts?: boolean;
}

/** An input with the array of a call. */
export interface FilledInput {
  /** Its name in errors. */
  readonly label: string;
  /** The caller's array: compact, unless it is the view itself. */
  readonly array: ArrayLike<number>;
  readonly view: ArrayLike<number>;
  /** The place in the view of element number `position` of the compact array. */
  readonly place: (position: number) => number;
}

export interface InputSpec extends TensorSpec {
  /** For indices: every value must be at least 0 and below this size. */
  readonly below?: Extent;
  /**
   * Refuses elements that `below` cannot, by `checkIndices`: for an input with only some indices, or with several
   * bounds.
   */
  readonly indices?: (input: FilledInput, dims: Dims) => void;
}

/** The allowed numbers. */
export interface Range {
  /** The least one, an exclusive upper bound, an exclusive lower bound. */
  readonly from?: number;
  readonly below?: number;
  readonly above?: number;
  /** Whether it must be a whole number. */
  readonly whole?: boolean;
}

/** One number that a call may override. */
export interface HyperSpec extends Range {
  /** Its name among the values that the function is run with. */
  readonly variable: string;
  /** The default; null if a schedule gives it, which the function computes itself; NaN if any number is allowed. */
  readonly value: number | null;
}

export type Hyper = Readonly<Record<string, HyperSpec | readonly HyperSpec[]>>;

export interface FunctionSpec {
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** A tensor of shape [] is returned as a number (a bool as a boolean), any other as a copy. */
  readonly outputs: Readonly<Record<string, TensorSpec>>;
  /** Capacities that differ from the model's. */
  readonly dims?: Dims;
  /** The hash of its graph, if it changes what is kept between calls. */
  readonly graph?: string;
  /** Present in functions that update: options by name, an array for options such as betas. */
  readonly hyper?: Hyper;
  /** How they are read: `readGroups` if `hyper` also has options of groups, under `groups`; absent otherwise. */
  readonly readHyper?: (specs: Hyper, values: Record<string, number>, given: object, single?: boolean) => void;
  /**
   * Whether it computes schedules, which may refuse the call. It then calls `Call.begin` itself, after the schedules.
   */
  readonly schedules?: boolean;
  /** The optimizer's tensors: by parameter, by PyTorch's name. */
  readonly optimizer?: Readonly<Record<string, Readonly<Record<string, TensorSpec>>>>;
  /** Numbers that the optimizer and schedules keep. */
  readonly shared?: Readonly<Record<string, TensorSpec>>;
  /** The least that a size may be in a call, by who needs it: `topK needs 'classes'`. */
  readonly sizes?: Readonly<Record<string, readonly [size: Extent, least: number]>>;
}

/** The arguments of a function, beside its inputs, which are in memory already. */
export interface Call {
  readonly dims: Dims;
  /** How often the function has been called before, from 0: the counter of its random streams. */
  readonly call: number;
  /** The number of this update, from 1; 0 in functions that do not update. */
  readonly step: number;
  /** The seed's low and high 32 bits, as int32. */
  readonly seed: readonly [number, number];
  /** Hyper-parameters by variable; a schedule gives those that are missing. */
  readonly hyper: Record<string, number>;
  /** Copies the inputs into memory; after it nothing may refuse the call. Only `initialize` has none. */
  readonly begin?: () => void;
}

/**
 * The kernels of an instance, bound to its memory. A function of the model is given numbers only: the sizes of the
 * named dimensions that its kernels use, by name, then the scalars that `host` has computed for them.
 */
export interface Kernels {
  readonly initialize: (...numbers: number[]) => void;
  readonly functions: Readonly<Record<string, (...numbers: number[]) => void>>;
}

/**
 * A WebAssembly module: in base64, or as the address of its file and the checksum of its bytes. It exports its memory
 * as `optimc.memory`, of at least `Program.bytes` and never growing, each function by its name, and
 * `Kernels.initialize` as `optimc.strict.BUILD` or `optimc.relaxed.BUILD`, which names its variant and its build.
 */
export type WasmSource =
  { readonly base64: string } | { readonly url: () => { readonly href: string }; readonly checksum: number };

export interface Program {
  readonly abi: number;
  readonly name: string;
  /** The size of the instance's block of memory. */
  readonly bytes: number;
  /** Capacities of the named dimensions. */
  readonly dims: Dims;
  readonly parameters: Readonly<Record<string, TensorSpec>>;
  readonly state: Readonly<Record<string, TensorSpec>>;
  readonly functions: Readonly<Record<string, FunctionSpec>>;
  /**
   * Puts the host's computations before the kernels: the functions by name, and `initialize`, which sets parameters,
   * state and optimizer state and reads only `seed` of its call. In a debug module, `host` also reads the memory, and
   * on which target the kernels run.
   */
  readonly host: (
    kernels: Kernels,
    memory: ArrayBuffer,
    target: string,
  ) => {
    readonly initialize: (call: Call) => void;
    /** False: the call was no update. */
    readonly functions: Readonly<Record<string, (call: Call) => boolean | void>>;
  };
  /** Binds the kernels in JavaScript to a zeroed block of memory. Absent if they were not built. */
  readonly javascript?: (memory: ArrayBuffer) => Kernels;
  /**
   * The kernels in WebAssembly; `relaxed` may fuse multiplications and additions. Absent if they were not built;
   * `relaxed` alone may be absent too.
   */
  readonly wasm?: { readonly build: string; readonly strict: WasmSource; readonly relaxed?: WasmSource };
}
