/** One function of an instance, as its caller sees it. */

import type { Call, Dims, FunctionSpec } from "./abi.js";
import { readHyper } from "./hyper.js";
import { checkInput, take } from "./inputs.js";
import { prepare, read } from "./outputs.js";
import { checkNumber, sizes } from "./numbers.js";
import { enter, refuseUnknown } from "./refuse.js";
import { bindSizes } from "./sizes.js";
import { sizeOf, type Tensor, type View } from "./tensor.js";

/** How often a function has run, and updated where it does. */
export type Counters = { calls: number; step?: number };

interface Options {
  readonly dims?: Dims;
  readonly into?: object;
}

export function method(
  where: string,
  spec: FunctionSpec,
  capacities: Dims,
  inputs: Tensor[],
  outputs: Tensor[],
  counters: Counters,
  call: { -readonly [Part in keyof Call]: Call[Part] },
  run: (call: Call) => boolean | void,
) {
  const { sizes: extents = {}, hyper, readHyper: override = readHyper } = spec;
  const { dims, solve } = bindSizes(capacities, inputs, [
    ...[...inputs, ...outputs].map(({ resize }) => resize),
    ...Object.values(extents).map((extent) => (dims: Dims) => sizeOf(extent, dims)),
  ]);

  const known = { ...hyper, dims, into: 0 };

  return (given: object = {}, options: Options = {}) => {
    enter(where);
    refuseUnknown("input", given, spec.inputs);
    refuseUnknown("option", options, known);
    const { into = {} } = options;
    refuseUnknown("output", into, spec.outputs);
    for (const input of inputs) take(input, given);
    solve(options.dims ?? {});
    for (const text in extents) {
      checkNumber(text, sizeOf(extents[text]!, dims), sizes);
    }
    for (const input of inputs) checkInput(input, dims);
    for (const output of outputs) prepare(output, dims, into);
    call.dims = dims;
    call.call = counters.calls;
    call.step = 0;
    if (hyper) {
      override(hyper, call.hyper, options);
      call.step = counters.step! + 1;
    }

    // Nothing is refused from here on.
    for (const input of inputs) {
      if (input.array !== input.view) input.copy(input.array);
      input.array = input.view as Tensor["array"];
    }
    const updated = run(call);
    counters.calls++;
    if (hyper && updated !== false) counters.step!++;
    const result: Record<string, View | number | boolean> = {};
    for (const output of outputs) result[output.name] = read(output);
    return result;
  };
}
