/** Scalars that loops carry: their first values, their change all at once, and the merging of chains. */
import type { Carried, Accumulators } from "../../ir/kernel.js";
import type { Scalar } from "../../ir/scalar.js";
import { get, plain, set, typeOf, type Code, type Local } from "./code.js";
import { gather, maskFor, splat, type Parts } from "./lanes.js";
import type { ValueType } from "./opcodes.js";
import { valueTypes } from "./scalarCode.js";
import type { KernelScope } from "./kernelScope.js";
import { held, hold, laned, single, type Value } from "./value.js";

/** A new local with this value, which no other code changes. */
function own(code: Code, type: ValueType, scope: KernelScope): Code {
  const local: Local = scope.fresh(type);
  scope.push(set(local, code));
  return get(local);
}

/** A carried scalar's first value, where a loop begins to change it. */
export function begin(type: Carried["type"], value: Value, scope: KernelScope): Value {
  if (scope.isInLanes)
    return laned(
      type,
      scope.spread(value).map((part) => own(part, "v128", scope)),
    );
  if (!value.uniform) throw new Error("wasm: lanes outside of a vectorized loop");
  return single(type, own(value.code, valueTypes[type], scope));
}

/** The first values of four chains in lanes: the initial value in the first, the identity in the others. */
export function beginLanes(type: Carried["type"], initial: Value, identity: Value, scope: KernelScope): Value {
  if (!initial.uniform || !identity.uniform) throw new Error("wasm: chains that begin with lanes");
  const holdVector = (code: Code): Code => hold(code, "v128", scope);
  const [a, b] = [initial.code, identity.code];
  const same = a.kind === "constant" && b.kind === "constant" && Object.is(a.value, b.value);
  const parts = same ? splat(type, a, holdVector) : gather(type, [a, b, b, b], holdVector);
  return laned(
    type,
    parts.map((part) => own(part, "v128", scope)),
  );
}

/** Changes all carried scalars at once; with a mask, only in the lanes of the mask. */
export function advance(
  carried: readonly Carried[],
  current: readonly Value[],
  mask: Parts | null,
  scope: KernelScope,
): void {
  const next = carried.map((each) => scope.evaluate(each.next));
  const codes = next.map((value, position): readonly Code[] => {
    const before = current[position] as Value;
    if (before.uniform) return [(value as Value & { uniform: true }).code];
    const parts = scope.spread(value);
    if (!mask) return parts;
    const wide = maskFor(parts.length, mask, (code) => hold(code, "v128", scope));
    return parts.map((part, at) => plain("v128.bitselect", part, before.parts[at] as Code, wide[at] as Code));
  });
  const alone = codes.length === 1 && codes[0]?.length === 1;
  const ready = alone ? codes : codes.map((parts) => parts.map((part) => own(part, typeOf(part) as ValueType, scope)));
  current.forEach((value, position) =>
    (value.uniform ? [value.code] : value.parts).forEach((target, at) => {
      const { local } = target as Code & { readonly kind: "get" };
      scope.push(set(local, ready[position]?.[at] as Code));
    }),
  );
}

/** After a loop its carried scalars go by the names of their results. */
export function finish(carried: readonly Carried[], current: readonly Value[], scope: KernelScope): void {
  carried.forEach((each, position) => scope.define(each.result, current[position] as Value));
}

/** The results of four chains a, b, c, d: merge(merge(a, c), merge(b, d)). */
export function merge(
  carried: readonly Carried[],
  { merge: mergeTwo }: Accumulators,
  chains: readonly (readonly Value[])[],
  scope: KernelScope,
): void {
  const name = (position: number, label: string, value: Value): Scalar => {
    const { name: own, type } = carried[position] as Carried;
    scope.define(`${own}/${label}`, value);
    return { kind: "variable", type, name: `${own}/${label}` };
  };
  const [a, b, c, d] = chains.map((values, chain) =>
    values.map((value, position) => name(position, String(chain), value)),
  ) as [Scalar[], Scalar[], Scalar[], Scalar[]];
  // The halves are kept in locals first, because each may be used in all results.
  const half = (left: readonly Scalar[], right: readonly Scalar[], label: string): Scalar[] =>
    mergeTwo(left, right).map((scalar, position) => name(position, label, held(scope.evaluate(scalar), scope)));
  const results = mergeTwo(half(a, c, "even"), half(b, d, "odd")).map((scalar) => held(scope.evaluate(scalar), scope));
  finish(carried, results, scope);
}
