/** Files of the system's that are written as a whole, or not at all. For Node and what has its modules. */

import { randomUUID } from "node:crypto";
import { lstat, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FileError } from "./error.js";

/**
 * Writes all of these files, or none: each goes to a temporary file beside it and to the disk, and takes its name at the end.
 * Folders are made. What the system says against a file is the cause of a FileError with its path as `part`.
 */
export async function writeWhole(files: ReadonlyMap<string, string | Uint8Array>): Promise<void> {
  const temporaries = new Map<string, string>();
  let current = "";
  try {
    for (const [path, content] of files) {
      current = path;
      await makeFolder(dirname(path));
      const temporary = temporaryOf(path);
      // A file that could not be written whole is there all the same.
      temporaries.set(path, temporary);
      await writeNew(temporary, content);
    }
    for (const [path, temporary] of temporaries) {
      current = path;
      await rename(temporary, path);
    }
    for (const folder of foldersOf(files)) await syncFolder(folder);
  } catch (cause) {
    // Where the folder takes no changes any more, a later write removes it.
    for (const temporary of temporaries.values()) await rm(temporary, { force: true }).catch(() => {});
    throw new FileError(current, "a file that can be written", (cause as Error).message, { cause });
  }
  await clearTemporaries(files);
}

const foldersOf = (files: ReadonlyMap<string, unknown>): Set<string> =>
  new Set([...files.keys()].map((path) => dirname(path)));

async function writeNew(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the names in a folder last: a system that crashes may else forget the last ones. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and one may be writable and not readable.
  const handle = await open(folder, "r").catch(() => undefined);
  try {
    await handle?.sync();
  } catch (error) {
    // Some file systems have nothing to do for a folder, and say so.
    if (!/^(EINVAL|ENOTSUP|EPERM)$/.test((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    await handle?.close();
  }
}

/**
 * Makes a folder and those above it, one by one. Where a folder that is there takes no new ones and the system says
 * ENOENT, as /proc does, Node 20's recursive way tries for ever.
 */
async function makeFolder(folder: string): Promise<void> {
  const isThere = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined)) !== undefined;
  if (await isThere(folder)) return;
  const above = dirname(folder);
  if (above !== folder && !(await isThere(above))) await makeFolder(above);
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process may have made it in between.
    if (!(await isThere(folder))) throw error;
  }
}

/** A name that no other write has, of this process or of one that had its number. */
const temporaryOf = (path: string): string =>
  join(dirname(path), `.${basename(path)}.${process.pid}.${randomUUID().slice(0, 8)}.tmp`);

/** A process on another machine that shares the folder, which is still writing, is done with a file in far less. */
const oldEnough = 60_000;

/** Removes what earlier writes of these files left when their processes were killed; one that still runs keeps its own. */
async function clearTemporaries(files: ReadonlyMap<string, unknown>): Promise<void> {
  for (const folder of foldersOf(files)) {
    try {
      for (const name of await readdir(folder)) {
        const [, file = "", pid = ""] = /^\.(.+)\.(\d+)\.[0-9a-f]{8}\.tmp$/.exec(name) ?? [];
        if (files.has(join(folder, file)) && (await isLeft(join(folder, name), Number(pid))))
          await rm(join(folder, name));
      }
    } catch {
      // They are only in the way: the files are written.
    }
  }
}

async function isLeft(path: string, pid: number): Promise<boolean> {
  const stats = await lstat(path);
  if (!stats.isFile() || Date.now() - stats.mtimeMs <= oldEnough) return false;
  // One of this process's number is an earlier process's if it is older than this one.
  return pid === process.pid ? Date.now() - stats.mtimeMs > process.uptime() * 1000 : !runs(pid);
}

function runs(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Of another user's process the system says that it is not ours.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
