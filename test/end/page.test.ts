/** What a page must load to train: the emitted module, its WebAssembly and the runtime, bundled, minified, compressed. */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import type { Compiled } from "../../compiler/compile.js";
import { compiled } from "./emit.js";
import { twoLayerNet } from "./nets.js";

const compressed = (bytes: Uint8Array): number => gzipSync(bytes, { level: 9 }).length;

async function pageBytes({ javascript, files }: Compiled): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: javascript, resolveDir: import.meta.dirname, loader: "js" },
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    alias: { "optimc/runtime": new URL("../../runtime/default.ts", import.meta.url).pathname },
  });
  const bundle = outputFiles[0] as { contents: Uint8Array };
  // One of the two variants is loaded; they are of one size.
  return compressed(bundle.contents) + (files[".wasm"] ? compressed(Buffer.from(files[".wasm"])) : 0);
}

describe.each([
  ["round sizes", [1000, 100, 10, 64]],
  ["odd sizes", [997, 101, 11, 63]],
] as const)("a page that trains the two-layer net, %s", (_, [into, hidden, out, batch]) => {
  it.each([
    [["js"], 7850],
    [["wasm"], 12_000],
    [["js", "wasm"], 13_700],
  ] as const)("for %j is small", async (targets, limit) => {
    expect(await pageBytes(compiled(twoLayerNet(into, hidden, out, batch), targets))).toBeLessThanOrEqual(limit);
  });
});
