/** Faults of a configuration file, at their place in it. */
import { fail } from "../compiler/diagnostics.js";
import type { Place } from "../compiler/ir/place.js";
import type { PropertyPath } from "../compiler/read/names.js";

/** Tells where a property of the configuration is written. */
export interface Written {
  readonly placeOf: (path: PropertyPath) => Place;
}

export function invalid(
  read: Written,
  at: PropertyPath,
  diagnostic: { message: string; expected: string; found: string; hint?: string | undefined },
): never {
  return fail({ code: "invalid-config", ...diagnostic, place: read.placeOf(at) });
}
