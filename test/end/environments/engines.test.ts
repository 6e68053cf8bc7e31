/** Modules in engines without pages: Node, Deno and Bun, which read files, and workerd, which compiles nothing. */
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { deno, engines, lastLine, runScript, runWorker, workerd } from "./engines.js";
import { serve } from "./server.js";
import { makeSite, type Site } from "./site.js";
import { isLong, onlyInAll } from "../../runs.js";

let site: Site;
beforeAll(async () => void (site = await makeSite()));
afterAll(() => site?.remove());

const learns = `
  const learns = (instance) => {
    const { target, first, last } = train(instance);
    return [target, last < first / 2];
  };
  const failure = (create) => create.then(() => "none", String);`;

const imports = (...builds: readonly string[]): string =>
  `import { train } from "./train.js";
   ${builds.map((build) => `import ${build} from "./${build}/net32.js";`).join("\n")}`;

describe.skipIf(!isLong)(onlyInAll("a script"), () => {
  for (const engine of engines) {
    it.skipIf(!engine.path)(`trains in ${engine.name}, from every build, at once and later`, async () => {
      const script = `${imports("both", "inline", "wasm", "js")} ${learns}
        console.log(JSON.stringify([
          learns(both.createSync()), learns(await both.create()), learns(both.createSync({ target: "js" })),
          learns(await inline.create()), learns(wasm.createSync()), learns(js.createSync()),
        ]));`;
      const expected = ["wasm", "wasm", "js", "wasm", "wasm", "js"].map((target) => [target, true]);
      expect(await runScript(engine, site, script)).toEqual(expected);
    });

    it.skipIf(!engine.path)(`may run relaxed WebAssembly in ${engine.name}`, async () => {
      const script = `${imports("both")} ${learns}
        console.log(JSON.stringify(learns(await both.create({ relaxed: true }))));`;
      const [target, learnt] = await runScript<[string, boolean]>(engine, site, script);
      // Where the engine has it.
      expect(target).toMatch(/^wasm(-relaxed)?$/);
      expect(learnt).toBe(true);
    });
  }
});

describe.skipIf(!isLong || !deno)(onlyInAll("a script from a server"), () => {
  it("fetches its file in Deno", async () => {
    const server = await serve(site.folder);
    try {
      site.write("remote.js", `${imports("both")} ${learns} console.log(JSON.stringify(learns(await both.create())));`);
      const runtime = `${server.origin}/node_modules/optimc/dist/runtime/node.js`;
      const map = site.write("map.json", JSON.stringify({ imports: { "optimc/runtime": runtime } }));
      const args = ["run", "--no-prompt", `--import-map=${map}`, "--allow-import", "--allow-net"];
      const found = await lastLine(deno as string, [...args, `${server.origin}/remote.js`], tmpdir());
      expect(found).toEqual(["wasm", true]);
      expect(server.requests).toContain("/both/net32.wasm");
    } finally {
      await server.close();
    }
  });
});

describe.skipIf(!isLong || !workerd)(onlyInAll("a worker on the edge"), () => {
  it("trains with the module that is deployed with it, from its start or in a request", async () => {
    const start = `${imports("both")}
      import module from "./both/net32.wasm";
      const [first, second] = [both.createSync({ module }), await both.create({ module })];`;
    const body = `${learns}
      console.log(JSON.stringify([first, second, await both.create({ module })].map(learns)));`;
    expect(await runWorker(site, start, body)).toEqual(Array(3).fill(["wasm", true]));
  });

  it("trains with relaxed WebAssembly where that is given", async () => {
    const body = `${learns} console.log(JSON.stringify(learns(await both.create({ relaxed: true, module }))));`;
    const module = `import module from "./both/net32.relaxed.wasm";`;
    expect(await runWorker(site, imports("both") + module, body)).toEqual(["wasm-relaxed", true]);
  });

  it("runs JavaScript without it", async () => {
    const body = `${learns}
      console.log(JSON.stringify([await both.create(), await inline.create(), js.createSync()].map(learns)));`;
    expect(await runWorker(site, imports("both", "inline", "js"), body)).toEqual(Array(3).fill(["js", true]));
  });

  it("is told to pass it where JavaScript is no way out", async () => {
    const body = `${learns} console.log(JSON.stringify(
      [await failure(wasm.create()), await failure(both.create({ target: "wasm" })), await failure(both.create({ module: {} }))]
    ));`;
    const sentence = "no WebAssembly is compiled here: import the .wasm file and pass it: create({ module })";
    expect(await runWorker(site, imports("wasm", "both"), body)).toEqual([
      `TypeError: net32.create: ${sentence}, or build with --target js,wasm`,
      `TypeError: net32.create: ${sentence}`,
      "TypeError: net32.create: module: expected a WebAssembly.Module, found Object",
    ]);
  });
});
