/** Loops around statements. */
import type { Carried, Accumulators, Statement } from "../../ir/kernel.js";
import * as scalars from "../../ir/scalar.js";
import type { Index, Size } from "../../ir/size.js";
import type { LoweringContext } from "./lowerElement.js";

/** A loop index, unique in the kernel that is being lowered. */
export function freshIndex({ indices }: LoweringContext, label: string, extent: Size | null): Index {
  return { id: `${label}.${++indices.count}`, extent };
}

/** Loops around statements; carried scalars pass through all of them, and run in chains in the innermost. */
export function nest(
  loops: readonly Index[],
  carried: readonly Carried[],
  body: readonly Statement[],
  merge?: Accumulators,
): readonly Statement[] {
  if (loops.length === 0) {
    if (carried.length > 0) throw new Error("a reduction without a loop");
    return body;
  }
  let statements = body;
  for (const [position, index] of [...loops.entries()].reverse()) {
    const innermost = position === loops.length - 1;
    const suffix = (depth: number): string => (depth === 0 ? "" : `@${depth}`);
    const here = carried.map((each): Carried => {
      const name = innermost ? each.name : `${each.name}${suffix(position + 1)}`;
      const around = position === 0 ? null : `${each.name}${suffix(position)}`;
      const result = position === 0 ? each.result : `${each.result}${suffix(position)}`;
      const initial = around === null ? each.initial : scalars.variable(around, each.type);
      const next = innermost ? each.next : scalars.variable(`${each.result}${suffix(position + 1)}`, each.type);
      return { name, result, type: each.type, initial, next };
    });
    const chains = innermost && merge ? { merge } : {};
    statements = [{ kind: "loop", index, extent: index.extent as Size, carried: here, body: statements, ...chains }];
  }
  return statements;
}
