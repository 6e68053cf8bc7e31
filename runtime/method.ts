/** Makes one function of an instance, as its caller sees it. */

import type { Call, Dims, FunctionSpec } from "./abi.js";
import { readHyper } from "./hyper.js";
import { checkInput, settle, take } from "./inputs.js";
import { prepare, read } from "./outputs.js";
import { open, reading, refuse, within } from "./refuse.js";
import { bindSizes } from "./sizes.js";
import { sizeOf, type Tensor, type View } from "./tensor.js";

/** How often a function has run, and how often it has updated, if it does. */
export type Counters = { calls: number; step?: number };

/** The data that the functions of an instance share. */
export interface Shared {
  /** The inputs of all functions, by name: a batch may hold those of others. */
  readonly names: object;
  /** Whether inputs in typed arrays are checked for values that are not finite. */
  readonly finite: boolean;
  /** One object for all calls, since no call runs inside another. */
  readonly call: { -readonly [Part in keyof Call]: Call[Part] };
}

export function method(
  where: string,
  spec: FunctionSpec,
  capacities: Dims,
  inputs: Tensor[],
  outputs: Tensor[],
  counters: Counters,
  { names, finite, call }: Shared,
  run: (call: Call) => boolean | void,
) {
  const { sizes: extents = {}, hyper, readHyper: override = readHyper } = spec;
  const { dims, solve } = bindSizes(capacities, inputs, [
    ...[...inputs, ...outputs].map(({ resize }) => resize),
    ...Object.values(extents).map(
      ([extent]) =>
        (dims: Dims) =>
          sizeOf(extent, dims),
    ),
  ]);

  const known = { ...hyper, dims, into: 0 };
  const single = spec.outputs.loss?.element === "float32";

  /** From here on nothing refuses the call. */
  const begin = (): void => {
    for (const input of inputs) {
      if (input.array !== input.view) input.copy(input.array);
      input.array = input.view;
      input.given = undefined;
    }
  };

  const update = (givenInputs: unknown, givenOptions: unknown) => {
    // Only this first part runs code of the caller's, which therefore cannot change values after the checks below.
    const given = open("inputs", givenInputs, "input", names, Object.keys(spec.inputs));
    const options = open("options", givenOptions, "option", known);
    const into = open("into", options.into ?? {}, "output", spec.outputs);
    const sizesGiven = open("dims", options.dims ?? {}, "dimension", dims);
    for (const input of inputs) take(input, given);
    if (hyper) override(hyper, call.hyper, options, single);
    reading("");

    inputs.forEach(settle);
    solve(sizesGiven);
    for (const need in extents) {
      const [extent, least] = extents[need]!;
      const size = sizeOf(extent, dims);
      if (size < least) refuse(`${need} to be at least ${least}, found ${size}`);
    }
    for (const input of inputs) checkInput(input, dims, finite);
    for (const output of outputs) prepare(output, dims, into);
    call.dims = dims;
    call.call = counters.calls;
    call.step = hyper ? counters.step! + 1 : 0;
    call.begin = begin;
    if (!spec.schedules) begin();
    const updated = run(call);
    counters.calls++;
    if (hyper && updated !== false) counters.step!++;
    const result: Record<string, View | number | boolean> = {};
    for (const output of outputs) result[output.name] = read(output);
    return result;
  };
  return (inputs: unknown = {}, options: unknown = {}) => within(where, () => update(inputs, options));
}
