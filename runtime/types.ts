/** The public types, which the declarations of emitted modules are written in. Shapes are shown; they never constrain. */

import type { Element } from "./abi.js";
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
 * What is taken for a float input of this shape; the length tells the sizes of the named dimensions. Bytes, such as
 * pixels, are the numbers 0 to 255.
 */
export type FloatInput<Shape extends readonly Size[]> =
  ((Float32Array | Float64Array | Uint8Array | Uint8ClampedArray) & Accepts<Shape>) | Plain<Shape, number>;
/** What is taken for an int32 input of this shape: whole numbers, below the bound where they are indices. */
export type Int32Input<Shape extends readonly Size[]> =
  | ((Int32Array | Int16Array | Int8Array | Uint32Array | Uint16Array | Uint8Array | Uint8ClampedArray) &
      Accepts<Shape>)
  | Plain<Shape, number>;
/** What is taken for a bool input of this shape: booleans, or zeros and ones. */
export type BoolInput<Shape extends readonly Size[]> = (Uint8Array & Accepts<Shape>) | Plain<Shape, boolean>;

/** The tensors of an optimizer, or of the model: by name. */
export type Tensors = { readonly [name: string]: View | readonly number[] };

/** Everything that training changes: what `net.state()` copies and `net.load()` takes. */
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
      /** How often it has been called: the counter of its random streams. */
      readonly calls: number;
      /** How often it has updated. */
      readonly step?: number;
      /** The optimizer's tensors: by parameter, by PyTorch's name. */
      readonly parameters?: { readonly [parameter: string]: Tensors };
    };
  };
}

export interface LoadOptions {
  /** Whether all must fit. Default true. */
  readonly strict?: boolean;
}

/** What `net.load()` did, by names such as `parameters.hidden.weight`. */
export interface LoadReport {
  /** What was taken from the state. */
  readonly loaded: readonly string[];
  /** What the net has and the state has not, or not fitting: it is as it was. */
  readonly kept: readonly string[];
  /** What the state has and the net has not, or not fitting. */
  readonly skipped: readonly string[];
}

/** A tensor of a net, which lies row by row in a flat view. */
export interface TensorShape {
  readonly element: Element;
  readonly shape: readonly number[];
}

/** The shapes of what is the same in all calls. */
export interface Shapes {
  readonly parameters: { readonly [name: string]: TensorShape };
  readonly state: { readonly [name: string]: TensorShape };
}

/** What every instance has beside its functions. */
export interface Instance {
  /**
   * What it runs on: "js", "wasm", or "wasm-relaxed", which may fuse multiplications with additions, so that its last bits
   * depend on the processor. The declaration of a module says which there are.
   */
  readonly target: string;
  /**
   * Why it does not run on what is preferred: on JavaScript instead of WebAssembly, or on WebAssembly that does not fuse
   * where `relaxed` asks for it. A sentence for a log; undefined where nothing had to stand in.
   */
  readonly fallback: string | undefined;
  /** The parameters: live, writable views of the instance's memory. */
  readonly parameters: { readonly [name: string]: View };
  /** The shapes of the parameters and states, by their names: all views are flat. */
  readonly shapes: Shapes;
  /**
   * The inputs of each function: live views of the whole capacity, laid out by capacity. A function that is called with
   * a view itself reads it in place; the sizes are then the capacities, or as `dims` says.
   */
  readonly inputs: { readonly [name: string]: { readonly [input: string]: View } };
  /** A copy of everything that training changes. */
  state(): ModelState;
  /**
   * Puts a saved state back: training continues bit for bit. A state that does not fit is refused as a whole; with
   * `{ strict: false }` what fits by name is taken, and the rest stays as it is.
   */
  load(state: ModelState, options?: LoadOptions): LoadReport;
}

/** An instance whose functions' types are unknown. */
export type AnyInstance = Instance & {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a function of any declared type must be assignable
  readonly [name: string]: any;
};

/** What may be asked for, of all that an instance may run on: a name with a `-` is a variant's. */
type Choice<Name> = Name extends `${string}-${string}` ? never : Name;

export interface CreateOptions<Target = string> {
  /** A whole number up to 2^53 - 1, 0 by default. Equal seeds give equal runs. */
  readonly seed?: number;
  /**
   * What to run on, where the module was built for both. By default WebAssembly, and JavaScript where there is none or a
   * policy forbids it. One that cannot be had is an error.
   */
  readonly target?: Target;
  /**
   * Allows WebAssembly to fuse multiplications with additions in products of matrices, where the engine can: faster, but
   * the last bits then depend on the processor. False by default.
   */
  readonly relaxed?: boolean;
  /**
   * "finite" has every call look float inputs in typed arrays through, and refuse NaN and infinities; it costs a pass over
   * them. Plain arrays are looked through in any case.
   */
  readonly check?: "finite";
  /**
   * The .wasm file as a WebAssembly.Module that is compiled already: for environments that compile nothing themselves.
   * With `relaxed`, the .relaxed.wasm file.
   */
  readonly module?: object;
}

/** What an emitted module exports. */
export interface Module<Net extends Instance = AnyInstance> {
  /**
   * Makes an instance: its block of memory, with initialized parameters. The first loads and compiles the WebAssembly,
   * which all share; a file that cannot be loaded rejects with a TypeError, and the next call tries again.
   */
  create(options?: CreateOptions<Choice<Net["target"]>>): Promise<Net>;
  /** The same at once: where the WebAssembly is at hand (in Node, inline, given, or loaded by a `create`), or none is used. */
  createSync(options?: CreateOptions<Choice<Net["target"]>>): Net;
}
