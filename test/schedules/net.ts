/** Nets that show the hyper-parameters with which an update was computed. */
import type { Target } from "../../compiler/targets/target.js";
import { input, minimize, model, param, sgd } from "../../src/index.js";
import type { Schedule } from "../../src/index.js";
import { build, type Live } from "../run.js";

/** One parameter whose gradient is 1, and SGD. */
export function trained(target: Target, options: Parameters<typeof sgd>[0]): Live {
  const w = param("w", [], 0);
  const train = minimize(input("x", []).mul(w), sgd(options));
  return build(model("m", { precision: "float64", functions: { train } }) as never, { target });
}

/** The momentum buffer. */
const buffer = (live: Live): number =>
  live.state().functions["train"]?.parameters?.["w"]?.["momentum_buffer"]?.[0] ?? NaN;

/**
 * The hyper-parameters of one update: from w = 0, w becomes -lr, or -lr times the new buffer `momentum * buffer + 1`.
 */
export function update(live: Live, options: object = {}): { readonly lr: number; readonly momentum: number } {
  live.parameters["w"]?.set([0]);
  const before = buffer(live);
  live.call("train", { x: [1] }, options as never);
  const after = buffer(live);
  const lr = -(live.parameters["w"]?.[0] as number);
  return Number.isNaN(after) ? { lr, momentum: NaN } : { lr: lr / after, momentum: (after - 1) / before };
}

/** The state as it comes back from a file. */
export function saved(live: Live): never {
  const text = JSON.stringify(live.state(), (_, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
  );
  return JSON.parse(text) as never;
}

/** The learning rates of some updates. */
export const rates = (target: Target, lr: Schedule | number, count: number): number[] => {
  const live = trained(target, { lr });
  return Array.from({ length: count }, () => update(live).lr);
};
