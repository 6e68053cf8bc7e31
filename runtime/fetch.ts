/** Fetching a file. */

declare const fetch: (href: string) => Promise<{
  readonly ok: boolean;
  readonly status: number;
  arrayBuffer(): Promise<ArrayBuffer>;
}>;

/** Compiling while loading would gain nothing for a few kB, and the bytes are needed to tell what came. */
export async function fetchBytes(href: string): Promise<Uint8Array> {
  let found;
  try {
    const response = await fetch(href);
    if (response.ok) return new Uint8Array(await response.arrayBuffer());
    found = `status ${response.status}`;
  } catch (error) {
    found = (error as Error).message;
  }
  // A bundler may have put the file itself into its address.
  throw new Error(`${href.slice(0, 200)}: ${found}`);
}
