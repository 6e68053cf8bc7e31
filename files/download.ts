/** A file for the person in front of the page. */

import { fail } from "./error.js";
import { checkBytes, checkName } from "./store.js";

interface Link {
  href: string;
  download: string;
  click(): void;
}

declare const document: { createElement(name: "a"): Link } | undefined;

/** Gives the person in front of the page a file, as the browser does with downloads. For pages, as the answer to a click. */
export function download(name: string, bytes: Uint8Array): void {
  checkName(name);
  checkBytes(name, bytes);
  if (typeof document === "undefined") return fail("download", "a page", "none");
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  link.download = name;
  link.click();
  // The browser reads the address when the click is dealt with, and some a little later.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
