/** Files of the system's: what its refusals mean, and the temporary files through which outputs are written. */
import { lstatSync, mkdirSync, readdirSync, rmSync, statSync, type Stats } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fail } from "../compiler/diagnostics.js";

interface Refusal {
  readonly found: string;
  readonly hint?: string;
}

const denied: Refusal = {
  found: "no permission",
  hint: "change the permissions, or choose another folder with --out-dir",
};
const full: Refusal = { found: "a full disk", hint: "free some space, and build again" };

const refusals: Readonly<Record<string, Refusal>> = {
  EACCES: denied,
  EPERM: denied,
  EROFS: { found: "a read-only file system", hint: "choose another folder with --out-dir" },
  ENOSPC: full,
  EDQUOT: full,
  EFBIG: { found: "a limit on the size of files", hint: "raise the limit, and build again" },
  EISDIR: { found: "a folder where a file goes", hint: "move that folder, or choose another with --out-dir" },
  ENOTDIR: { found: "a file where a folder goes", hint: "move that file, or choose another folder with --out-dir" },
  EEXIST: { found: "a file where a folder goes", hint: "move that file, or choose another folder with --out-dir" },
  ELOOP: { found: "symbolic links in a circle", hint: "fix the links, or choose another folder with --out-dir" },
  ENAMETOOLONG: { found: "a path that is too long", hint: "choose another folder with --out-dir" },
  EMFILE: { found: "too many open files", hint: "raise the limit on open files" },
  ENFILE: { found: "too many open files", hint: "close other programs" },
  EBUSY: { found: "a lock of another program", hint: "close that program, and build again" },
};

/** The error of what the system refuses to do with an output: `deed` is `written`, `read` or `removed`. */
export function refused(path: string, deed: "written" | "read" | "removed", error: unknown): never {
  const { code = "", message = String(error) } = error as NodeJS.ErrnoException;
  const refusal = Object.hasOwn(refusals, code) ? refusals[code] : undefined;
  return fail({
    code: "cannot-write",
    message: `${path} cannot be ${deed}`,
    expected: deed === "written" ? "a folder that can be written" : `an output that can be ${deed}`,
    found: refusal ? `${refusal.found} (${code})` : message,
    hint: refusal?.hint,
    cause: error,
  });
}

/** Does it; what the system says against it is an error about the path. */
export function attempt<T>(path: string, deed: "written" | "read" | "removed", act: () => T): T {
  try {
    return act();
  } catch (error) {
    return refused(path, deed, error);
  }
}

/**
 * What is at a path; undefined if nothing is, also where a file stands in the place of a folder. Node 20 throws for the
 * latter, whatever `throwIfNoEntry` says, and Node 26 does not.
 */
export function statsAt(path: string, { links = false }: { readonly links?: boolean } = {}): Stats | undefined {
  try {
    return links ? lstatSync(path) : statSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * Makes a folder and those above it, one by one. Where a folder that is there takes no new ones and the system says
 * ENOENT, as /proc does, Node 20's recursive way tries for ever.
 */
export function makeFolder(folder: string): void {
  const isThere = (): boolean => statsAt(folder)?.isDirectory() === true;
  if (isThere()) return;
  const above = dirname(folder);
  if (above !== folder && statsAt(above) === undefined) makeFolder(above);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another build may have made it in between.
    if (!isThere()) throw error;
  }
}

/** The file through which an output is written: beside it, so that it takes its name at once. */
export const temporaryOf = (path: string): string => join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);

/** A build that is still writing, on another machine that shares the folder, is done with a file in far less. */
const oldEnough = 60_000;

/** Removes what earlier builds of these outputs left when they were killed; a build that still runs keeps its own. */
export function clearTemporaries(outputs: Iterable<string>): void {
  const names = new Map<string, Set<string>>();
  for (const path of outputs) {
    const folder = dirname(path);
    names.set(folder, (names.get(folder) ?? new Set()).add(basename(path)));
  }
  for (const [folder, own] of names) {
    try {
      for (const name of readdirSync(folder)) {
        const [, output = "", pid = ""] = /^\.(.+)\.(\d+)\.tmp$/.exec(name) ?? [];
        if (own.has(output) && !runs(Number(pid)) && isOldFile(join(folder, name))) rmSync(join(folder, name));
      }
    } catch {
      // They are only in the way: what this build is to write matters, and says what is wrong with the folder.
    }
  }
}

function isOldFile(path: string): boolean {
  const stats = lstatSync(path);
  return stats.isFile() && Date.now() - stats.mtimeMs > oldEnough;
}

function runs(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user's process the system says that it is not ours.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
