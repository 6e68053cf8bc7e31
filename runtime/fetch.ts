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

/** How a browser says what a content security policy has stopped, or would have. */
interface Violation {
  readonly blockedURI: string;
  readonly disposition: string;
}

/** Compiling while loading would gain nothing for a few kB, and the bytes are needed to tell what came. */
export async function fetchBytes(href: string): Promise<Uint8Array> {
  let found;
  let isForbidden = false;
  // It stays: a file is fetched once.
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
    // The event comes in a task of its own.
    await new Promise<void>((resolve) => setTimeout(resolve));
    found = isForbidden ? "allow it by connect-src in the content security policy" : (error as Error).message;
  }
  // A bundler may have put the file itself into its address. Safari, too, says so where a policy forbids WebAssembly.
  throw new (isForbidden ? EvalError : Error)(`${href.slice(0, 200)}: ${found}`);
}
