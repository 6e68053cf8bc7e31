/** Files of the system's: what is there, and what its refusals mean. */
import { lstatSync, statSync, type Stats } from "node:fs";
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
