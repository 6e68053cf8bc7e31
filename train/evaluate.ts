/** Functions over more rows than one call takes. */

import { batches } from "./batches.js";
import { addResults, functionOf, type Results } from "./functions.js";
import { slices } from "./pause.js";
import { checkNames, refuse } from "./refuse.js";
import type { Batches, Columns, FunctionName, InputsOf, Net } from "./types.js";

interface Common<N, F extends FunctionName<N>> {
  /** The function. */
  readonly run: F;
  /** Columns by the names of its inputs, or batches of them. */
  readonly data: Batches<InputsOf<N, F>> | { readonly [K in keyof InputsOf<N, F>]: unknown };
  /** The rows of a call. Default the function's capacity. */
  readonly size?: number;
}

/** What `evaluate` takes. */
export interface EvaluateOptions<N, F extends FunctionName<N> = FunctionName<N>> extends Common<N, F> {
  /** How a result of the calls becomes one: their "mean", weighted by rows, which is the default, or their "sum". */
  readonly numbers?: Readonly<Record<string, "mean" | "sum">>;
}

/** What `predict` takes. */
export type PredictOptions<N, F extends FunctionName<N> = FunctionName<N>> = Common<N, F>;

/** Calls a function for all batches of an epoch. */
async function over<N extends Net>(
  net: N,
  { run, data, size }: { run: string; data: object; size?: number | undefined },
  take: (results: Results, rows: number) => void,
): Promise<void> {
  const { shapes, call } = functionOf(net, run);
  const isBatches = typeof (data as Batches<unknown>).epoch === "function";
  if (isBatches && size !== undefined) refuse("size", "none beside batches, which have theirs", size);
  const leading = Object.values(shapes.inputs).flatMap(({ shape }) =>
    typeof shape[0] === "string" ? [shape[0]] : [],
  )[0];
  const capacity = leading === undefined ? 1 : (shapes.dims?.[leading] ?? net.dims[leading]!);
  const given = isBatches ? (data as Batches<unknown>) : batches(data as Columns, { size: size ?? capacity });
  const bound = given.of?.(shapes, net.dims) ?? given;
  const pausing = slices();
  for await (const batch of bound.epoch(1)) {
    take(call(batch), bound.rowsOf(batch));
    await pausing();
  }
}

/**
 * The results of a function that are numbers, over any number of rows: the mean of its calls, weighted by their rows, or their
 * sum. Results that are tensors are left out: `predict` has them. Between calls the page paints.
 */
export async function evaluate<N extends Net, F extends FunctionName<N>>(
  net: N,
  given: EvaluateOptions<N, F>,
): Promise<Record<string, number>> {
  checkNames("evaluate", given, ["run", "data", "size", "numbers"]);
  const { numbers = {} } = given;
  for (const name in numbers)
    if (numbers[name] !== "mean" && numbers[name] !== "sum")
      refuse(`numbers '${name}'`, "'mean' or 'sum'", numbers[name]);
  const sums: Record<string, number> = {};
  let rows = 0;
  await over(net, given, (results, count) => {
    rows += count;
    addResults(sums, results, (name) => (numbers[name] === "sum" ? 1 : count));
  });
  for (const name in numbers) if (!Object.hasOwn(sums, name)) refuse("numbers", Object.keys(sums).join(", "), name);
  for (const name in sums) if (numbers[name] !== "sum") sums[name]! /= rows;
  return sums;
}

type Typed = Float32Array<ArrayBuffer>;

/**
 * The results of a function row by row, over any number of rows: those of all calls, one after another. Results without rows
 * are left out: `evaluate` has those that are numbers.
 */
export async function predict<N extends Net, F extends FunctionName<N>>(
  net: N,
  given: PredictOptions<N, F>,
): Promise<N[F] extends (...all: never[]) => infer R ? R : never> {
  checkNames("predict", given, ["run", "data", "size"]);
  const parts: Record<string, Typed[]> = {};
  await over(net, given, (results) => {
    for (const name in results) {
      const { shape } = net.shapes.functions[given.run]!.outputs[name]!;
      if (typeof shape[0] === "string") (parts[name] ??= []).push(results[name] as Typed);
    }
  });
  const joined = Object.entries(parts).map(([name, all]) => {
    const whole = new (all[0]!.constructor as Float32ArrayConstructor)(
      all.reduce((sum, { length }) => sum + length, 0),
    );
    let at = 0;
    for (const part of all) {
      whole.set(part, at);
      at += part.length;
    }
    return [name, whole] as const;
  });
  return Object.fromEntries(joined) as never;
}
