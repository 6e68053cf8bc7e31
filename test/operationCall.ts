/** Calls of operations on concrete arguments. */
import fc from "fast-check";
import type { Expression } from "../compiler/ir/op.js";

export interface TensorValue {
  readonly shape: readonly number[];
  readonly element: "float" | "int32" | "bool";
  readonly data: readonly number[];
}

export const seeds: fc.Arbitrary<number> = fc.nat(0xffffff);

/** One call of an operation on concrete arguments. */
export interface OperationCall {
  readonly text: string;
  readonly args: readonly TensorValue[];
  readonly make: (args: readonly Expression[]) => Expression;
}

/** Numbers in [-2, 2], no two equal and none 0, in random order. */
export function apart(count: number, next: () => number): number[] {
  const values = Array.from({ length: count }, (_, i) => Math.fround(((i + 0.5) / (count + (count % 2))) * 4 - 2));
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    [values[i], values[j]] = [values[j] as number, values[i] as number];
  }
  return values;
}
