/** The entry optimc/files: which environment gets which, how large it is, and that it needs no code from text. */
import { readFileSync } from "node:fs";
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import * as page from "../../files/default.js";
import * as node from "../../files/node.js";

const root = new URL("../../", import.meta.url);

async function bundle(what: string, entry = "default", format: "esm" | "iife" = "esm"): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: `export { ${what} } from "./files/${entry}.ts";`, resolveDir: root.pathname },
    bundle: true,
    minify: true,
    write: false,
    format,
    globalName: "files",
    external: ["node:*"],
  });
  return outputFiles[0]!.contents;
}

describe("conditions", () => {
  const { exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
    exports: { "./files": Record<string, string> };
  };
  const entry = (...conditions: string[]) =>
    Object.entries(exports["./files"]).find(([each]) => [...conditions, "default"].includes(each))?.[1];

  it.each([
    [["node", "import"], "node"],
    [["bun", "node", "import"], "node"],
    [["deno", "node", "import"], "node"],
    [["workerd", "node", "import"], "default"],
    [["edge-light", "worker", "import"], "default"],
    [["browser", "module", "import"], "default"],
  ])("%j get %s", (conditions, name) => expect(entry(...conditions)).toBe(`./dist/files/${name}.js`));

  it("types come first, and are the same for all", () => {
    expect(Object.keys(exports["./files"])[0]).toBe("types");
    expect(Object.keys(node).sort()).toEqual(Object.keys(page).sort());
  });
});

describe("a page", () => {
  it.each([
    ["openSafetensors, writeSafetensors", 2200],
    ["readNpy, writeNpy", 2200],
    ["saveWeights", 1300],
    ["saveCheckpoint", 1900],
    ["saveCheckpoint, loadCheckpoint", 3500],
    ["database", 1000],
  ])("that uses %s loads little", async (what, limit) => {
    expect(gzipSync(await bundle(what), { level: 9 }).length).toBeLessThanOrEqual(limit);
  });

  it("loads nothing of Node's", async () => {
    expect(
      Buffer.from(await bundle("openSafetensors, loadWeights, database, opfs, folder, download")).toString(),
    ).not.toContain("node:");
  });

  it("whose policy forbids code from text reads and writes", async () => {
    const context = createContext(
      { TextEncoder, TextDecoder, Blob },
      { codeGeneration: { strings: false, wasm: false } },
    );
    const text = Buffer.from(await bundle("openSafetensors, writeSafetensors, readNpy, writeNpy", "default", "iife"));
    const run = `${text.toString()};
      const tensor = { shape: [2], data: Float32Array.of(1, 2) };
      const [same] = [files.readNpy(files.writeNpy(tensor))];
      const bytes = files.writeSafetensors(new Map([["a", same]]));
      Promise.all([bytes, new Blob([bytes])].map(async (file) => (await files.openSafetensors(file)).read("a")))
        .then((all) => JSON.stringify(all));`;
    expect(await runInContext(run, context)).toBe('[{"0":1,"1":2},{"0":1,"1":2}]');
    expect(() => runInContext("new Function('')", context)).toThrow();
  });
});
