/**
 * Equality of types: identity, not mutual assignability, so that neither a widened size nor `any` passes. That `A`
 * stands in the list makes TypeScript wait until it is known.
 */
export type Equal<A, B> = [<T>() => T extends { of: A } ? 1 : 2, A] extends [<T>() => T extends { of: B } ? 1 : 2, A]
  ? true
  : false;

/** Compiles only if the type of the value is `T`: `is<Tensor<[]>>()(x.sum())`. */
export declare const is: <T>() => <V>(value: Equal<V, T> extends true ? V : { readonly expected: T }) => void;

/** Compiles only if the value may be used as a `T`. */
export declare const fits: <T>(value: T) => void;
