import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { relative, sep } from "node:path";

/** A file that went into a build. The path is relative, with `/`; a null hash says that no such file existed. */
export interface Source {
  readonly path: string;
  readonly sha256: string | null;
}

export function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

/** The hash of a file's bytes, or null if there is no such file. */
export function hashFile(file: string): string | null {
  try {
    // A pipe or a device has no content of its own, and may have no end.
    return statSync(file).isFile() ? sha256(readFileSync(file)) : null;
  } catch {
    // Absent, or no longer a file: it has changed in either case.
    return null;
  }
}

/** A path relative to a folder, written alike on every system. */
export function relativePath(folder: string, file: string): string {
  return relative(folder, file).split(sep).join("/");
}
