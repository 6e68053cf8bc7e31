/** The buffer for the numbers that a function's kernels are given, if a call cannot pass them all as arguments. */
import { callsOf } from "../ir/program.js";
import { size } from "../ir/size.js";
import { capacityStrides, type Buffer } from "../plan/memory/buffer.js";
import { targets } from "../targets/targets.js";
import type { CompiledFunction } from "./compiled.js";

/** The id of this buffer. The function that initializes is none of the model's, and may have the name of one. */
export const givenKey = ({ name, kind }: Pick<CompiledFunction, "name" | "kind">): string =>
  `given:${kind === "initialize" ? "" : name}`;

/** The host's code is the same for all targets: if one target cannot pass the numbers, they lie in memory for all. */
const mostNumbers = (): number => Math.min(...Object.values(targets).map((target) => target.mostNumbers));

/** A double for each number that the kernels of a function are given; null if they are few enough to be passed. */
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
