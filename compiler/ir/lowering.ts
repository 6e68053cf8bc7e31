/** How primitive operations become kernels: the closed list of ways, and what each is given. */
import type { ArgumentPosition } from "./ids.js";
import type { Statement } from "./kernel.js";
import type { Attributes, Each, TensorType } from "./tensorType.js";
import type { Scalar, ScalarType } from "./scalar.js";
import type { Index, Size } from "./size.js";

/**
 * How a reduction accumulates values: in one run, in ascending row-major order of the reduced axes, or in several
 * chains. Each chain is such a run, begins with the initial scalars, and is merged with the others at the end.
 */
export interface Reducer {
  /** The carried scalars before the first value. `element` is the type of the values. */
  initial(element: ScalarType, accumulator: ScalarType): readonly Scalar[];
  /** The carried scalars after one more value; `position` is its row-major number among the reduced ones. */
  step(carried: readonly Scalar[], value: Scalar, position: Size): readonly Scalar[];
  /** The carried scalars of two chains as one. */
  merge(left: readonly Scalar[], right: readonly Scalar[]): readonly Scalar[];
  /** The result, of the type of the operation's result. */
  result(carried: readonly Scalar[], type: ScalarType): Scalar;
}

export interface PointContext<A extends Attributes, Args extends readonly unknown[] = readonly unknown[]> {
  /** The index of the element of the result, one for each axis. */
  readonly index: readonly Size[];
  readonly attributes: A;
  readonly shape: readonly Size[];
  readonly args: Each<Args, TensorType>;
  readonly type: ScalarType;
  /** The value of an argument at an index. */
  at(argument: ArgumentPosition, index: readonly Size[]): Scalar;
  /** An int32 scalar as an index that lies in [0, extent). */
  asIndex(value: Scalar, extent: Size): Size;
  /** The two key words and the call number of a random stream, as int32 scalars. */
  random(stream: unknown): { readonly key: readonly [Scalar, Scalar]; readonly call: Scalar };
}

/** The context of a program along one axis, for one row. Places are positions in the row. */
export interface RowContext<A extends Attributes, Args extends readonly unknown[] = readonly unknown[]> {
  readonly attributes: A;
  readonly args: Each<Args, TensorType>;
  /** The type of the elements of the result. */
  readonly type: ScalarType;
  /** The length of a row of the result. */
  readonly extent: Size;
  /** The type in which values of a type are accumulated. */
  accumulator(type: ScalarType): ScalarType;
  /** The element of an argument at a place of its row. */
  at(argument: ArgumentPosition, place: Size): Scalar;
  /** The element of the result at a place of its row, as it was stored last. */
  stored(place: Size): Scalar;
  store(place: Size, value: Scalar): Statement;
  /** A new name for a local, and a new index; nothing else in the kernel has them. */
  name(label: string): string;
  index(label: string, extent: Size): Index;
}

export interface DotDimensions {
  /** Matched axes of the first and second argument that stay; in this order they lead the result. */
  readonly batch: readonly (readonly [number, number])[];
  /** Axes of the first and second argument that are multiplied and summed away. */
  readonly contract: readonly (readonly [number, number])[];
}

/** `Args` has as many elements as the operation has arguments. */
export type Lowering<A extends Attributes, Args extends readonly unknown[] = readonly unknown[]> =
  /** Computes each element from the elements of the arguments at the same index. */
  | {
      readonly kind: "elementwise";
      scalar(args: Each<Args, Scalar>, attributes: A, type: ScalarType): Scalar;
    }
  /**
   * Reads elements of its arguments elsewhere and computes nothing: it is never stored for its own sake. `reads` is how
   * many of the first arguments it reads, if not all; the others only have to be computed before.
   */
  | { readonly kind: "view"; readonly reads?: number; read(context: PointContext<A, Args>): Scalar }
  /** Computes each element from any elements of the arguments, or from the index alone. */
  | { readonly kind: "point"; read(context: PointContext<A, Args>): Scalar }
  | { readonly kind: "reduce"; axes(attributes: A): readonly number[]; readonly reducer: Reducer }
  | { readonly kind: "contract"; dimensions(attributes: A): DotDimensions }
  /**
   * The first argument, with each element of the last one added to the element that `target` names, in row-major order.
   */
  | {
      readonly kind: "scatter";
      /** The place in the result for the value at `index`; `at` reads the arguments before the last. */
      target(context: PointContext<A, Args>): readonly Size[];
    }
  /**
   * A program for each row along an axis: the arguments have the shape of the result, but for the length of that axis.
   * The program stores every element of its row unconditionally and in one loop. Then it may store again, and read
   * stored elements, at places that it has computed and bound. It must name (`let`) or bind (`bind`) each load of its
   * result, and each scalar computed from one, where it is to be computed, and must use no scalar in two statements.
   * Otherwise a load could move across a store.
   */
  | {
      readonly kind: "row";
      axis(attributes: A): number;
      /** Whether each element of an argument is read once: the nodes that compute it may then be in the same kernel. */
      readonly readsOnce: boolean;
      program(context: RowContext<A, Args>): readonly Statement[];
    }
  /** An input, a parameter, a state or a constant: it is in memory before the first kernel. */
  | { readonly kind: "leaf" }
  /** Computed by the host before the first kernel. */
  | { readonly kind: "host"; scalar(args: Each<Args, Scalar>, attributes: A): Scalar }
  /** Writes its first arguments, which are leaves, in place. */
  | { readonly kind: "effect" };
