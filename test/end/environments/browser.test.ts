/** Modules in pages of a browser, unbundled: policies, files that are missing, workers. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, chromium, openBrowser } from "./browser.js";
import { makeSite, type Site } from "./site.js";
import { isLong, onlyInAll } from "../../runs.js";

let site: Site;
let browser: Browser;

beforeAll(async () => {
  if (!chromium) return;
  site = await makeSite();
  browser = await openBrowser(site);
});
afterAll(async () => {
  await browser?.close();
  site?.remove();
});

const load = (build: string) => `
  const { train } = await import("/train.js");
  const { default: net } = await import("/${build}/net32.js");
  const learns = (instance) => {
    const { target, first, last } = train(instance);
    return [target, last < first / 2];
  };`;

const strict = "script-src 'self' 'nonce-map'";
const allowing = `${strict} 'wasm-unsafe-eval'`;

describe.skipIf(!isLong || !chromium)(onlyInAll("a page"), () => {
  it("trains on WebAssembly, which is fetched once", async () => {
    const both = `return [
      ...(await Promise.all([net.create(), net.create()])), await net.create(), net.createSync()
    ].map(learns);`;
    expect(await browser.run(load("both") + both)).toEqual(Array(4).fill(["wasm", true]));
    expect(browser.fetched()).toEqual(["/both/net32.wasm"]);
  });

  it("runs JavaScript under a policy that forbids WebAssembly", async () => {
    const create = "return learns(await net.create());";
    for (const build of ["both", "inline", "js"]) {
      expect(await browser.run(load(build) + create, { policy: strict })).toEqual(["js", true]);
    }
    const createSync = "await net.create(); return learns(net.createSync());";
    expect(await browser.run(load("both") + createSync, { policy: strict })).toEqual(["js", true]);
  });

  it("runs WebAssembly under a policy that allows it", async () => {
    for (const build of ["both", "inline", "wasm"]) {
      const create = "return learns(await net.create());";
      expect(await browser.run(load(build) + create, { policy: allowing })).toEqual(["wasm", true]);
    }
  });

  it("says why it runs JavaScript", async () => {
    const create = "const net1 = await net.create(); return [net1.target, net1.fallback];";
    expect(await browser.run(load("both") + create)).toEqual(["wasm", null]);
    const [target, reason] = await browser.run<[string, string]>(load("both") + create, { policy: strict });
    expect(target).toBe("js");
    expect(reason).toMatch(/WebAssembly.*: allow 'wasm-unsafe-eval' in the content security policy$/);
  });

  /** `connect-src` lets a page report, and fetch nothing else. */
  const closed = (policy: string) => `${policy}; connect-src ${browser.origin}/report`;

  it.each([
    ["", ": allow 'wasm-unsafe-eval' in the content security policy"],
    [" 'wasm-unsafe-eval'", ""],
  ])("runs JavaScript where a policy forbids the fetch: %s", async (more, also) => {
    const create = `const first = await net.create();
      const second = net.createSync();
      return [...learns(first), first.fallback, second.target, second.fallback === first.fallback];`;
    const policy = closed(`default-src 'none'; script-src 'self' 'nonce-map'${more}`);
    expect(await browser.run(load("both") + create, { policy })).toEqual([
      "js",
      true,
      `${browser.origin}/both/net32.wasm: allow it by connect-src in the content security policy${also}`,
      "js",
      true,
    ]);
    expect(browser.fetched()).toEqual([]);
  });

  it("is told what to allow where the fetch is forbidden and JavaScript is no way out", async () => {
    const policy = closed(allowing);
    const created = browser.run(`${load("wasm")} await net.create();`, { policy });
    await expect(created).rejects.toThrow(
      `TypeError: net32.create: ${browser.origin}/wasm/net32.wasm: allow it by connect-src in the content security policy, or build with --target js,wasm`,
    );
  });

  it("is told of a missing file under a policy that allows the fetch", async () => {
    site.write("gone/net32.js", readFileSync(join(site.folder, "both/net32.js"), "utf8"));
    const create = `const { default: net } = await import("/gone/net32.js"); await net.create();`;
    const policy = `${allowing}; connect-src 'self'`;
    await expect(browser.run(create, { policy })).rejects.toThrow("status 404");
  });

  it.each([
    ["wasm", "", ", or build with --target js,wasm"],
    ["both", "{ target: 'wasm' }", ""],
  ])("is told what to allow where JavaScript is no way out: %s", async (build, options, other) => {
    const created = browser.run(`${load(build)} await net.create(${options});`, { policy: strict });
    const sentence = `: allow 'wasm-unsafe-eval' in the content security policy${other}`;
    await expect(created).rejects.toThrow(new RegExp(`^TypeError: net32\\.create: .*WebAssembly.*${sentence}$`));
  });

  it("runs relaxed WebAssembly where it is asked for", async () => {
    const relaxed = "return learns(await net.create({ relaxed: true }));";
    expect(await browser.run(load("both") + relaxed)).toEqual(["wasm-relaxed", true]);
    expect(browser.fetched()).toEqual(["/both/net32.relaxed.wasm"]);
  });

  it("is told of a file that is missing, and tries again", async () => {
    site.write("lost/net32.js", readFileSync(join(site.folder, "both/net32.js"), "utf8"));
    const create = `
      const { default: net } = await import("/lost/net32.js");
      const failure = () => net.create().then(() => "none", String);
      return [await failure(), await failure(), (await net.create({ target: "js" })).target];`;
    const file = `${browser.origin}/lost/net32.wasm`;
    const sentence = `TypeError: net32.create: cannot load ${file}: status 404: put the file there that optimc build wrote, or build with --inline`;
    expect(await browser.run(create)).toEqual([sentence, sentence, "js"]);
    expect(browser.fetched()).toEqual(["/lost/net32.wasm", "/lost/net32.wasm"]);
  });

  it("needs no file for an inline build, not even at once", async () => {
    expect(await browser.run(`${load("inline")} return learns(net.createSync());`)).toEqual(["wasm", true]);
    expect(browser.fetched()).toEqual([]);
  });

  it("creates at once after it has loaded", async () => {
    const early = `${load("both")}
      let refusal;
      try { net.createSync(); } catch (error) { refusal = String(error); }
      await net.create();
      return [refusal, ...learns(net.createSync())];`;
    expect(await browser.run(early)).toEqual([
      "TypeError: net32.create: not loaded yet: await create() first, or build with --inline",
      "wasm",
      true,
    ]);
  });

  it("that makes more instances than there is address space for is told how many, and what to do", async () => {
    const create = `${load("both")}
      const kept = [];
      try {
        while (kept.length < 3000) kept.push(await net.create());
      } catch (error) {
        const [last] = kept.splice(-1);
        return [kept.length + 1, String(error), ...learns(last), (await net.create({ target: "js" })).target];
      }
      return [];`;
    const [made, message, ...works] = await browser.run<[number, string]>(create);
    // Nothing says that an engine must run out.
    if (made === undefined) return;
    expect(message).toMatch(/^TypeError: net32\.create: .*memory/i);
    expect(message).toContain(`, after ${made} instances: drop some, or create({ target: "js" })`);
    expect(works).toEqual(["wasm", true, "js"]);
  });

  it("takes a module that it has compiled itself", async () => {
    const compile = `${load("both")}
      const module = await WebAssembly.compileStreaming(fetch("/both/net32.wasm"));
      return learns(net.createSync({ module }));`;
    expect(await browser.run(compile)).toEqual(["wasm", true]);
    expect(browser.fetched()).toEqual(["/both/net32.wasm"]);
  });
});

describe.skipIf(!isLong || !chromium)(onlyInAll("a worker"), () => {
  it("trains on WebAssembly", async () => {
    // Workers have no import maps.
    const entry = site.write(
      "worker.js",
      `import { train } from "./train.js";
       import net from "./both/net32.js";
       postMessage(train(await net.create()).target);`,
    );
    buildSync({ entryPoints: [entry], outdir: join(site.folder, "both"), bundle: true, format: "esm" });
    const start = `
      const worker = new Worker("/both/worker.js", { type: "module" });
      return new Promise((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = reject;
      });`;
    expect(await browser.run(start)).toBe("wasm");
    expect(browser.fetched()).toEqual(["/both/net32.wasm"]);
  });
});
