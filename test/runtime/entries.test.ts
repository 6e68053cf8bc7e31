/** The runtime's entries: which environment gets which, what each is made of, and real files and servers. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { abi, type Program } from "../../runtime/abi.js";
import { checksum } from "../../runtime/checksum.js";
import * as browser from "../../runtime/default.js";
import * as node from "../../runtime/node.js";
import type { AnyInstance } from "../../runtime/types.js";
import * as workerd from "../../runtime/workerd.js";
import { assemble } from "./assemble.js";

const root = new URL("../../", import.meta.url);

describe("conditions", () => {
  const { exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
    exports: { "./runtime": Record<string, string> };
  };
  const entry = (...conditions: string[]) =>
    Object.entries(exports["./runtime"]).find(([each]) => [...conditions, "default"].includes(each))?.[1];

  it.each([
    [["node", "import"], "node"],
    [["bun", "node", "import"], "node"],
    [["deno", "node", "import"], "node"],
    [["workerd", "worker", "browser", "import"], "workerd"],
    [["workerd", "node", "import"], "workerd"],
    [["edge-light", "worker", "import"], "workerd"],
    [["browser", "module", "import"], "default"],
    [["import"], "default"],
  ])("%j get %s", (conditions, name) => expect(entry(...conditions)).toBe(`./dist/runtime/${name}.js`));

  it("types come first, and are the same for all", () => {
    expect(Object.keys(exports["./runtime"])[0]).toBe("types");
    for (const each of [browser, workerd]) expect(Object.keys(each)).toEqual(Object.keys(node));
  });
});

describe("entries", () => {
  const bundle = async (name: string, what: string): Promise<string> => {
    const { outputFiles } = await build({
      stdin: { contents: `export { ${what} } from "./runtime/${name}.ts";`, resolveDir: root.pathname },
      bundle: true,
      write: false,
      format: "esm",
      external: ["node:fs"],
    });
    return (outputFiles[0] as { text: string }).text;
  };

  it.each([
    ["default", { fetch: true, file: false, compile: true }],
    ["node", { fetch: true, file: true, compile: true }],
    ["workerd", { fetch: false, file: false, compile: true }],
  ])("%s holds what it needs, and shakes off the rest", async (name, expected) => {
    const found = (text: string) => ({
      fetch: text.includes("await fetch("),
      file: text.includes("node:fs"),
      compile: text.includes("optimc.memory"),
    });
    expect(found(await bundle(name, "program"))).toEqual(expected);
    expect(found(await bundle(name, "javascriptProgram"))).toMatchObject({ fetch: false, compile: false });
  });
});

describe("files", () => {
  const bytes = assemble();
  const file = join(tmpdir(), `optimc-entries-${process.pid}.wasm`);
  let server: Server;
  let origin = "";
  beforeAll(async () => {
    writeFileSync(file, bytes);
    server = createServer((request, response) => {
      if (request.url === "/tiny.wasm") response.end(bytes);
      else if (request.url === "/app.wasm") response.end("<!doctype html>");
      else response.writeHead(404).end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    rmSync(file, { force: true });
    server.close();
  });

  const at = (href: string): Program => ({
    abi,
    name: "tiny",
    bytes: 64,
    dims: {},
    parameters: {},
    state: {},
    functions: { run: { inputs: {}, outputs: { value: { offset: 0, element: "float32", shape: [] } } } },
    host: ({ functions }) => ({ initialize: () => {}, functions: { run: () => functions.run!(3) } }),
    wasm: {
      build: "b1",
      strict: { url: () => new URL(href), checksum: checksum(bytes) },
      relaxed: { url: () => new URL(href), checksum: checksum(bytes) },
    },
  });
  const run = (net: AnyInstance) => (net.run() as { value: number }).value;

  it("are read by Node, at once", async () => {
    const module = node.program<AnyInstance>(at(pathToFileURL(file).href));
    expect([run(module.createSync()), run(await module.create())]).toEqual([3, 3]);
    const missing = node.program(at(pathToFileURL(`${file}.gone`).href));
    const message = /^tiny\.create: cannot load ENOENT: .*\.wasm\.gone': put the file there that optimc build wrote/;
    expect(() => missing.createSync()).toThrow(message);
    await expect(missing.create()).rejects.toThrow(message);
  });

  it.each([
    ["default", browser],
    ["node", node],
  ])("are fetched from servers: %s", async (_, { program }) => {
    expect(run(await program<AnyInstance>(at(`${origin}/tiny.wasm`)).create())).toBe(3);
    await expect(program(at(`${origin}/gone.wasm`)).create()).rejects.toThrow(
      `tiny.create: cannot load ${origin}/gone.wasm: status 404: put the file there`,
    );
    await expect(program(at(`${origin}/app.wasm`)).create()).rejects.toThrow(
      "app.wasm: found 15 bytes of something else",
    );
    await expect(program(at("http://127.0.0.1:1/tiny.wasm")).create()).rejects.toThrow(
      "tiny.create: cannot load http://127.0.0.1:1/tiny.wasm: fetch failed",
    );
  });
});
