/** Warnings in the manifest: a build that is up to date repeats those of the build that wrote it. */
import { resolve } from "node:path";
import { codes, OptimcError, type Code } from "../compiler/diagnostics.js";
import type { Place } from "../compiler/ir/place.js";
import { relativePath } from "../compiler/read/hash.js";

/** A warning as the manifest has it. Paths are relative to the manifest. */
export interface KeptWarning {
  readonly code: Code;
  readonly message: string;
  readonly place?: Place;
  readonly expected?: string;
  readonly found?: string;
  readonly hint?: string;
  readonly related: readonly { readonly label: string; readonly place?: Place }[];
}

export function keptWarning(warning: OptimcError, folder: string): KeptWarning {
  const { code, message, place, expected, found, hint, related } = warning;
  const at = (where: Place | undefined) => where && { place: { ...where, file: relativePath(folder, where.file) } };
  return {
    code,
    message,
    ...at(place),
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
    ...(hint !== undefined && { hint }),
    related: related.map(({ label, place: where }) => ({ label, ...at(where) })),
  };
}

/** The warnings of a manifest that this version wrote. */
export function warningsOf(manifest: Readonly<Record<string, unknown>>, folder: string): OptimcError[] {
  const kept = (manifest["warnings"] ?? []) as readonly KeptWarning[];
  const at = (where: Place | undefined) => where && { ...where, file: resolve(folder, where.file) };
  return kept
    .filter(({ code }) => code in codes)
    .map(
      (each) =>
        new OptimcError({
          ...each,
          place: at(each.place),
          related: each.related.map(({ label, place }) => ({ label, place: at(place) })),
        }),
    );
}
