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
