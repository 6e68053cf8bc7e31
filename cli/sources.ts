/** Files that decide what a build gives, watched: told when one of them is no longer what the build read. */
import { existsSync, watch, type FSWatcher } from "node:fs";
import { dirname, join } from "node:path";
import { hashFile } from "../compiler/read/hash.js";
import { statsAt } from "./files.js";

/** Something that a build depends on: where it lies, how to look at it, and what was seen. */
export interface Source {
  /** A file, which may be absent, or a folder whose entries count. */
  readonly path: string;
  readonly seen: string | null;
  readonly look: () => string | null;
}

export const fileSource = (path: string, sha256: string | null): Source => ({
  path,
  seen: sha256,
  look: () => hashFile(path),
});

export const hasChanged = ({ seen, look }: Source): boolean => look() !== seen;

/** Editors write a file in several steps: what is seen between them is no version that anyone wants built. */
const settling = 60;

/** How often to look where the system cannot notify. */
const pollInterval = 500;

/**
 * Waits until one of the sources differs from what was seen, or until `stop`; gives whether one does. Folders are watched,
 * not files: an editor that puts another file in a file's place would take the watcher along. Notifications only say when
 * to look; contents decide, so that a file that is written again unchanged is no change.
 */
export function changeOf(sources: readonly Source[], stop: AbortSignal): Promise<boolean> {
  const folders = new Folders(sources.map(({ path }) => path));
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined;
    const end = (changed: boolean): void => {
      clearTimeout(timer);
      clearInterval(polling);
      folders.close();
      stop.removeEventListener("abort", onStop);
      resolve(changed);
    };
    const onStop = (): void => end(false);
    const look = (): void => {
      // First the watchers, and then the contents: what happens between the two is seen by one of them.
      folders.watch(later);
      if (sources.some(hasChanged)) end(true);
    };
    const later = (): void => {
      clearTimeout(timer);
      timer = setTimeout(look, settling);
    };
    const polling = setInterval(() => {
      if (folders.unwatched) look();
    }, pollInterval);
    stop.addEventListener("abort", onStop);
    if (stop.aborted) end(false);
    else look();
  });
}

/** The folders of some paths, or, of those that do not exist, what is nearest to them. */
class Folders {
  readonly #paths: ReadonlySet<string>;
  readonly #watchers = new Map<string, { readonly watcher: FSWatcher; readonly inode: number }>();
  /** Whether some folder could not be watched. */
  unwatched = false;

  constructor(paths: Iterable<string>) {
    // A folder whose entries count is watched itself; the parents of each path, since they may be moved or put in place.
    this.#paths = new Set(paths);
  }

  /** Watches each folder as it now is, and calls `notify` when something happens in one. */
  watch(notify: () => void): void {
    const wanted = new Map<string, Set<string>>();
    for (const path of this.#paths) {
      const folder = isFolder(path) ? path : nearestFolder(dirname(path));
      const above = dirname(folder);
      // Of the folder itself, everything that may be a path or lead to one; of the one above, whether it is replaced.
      add(wanted, folder, "*");
      if (above !== folder) add(wanted, above, folder);
    }
    for (const [folder, { watcher, inode }] of this.#watchers) {
      if (wanted.has(folder) && inodeOf(folder) === inode) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    this.unwatched = false;
    for (const [folder, names] of wanted) {
      if (this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, (_, name) => {
          if (name === null || names.has("*") || names.has(join(folder, name))) notify();
        });
        // A folder that is removed is an error on some systems.
        watcher.on("error", notify);
        this.#watchers.set(folder, { watcher, inode: inodeOf(folder) });
      } catch {
        // No more watchers are to be had, or the folder has just gone.
        this.unwatched = true;
      }
    }
  }

  close(): void {
    for (const { watcher } of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }
}

const inodeOf = (folder: string): number => statsAt(folder)?.ino ?? -1;

const isFolder = (path: string): boolean => statsAt(path)?.isDirectory() === true;

function nearestFolder(folder: string): string {
  const parent = dirname(folder);
  return parent === folder || (existsSync(folder) && isFolder(folder)) ? folder : nearestFolder(parent);
}

function add(sets: Map<string, Set<string>>, key: string, value: string): void {
  sets.set(key, (sets.get(key) ?? new Set()).add(value));
}
