/** Limits for gradients, before the optimizer sees them. */
import { asHostNumber } from "../ir/asTensor.js";
import { fail } from "../diagnostics.js";
import { checkOptions, describeValue, entry, requireSwitch } from "../ir/guards.js";
import { isExpression, literal, type Expression } from "../ir/op.js";
import type { HostNumber } from "../ir/tensorMethods.js";
import { hyper } from "../ops/hyper.js";
import type { HyperVariable } from "./bindHyperparameters.js";

/** Which norm: the sum of absolute values, the Euclidean one, or the largest absolute value. */
export type NormType = 1 | 2 | typeof Infinity;

/** A limit for gradients, made by `clipByValue`, `clipByNorm` or `clipByGlobalNorm`. */
export interface Clip {
  readonly kind: "value" | "norm" | "global norm";
  /** A host scalar, above 0. */
  readonly limit: Expression;
  /** The hyper-parameter that a scheduled limit is. */
  readonly variable: HyperVariable | null;
  readonly type: NormType;
  /** Whether gradients are computed a second time rather than held until the norm of all is known. */
  readonly recompute: boolean;
}

/** What `clip` takes: a number, or a schedule of one. */
type Limit = number | ((t: HostNumber) => HostNumber);

function limitOf(name: string, limit: unknown): Pick<Clip, "limit" | "variable"> {
  const given: unknown = typeof limit === "function" ? limit(asHostNumber(hyper("step")).sub(1)) : limit;
  if (isExpression(given) && given.element === "scalar") {
    const names = { variable: "clip", option: "clip", position: null, group: null };
    const variable: HyperVariable = { ...names, value: NaN, schedule: given, range: { above: 0 } };
    return { limit: hyper("clip"), variable };
  }
  if (typeof given === "number" && Number.isFinite(given) && given > 0)
    return { limit: literal(given, "scalar"), variable: null };
  return fail({
    code: "invalid-argument",
    message: `${name}: the limit is not usable`,
    expected: "a finite number above 0, or a schedule (t) => scalar",
    found: describeValue(given),
    hint: isExpression(given)
      ? `${name} is an option of minimize for gradients; write x.clamp(low, high) for a tensor`
      : undefined,
  });
}

function clip(name: string, kind: Clip["kind"], limit: Limit, options: object, allowed: readonly string[]): Clip {
  checkOptions(name, options, allowed);
  const { type = 2, recompute = false } = options as { readonly type?: NormType; readonly recompute?: boolean };
  requireSwitch(name, "recompute", recompute);
  if (type !== 1 && type !== 2 && type !== Infinity) {
    fail({
      code: "invalid-argument",
      message: `${name}: there is no such type of norm`,
      expected: "1, 2 or Infinity",
      found: describeValue(type),
    });
  }
  return Object.freeze({ kind, ...limitOf(name, limit), type, recompute });
}

/** Limits every element of every gradient to [-limit, limit]. */
export const clipByValue = entry("clipByValue", (limit: Limit): Clip => clip("clipByValue", "value", limit, {}, []));

/**
 * Multiplies each gradient by `min(1, limit / (its norm + 1e-6))`. `type` is the order of the norm: 1, 2 (the default)
 * or Infinity.
 */
export const clipByNorm = entry("clipByNorm", (limit: Limit, options: { readonly type?: NormType } = {}): Clip =>
  clip("clipByNorm", "norm", limit, options, ["type"]),
);

/**
 * Multiplies all gradients by `min(1, limit / (norm of all + 1e-6))`, as PyTorch's `clip_grad_norm_` does. All
 * gradients are held in memory until the norm is known; with `recompute: true`, those that are matrix products are
 * computed a second time instead.
 */
export const clipByGlobalNorm = entry(
  "clipByGlobalNorm",
  (limit: Limit, options: { readonly type?: NormType; readonly recompute?: boolean } = {}): Clip =>
    clip("clipByGlobalNorm", "global norm", limit, options, ["type", "recompute"]),
);
