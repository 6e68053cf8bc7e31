/** The public types, which the declarations of emitted modules are written in. Shapes are shown; they never constrain. */

import type { Dims, Element } from "./abi.js";
import type { View } from "./tensor.js";

declare const shape: unique symbol;

/** One size of a shape: fixed, or the name of a dimension. */
export type Size = number | string;

type Shaped<Shape extends readonly Size[]> = { readonly [shape]?: Shape };

/** A Float32Array that holds, row-major, a tensor of this shape. */
export type Float32<Shape extends readonly Size[]> = Float32Array<ArrayBuffer> & Shaped<Shape>;
/** A Float64Array that holds, row-major, a tensor of this shape. */
export type Float64<Shape extends readonly Size[]> = Float64Array<ArrayBuffer> & Shaped<Shape>;
/** An Int32Array that holds, row-major, a tensor of this shape. */
export type Int32<Shape extends readonly Size[]> = Int32Array<ArrayBuffer> & Shaped<Shape>;
/** A Uint8Array of zeros and ones that holds, row-major, a tensor of this shape. */
export type Bool<Shape extends readonly Size[]> = Uint8Array<ArrayBuffer> & Shaped<Shape>;

declare const accepts: unique symbol;

type Accepts<Shape extends readonly Size[]> = { readonly [accepts]?: Shape };

/** Values in plain arrays: flat, or nested as the shape is. */
type Rows<Value> = readonly (Value | Rows<Value>)[];

/** The same; where the shape is [], the value itself. */
type Plain<Shape extends readonly Size[], Value> = Rows<Value> | (Shape extends readonly [] ? Value : never);

/**
 * The values of a float input of this shape; their number determines the sizes of the named dimensions. Bytes, such as
 * pixels, are the numbers 0 to 255.
 */
export type FloatInput<Shape extends readonly Size[]> =
  ((Float32Array | Float64Array | Uint8Array | Uint8ClampedArray) & Accepts<Shape>) | Plain<Shape, number>;
/** The values of an int32 input of this shape: whole numbers; indices must lie within their axis. */
export type Int32Input<Shape extends readonly Size[]> =
  | ((Int32Array | Int16Array | Int8Array | Uint32Array | Uint16Array | Uint8Array | Uint8ClampedArray) &
      Accepts<Shape>)
  | Plain<Shape, number>;
/** The values of a bool input of this shape: booleans, or zeros and ones. */
export type BoolInput<Shape extends readonly Size[]> = (Uint8Array & Accepts<Shape>) | Plain<Shape, boolean>;

/** The tensors of an optimizer or of the model, by name. */
export type Tensors = { readonly [name: string]: View | readonly number[] };

/** Everything that training changes: `net.state()` returns it, and `net.load()` takes it. */
export interface ModelState {
  readonly format: 1;
  /** The model's name. */
  readonly model: string;
  readonly seed: number;
  readonly parameters: Tensors;
  /** Tensors that are saved but not trained. */
  readonly state: Tensors;
  readonly functions: {
    readonly [name: string]: {
      /** The number of calls, which its random streams count by. */
      readonly calls: number;
      /** The number of updates. */
      readonly step?: number;
      /** The optimizer's tensors: by parameter, by PyTorch's name. */
      readonly parameters?: { readonly [parameter: string]: Tensors };
      /** The numbers that the optimizer and schedules keep. */
      readonly shared?: Tensors;
    };
  };
}

export interface LoadOptions {
  /** Whether everything must fit. Default true. */
  readonly strict?: boolean;
}

/** The result of `net.load()`, by names such as `parameters.hidden.weight`. */
export interface LoadReport {
  /** Loaded from the state. */
  readonly loaded: readonly string[];
  /** In the net, but missing in the state or of another form: unchanged. */
  readonly kept: readonly string[];
  /** In the state, but missing in the net or of another form: not loaded. */
  readonly skipped: readonly string[];
}

/** A tensor of a net, which lies row by row in a flat view. */
export interface TensorShape {
  readonly element: Element;
  readonly shape: readonly number[];
}

/** An input or a result of a function. */
export interface ArgumentShape {
  readonly element: Element;
  /** Each size is fixed, the name of a dimension, or computed from the sizes of the dimensions in a call. */
  readonly shape: readonly (number | string | ((dims: Dims) => number))[];
}

/** What a function takes and returns. */
export interface FunctionShapes {
  readonly inputs: { readonly [name: string]: ArgumentShape };
  readonly outputs: { readonly [name: string]: ArgumentShape };
  /** Its own capacities, where they differ from the net's `dims`. */
  readonly dims?: Dims;
  /**
   * If it changes what is kept between calls: 16 hexadecimal digits, which are equal for functions that make the same of
   * the same state and the same calls. Defaults of hyper-parameters, initial values and capacities do not count.
   */
  readonly graph?: string;
  /** The tensors that its optimizer keeps: by parameter, by PyTorch's name. */
  readonly optimizer?: { readonly [parameter: string]: { readonly [name: string]: TensorShape } };
  /** The numbers that its optimizer and its schedules keep. */
  readonly shared?: { readonly [name: string]: TensorShape };
}

/** The shapes of all tensors that a caller can meet. */
export interface Shapes {
  readonly parameters: { readonly [name: string]: TensorShape };
  readonly state: { readonly [name: string]: TensorShape };
  readonly functions: { readonly [name: string]: FunctionShapes };
}

/** The members of every instance beside its functions. */
export interface Instance {
  /**
   * The target that the instance runs on: "js", "wasm", or "wasm-relaxed", which may fuse multiplications with
   * additions, so that its last bits depend on the processor. The declaration of a module lists its targets.
   */
  readonly target: string;
  /**
   * Why the instance does not run on the preferred target: on JavaScript instead of WebAssembly, or on WebAssembly that
   * does not fuse although `relaxed` asks for it. A sentence for a log; undefined if it runs on the preferred target.
   */
  readonly fallback: string | undefined;
  /** The parameters: live, writable views of the instance's memory. */
  readonly parameters: { readonly [name: string]: View };
  /** The shapes of the parameters and states, and of what each function takes and returns: all views are flat. */
  readonly shapes: Shapes;
  /** The capacities of the named dimensions. */
  readonly dims: Dims;
  /**
   * The inputs of each function: live views at full capacity, with the strides of the capacity. A function that is
   * called with such a view reads it in place; the sizes are then the capacities, unless `dims` sets them.
   */
  readonly inputs: { readonly [name: string]: { readonly [input: string]: View } };
  /** A copy of everything that training changes. */
  state(): ModelState;
  /**
   * Restores a saved state, so that training continues bit for bit. Refuses a state that does not fit as a whole; with
   * `{ strict: false }` it loads what fits by name and leaves the rest unchanged.
   */
  load(state: ModelState, options?: LoadOptions): LoadReport;
}

/** An instance whose functions' types are unknown. */
export type AnyInstance = Instance & {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a function of any declared type must be assignable
  readonly [name: string]: any;
};

/** The targets that a caller may choose, of all that an instance may run on: a name with a `-` is that of a variant. */
type Choice<Name> = Name extends `${string}-${string}` ? never : Name;

export interface CreateOptions<Target = string> {
  /** A whole number up to 2^53 - 1, 0 by default. Equal seeds give equal runs. */
  readonly seed?: number;
  /**
   * The target to run on, if the module was built for several. Default WebAssembly, or JavaScript if there is no
   * WebAssembly or a policy forbids it. A target that is not available is an error.
   */
  readonly target?: Target;
  /**
   * Allows WebAssembly to fuse multiplications with additions in products of matrices, where the engine can: faster, but
   * the last bits then depend on the processor. False by default.
   */
  readonly relaxed?: boolean;
  /**
   * "finite" makes every call check float inputs in typed arrays, and refuse NaN and infinities; this costs a pass over
   * them. Plain arrays are always checked.
   */
  readonly check?: "finite";
  /**
   * The .wasm file as a compiled WebAssembly.Module, for environments that do not compile WebAssembly at run time. With
   * `relaxed`, the .relaxed.wasm file.
   */
  readonly module?: object;
}

/** The default export of an emitted module. */
export interface Module<Net extends Instance = AnyInstance> {
  /**
   * Makes an instance: a block of memory with initialized parameters. The first call loads and compiles the
   * WebAssembly, which all instances share; if the file cannot be loaded, it rejects with a TypeError, and the next
   * call tries again.
   */
  create(options?: CreateOptions<Choice<Net["target"]>>): Promise<Net>;
  /**
   * Makes an instance synchronously, if the WebAssembly is at hand (in Node, inline, given as `module`, or loaded by an
   * earlier `create`) or not used.
   */
  createSync(options?: CreateOptions<Choice<Net["target"]>>): Net;
}
