/** Fetching a file. */

declare const fetch: (href: string) => Promise<{
  readonly ok: boolean;
  readonly status: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}>;

declare const globalThis: {
  addEventListener?(name: string, listener: (event: Violation) => void, capture: boolean): void;
};
declare const setTimeout: (then: () => void) => void;

/** The event in which a browser reports what a content security policy has stopped, or would have stopped. */
interface Violation {
  readonly blockedURI: string;
  readonly disposition: string;
}

/**
 * Fetches a file's bytes. Streaming compilation would gain nothing for a few kB, and the bytes are needed for the
 * checksum.
 */
export async function fetchBytes(href: string): Promise<Uint8Array> {
  let found;
  let isForbidden = false;
  // The listener is never removed, because a file is fetched once.
  globalThis.addEventListener?.(
    "securitypolicyviolation",
    ({ blockedURI, disposition }) => {
      if (disposition !== "report" && href.startsWith(blockedURI)) isForbidden = true;
    },
    true,
  );
  try {
    const response = await fetch(href);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    found = `status ${response.status}`;
  } catch (error) {
    // The event arrives in a later task.
    await new Promise<void>((resolve) => setTimeout(resolve));
    found = isForbidden ? "allow it by connect-src in the content security policy" : (error as Error).message;
  }
  // The address is cut, because a bundler may have put the whole file into it. Safari, too, throws EvalError where a
  // policy forbids WebAssembly.
  throw new (isForbidden ? EvalError : Error)(`${href.slice(0, 200)}: ${found}`);
}
