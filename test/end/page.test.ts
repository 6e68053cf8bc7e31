/** What a page must load to train: the emitted module and the runtime, bundled, minified and compressed. */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { twoLayerNet } from "./nets.js";
import { emit } from "./emit.js";

async function pageBytes(text: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: `${text}`, resolveDir: import.meta.dirname, loader: "js" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    alias: { "optimc/runtime": new URL("../../runtime/index.ts", import.meta.url).pathname },
  });
  return gzipSync((outputFiles[0] as { contents: Uint8Array }).contents, { level: 9 }).length;
}

describe("a page", () => {
  it.each([
    ["round sizes", [1000, 100, 10, 64]],
    ["odd sizes", [997, 101, 11, 63]],
  ] as const)("that trains the two-layer net is at most 6 KB: %s", async (_, [into, hidden, out, batch]) => {
    expect(await pageBytes(emit(twoLayerNet(into, hidden, out, batch)))).toBeLessThanOrEqual(6000);
  });
});
