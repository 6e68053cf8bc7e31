/** Files in a folder of the system's. For Node and what has its modules. */

import { openAsBlob } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { attempt, fail } from "./error.js";
import { checkBytes, checkName, isName, type Store } from "./store.js";
import { writeWhole } from "./whole.js";

export function folder(path: string): Store {
  const pathOf = (name: string): string => {
    checkName(name);
    return join(path, name);
  };
  return {
    async write(name, bytes) {
      checkBytes(name, bytes);
      await writeWhole(new Map([[pathOf(name), bytes]]));
    },
    read: async (name) => blobAt(pathOf(name)),
    list: () =>
      attempt(path, "a folder that can be read", async () => {
        const entries = (await unlessMissing(() => readdir(path, { withFileTypes: true }))) ?? [];
        return entries.flatMap((each) => (each.isFile() && isName(each.name) ? [each.name] : [])).sort();
      }),
    async remove(name) {
      const file = pathOf(name);
      await attempt(file, "a file that can be removed", () => rm(file, { force: true }));
    },
  };
}

/** The file at a path, of which nothing is read yet; undefined where there is none. */
export const blobAt = (path: string): Promise<Blob | undefined> =>
  attempt(path, "a file that can be read", async () => {
    const stats = await unlessMissing(() => stat(path));
    if (stats === undefined) return undefined;
    if (!stats.isFile()) return fail(path, "a file", stats.isDirectory() ? "a folder" : "something else");
    return openAsBlob(path);
  });

/** Undefined where there is no such file or folder. */
async function unlessMissing<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
