/** Files in the private file system that a browser keeps for a site. */

import { attempt, fail } from "./error.js";
import { checkBytes, checkName, isName, type Store } from "./store.js";

interface Writable {
  write(bytes: Uint8Array): Promise<void>;
  close(): Promise<void>;
  abort(): Promise<void>;
}

interface FileHandle {
  readonly kind: "file";
  getFile(): Promise<Blob>;
  createWritable(): Promise<Writable>;
}

interface Folder {
  readonly kind: "directory";
  getDirectoryHandle(name: string, options: { readonly create: boolean }): Promise<Folder>;
  getFileHandle(name: string, options?: { readonly create: boolean }): Promise<FileHandle>;
  removeEntry(name: string): Promise<void>;
  entries(): AsyncIterable<readonly [name: string, handle: FileHandle | Folder]>;
}

declare const navigator: { readonly storage?: { getDirectory?(): Promise<Folder> } } | undefined;

/**
 * Files in a folder of the site's private file system (OPFS); `path` is names with / between them, or "" for its root. What is
 * not there is made when a file is written. A write takes effect when it ends: one that is cut off leaves the old file, or an
 * empty one where there was none, so that an empty file counts as none and none can be written. For pages and their workers; a
 * browser may remove the data of a site that did not ask for `navigator.storage.persist()`.
 */
export function opfs(path: string): Store {
  const names = path.split("/").filter(Boolean);
  names.forEach(checkName);
  const doing = <T>(act: () => Promise<T>): Promise<T> => attempt(`opfs '${path}'`, "a folder that can be used", act);

  const folder = async (create: boolean): Promise<Folder> => {
    if (typeof navigator === "undefined" || !navigator.storage?.getDirectory)
      return fail("opfs", "a private file system, which pages and their workers have", "none");
    let folder = await navigator.storage.getDirectory();
    for (const name of names) folder = await folder.getDirectoryHandle(name, { create });
    return folder;
  };

  return {
    async write(name, bytes) {
      checkName(name);
      checkBytes(name, bytes);
      if (!bytes.length) fail(name, "at least one byte", 0);
      await doing(async () => {
        const file = await (await folder(true)).getFileHandle(name, { create: true });
        const writable = await file.createWritable();
        try {
          await writable.write(bytes);
        } catch (error) {
          await writable.abort();
          throw error;
        }
        await writable.close();
      });
    },
    async read(name) {
      checkName(name);
      return doing(async () => {
        const file = await unlessMissing(async () => (await (await folder(false)).getFileHandle(name)).getFile());
        return file?.size ? file : undefined;
      });
    },
    list: () =>
      doing(async () => {
        const found: string[] = [];
        for await (const [name, handle] of (await unlessMissing(async () => (await folder(false)).entries())) ?? [])
          if (handle.kind === "file" && isName(name) && (await handle.getFile()).size > 0) found.push(name);
        return found.sort();
      }),
    async remove(name) {
      checkName(name);
      await doing(() => unlessMissing(async () => (await folder(false)).removeEntry(name)));
    },
  };
}

/** Undefined where there is no such file or folder. */
async function unlessMissing<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (error) {
    if ((error as { readonly name?: unknown }).name === "NotFoundError") return undefined;
    throw error;
  }
}
