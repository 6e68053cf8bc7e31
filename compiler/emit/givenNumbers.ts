/** Where a function finds the numbers that its kernels are given, if they are more than a call can pass. */
import { callsOf } from "../ir/program.js";
import { size } from "../ir/size.js";
import { capacityStrides, type Buffer } from "../plan/memory/buffer.js";
import { targets } from "../targets/targets.js";
import type { CompiledFunction } from "./compiled.js";

/** The id of the numbers' buffer; the function that initializes is no function of the model's, and may share a name. */
export const givenKey = ({ name, definition }: Pick<CompiledFunction, "name" | "definition">): string =>
  `given:${definition ? name : ""}`;

/** The host's code is the same for all targets: what one of them cannot pass lies in memory for each. */
const mostNumbers = (): number => Math.min(...Object.values(targets).map((target) => target.mostNumbers));

/** A double for each number that the kernels of a function are given; null where they are few enough to be passed. */
export function givenBuffer(made: CompiledFunction): Buffer | null {
  const passes = callsOf(made.steps).flatMap(({ printed }) => printed.passes);
  const names = new Set(passes.flatMap((pass) => (pass.kind === "buffer" ? [] : [`${pass.kind}:${pass.name}`])));
  if (names.size <= mostNumbers()) return null;
  const shape = [size(names.size)];
  return {
    id: givenKey(made),
    label: "numbers",
    type: "f64",
    shape,
    ...capacityStrides(shape, {}),
    category: "inputs",
    node: null,
  };
}
