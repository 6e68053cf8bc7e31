/** Where a function finds the numbers that its kernels are given, if they are more than a call of WebAssembly can pass. */
import { size } from "../../ir/size.js";
import { capacityStrides, type Buffer } from "./buffer.js";
import type { ModelFunction } from "../../model/model.js";
import type { PrintedKernel } from "../../targets/target.js";
import { limits } from "../../targets/wasm/limits.js";

interface Given {
  readonly name: string;
  readonly definition: ModelFunction | null;
}

/** The id of the numbers' buffer; the function that initializes is no function of the model's, and may share a name. */
export const givenKey = ({ name, definition }: Given): string => `given:${definition ? name : ""}`;

/** A double for each number that the kernels of a function are given; null where they are few enough to be passed. */
export function givenBuffer(made: Given, kernels: readonly PrintedKernel[]): Buffer | null {
  const passes = kernels.flatMap(({ passes }) => passes);
  const names = new Set(passes.flatMap((pass) => (pass.kind === "buffer" ? [] : [`${pass.kind}:${pass.name}`])));
  if (names.size <= limits.parameters) return null;
  const shape = [size(names.size)];
  return {
    id: givenKey(made),
    label: "numbers",
    type: "f64",
    shape,
    ...capacityStrides(shape, {}),
    category: "inputs",
    node: -1,
  };
}
