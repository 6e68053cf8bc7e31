/** The sizes of the named dimensions in a call: from `options.dims` and the lengths of the inputs. */

import type { Dims, Extent } from "./abi.js";
import { checkNumber, sizes } from "./numbers.js";
import { refuse, refuseFound } from "./refuse.js";
import { type Given, sizeOf, type Tensor } from "./tensor.js";

const isNested = (given: Given | undefined): given is Required<Given> => (given?.shape ?? []).length > 1;

/**
 * Makes a function's `dims`, and the code that sets them for a call. `measures` are all shapes of the function: a
 * dimension that none of them names keeps its capacity.
 */
export function bindSizes(capacities: Dims, inputs: readonly Tensor[], measures: readonly ((dims: Dims) => number)[]) {
  /** The sizes at the start of a call; NaN is a size that the call must determine. */
  const start: Record<string, number> = { ...capacities };
  for (const name in start)
    if (measures.some((measure) => isNaN(measure({ ...capacities, [name]: NaN })))) start[name] = NaN;
  const dims = { ...start };
  /** The source of each size, for errors. */
  const origins: Record<string, string> = {};

  const settle = (name: string, size: number, origin: string) => {
    if (size > capacities[name]!)
      refuse(
        `'${name}' is ${size} in ${origin}, but its capacity is ${capacities[name]}: raise it in the model's dims`,
      );
    dims[name] = size;
    origins[name] = origin;
  };

  const refuseLength = ({ label, spec, length, given }: Tensor) => {
    const shape = spec.shape.map((extent) => {
      const size = sizeOf(extent, dims);
      const origin = origins[extent as string];
      return size && origin ? `${extent as string} = ${size} (${origin})` : size || extent;
    });
    const found = isNested(given) ? `[${given.shape.join(", ")}]` : `${length} values`;
    const expected = `[${shape.join(", ")}]${isNested(given) ? ", flat or nested so" : ""}`;
    refuseFound(label, expected, found + (length ? "" : ": give at least one row"));
  };

  /** Settles the last dimension that an input's length leaves unknown. */
  const settleFrom = (input: Tensor) => {
    let rest = input.length;
    const open: Extent[] = [];
    for (const extent of input.spec.shape) {
      const size = sizeOf(extent, dims);
      if (size) rest /= size;
      else open.push(extent);
    }
    const [name] = open;
    // If an input was filled in place, `rest` is NaN, and this is false.
    if (open.length === 1 && typeof name === "string" && rest >= 0) {
      if (!rest || rest % 1) refuseLength(input);
      settle(name, rest, input.label);
    }
  };

  const solve = (given: Record<string, unknown>) => {
    Object.assign(dims, start);
    for (const name in given) {
      checkNumber(`dims.${name}`, given[name], sizes);
      settle(name, given[name] as number, "options.dims");
    }
    // Each round settles a dimension that the next may need.
    inputs.forEach(() => inputs.forEach(settleFrom));
    for (const name in dims)
      if (isNaN(dims[name]!)) {
        if (!inputs.some(({ length }) => isNaN(length)))
          refuse(`'${name}' does not follow from the inputs: pass { dims: { ${name}: ... } }`);
        settle(name, capacities[name]!, "capacity");
      }
    for (const input of inputs) {
      const { given, spec, length } = input;
      const differs = isNested(given) && given.shape.some((size, axis) => size !== sizeOf(spec.shape[axis]!, dims));
      // If an input was filled in place, the difference is NaN, which is false.
      if (input.resize(dims) - length || differs) refuseLength(input);
    }
  };

  return { dims: dims as Dims, solve };
}
