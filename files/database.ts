/** Files in a database of the browser's: IndexedDB. */

import { attempt, fail } from "./error.js";
import { checkBytes, checkName, type Store } from "./store.js";

interface Request<T = unknown> {
  readonly result: T;
  readonly error: unknown;
  onsuccess: (() => void) | null;
  onerror: (() => void) | null;
}

interface OpenRequest extends Request<Database> {
  onupgradeneeded: (() => void) | null;
}

interface Files {
  put(value: Blob, name: string): Request;
  get(name: string): Request<Blob | undefined>;
  getAllKeys(): Request<string[]>;
  delete(name: string): Request;
}

interface Transaction {
  readonly error: unknown;
  oncomplete: (() => void) | null;
  onabort: (() => void) | null;
  objectStore(name: string): Files;
}

interface Database {
  createObjectStore(name: string): unknown;
  transaction(name: string, mode: "readonly" | "readwrite", options: { readonly durability: "strict" }): Transaction;
  close(): void;
}

declare const indexedDB: { open(name: string, version: number): OpenRequest } | undefined;

/** The object store. */
const files = "files";

/**
 * Files in an IndexedDB database of this name, which is made when a file is written or looked for. A write is one transaction,
 * which ends when the browser has told the system to write it to the disk. For pages and their workers; a browser may
 * remove the data of a site that did not ask for `navigator.storage.persist()`.
 */
export function database(name: string): Store {
  const part = `database '${name}'`;

  const within = <T>(mode: "readonly" | "readwrite", act: (files: Files) => Request<T>): Promise<T> =>
    attempt(part, "a database that can be used", async () => {
      const opened = await open(name);
      try {
        const transaction = opened.transaction(files, mode, { durability: "strict" });
        const request = act(transaction.objectStore(files));
        await new Promise<void>((resolve, reject) => {
          transaction.oncomplete = () => resolve();
          transaction.onabort = () => reject(transaction.error ?? request.error);
        });
        return request.result;
      } finally {
        opened.close();
      }
    });

  return {
    async write(name, bytes) {
      checkName(name);
      checkBytes(name, bytes);
      await within("readwrite", (files) => files.put(new Blob([bytes as Uint8Array<ArrayBuffer>]), name));
    },
    async read(name) {
      checkName(name);
      return within("readonly", (files) => files.get(name));
    },
    list: async () => (await within("readonly", (files) => files.getAllKeys())).sort(),
    async remove(name) {
      checkName(name);
      await within("readwrite", (files) => files.delete(name));
    },
  };
}

async function open(name: string): Promise<Database> {
  if (typeof indexedDB === "undefined") fail("database", "IndexedDB, which pages and their workers have", "none");
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(files);
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
