/** Modules in the bundles that bundlers make of them, in a browser: the WebAssembly comes along and is found. */
import { copyFileSync, existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Browser, chromium, openBrowser } from "./browser.js";
import { installed } from "./installed.js";
import { makeSite, type Site } from "./site.js";
import { isLong, onlyInAll } from "../../runs.js";

/** Brings the page of a build, page.js in index.html, into a folder. */
interface Bundler {
  readonly name: string;
  readonly missing?: boolean;
  bundle(site: Site, build: string, folder: string): Promise<unknown>;
}

const vite = installed("vite", "vite");

async function bundleWithVite(site: Site, build: string, folder: string, options: object = {}): Promise<void> {
  const { build: run } = await importTool<typeof import("vite")>("vite");
  await run({
    root: join(site.folder, build),
    base: "./",
    logLevel: "silent",
    configFile: false,
    build: { outDir: join(site.folder, folder), ...options },
  });
}

const bundlers: readonly Bundler[] = [
  {
    name: "esbuild",
    async bundle(site, build, folder) {
      await esbuild({
        entryPoints: [join(site.folder, build, "page.js")],
        outdir: join(site.folder, folder),
        bundle: true,
        minify: true,
        format: "esm",
      });
      // It leaves the address of the file alone.
      const wasm = join(site.folder, build, "net32.wasm");
      if (existsSync(wasm)) copyFileSync(wasm, join(site.folder, folder, "net32.wasm"));
      copyFileSync(join(site.folder, build, "index.html"), join(site.folder, folder, "index.html"));
    },
  },
  {
    name: "Vite",
    missing: !vite,
    bundle: (site, build, folder) => bundleWithVite(site, build, folder),
  },
  {
    name: "webpack",
    missing: !installed("webpack", "webpack"),
    async bundle(site, build, folder) {
      type Stats = { hasErrors(): boolean; toString(): string };
      type Webpack = (options: object, done: (error: Error | null, stats: Stats) => void) => void;
      const { default: webpack } = await importTool<{ default: Webpack }>("webpack");
      const options = {
        mode: "production",
        context: site.folder,
        entry: `./${build}/page.js`,
        output: { path: join(site.folder, folder), filename: "page.js" },
      };
      await new Promise<void>((resolve, reject) =>
        webpack(options, (error, stats) =>
          error || stats.hasErrors() ? reject(error ?? new Error(stats.toString())) : resolve(),
        ),
      );
      copyFileSync(join(site.folder, build, "index.html"), join(site.folder, folder, "index.html"));
    },
  },
];

/** Not everyone has it, so that its types cannot be imported. */
const importTool = async <T>(name: string): Promise<T> => (await import(/* @vite-ignore */ name)) as T;

let site: Site;
let browser: Browser | undefined;

beforeAll(async () => {
  site = await makeSite();
  if (chromium) browser = await openBrowser(site);
  for (const build of ["both", "inline"]) {
    site.write(`${build}/index.html`, `<!doctype html><script defer type="module" src="./page.js"></script>`);
    site.write(
      `${build}/page.js`,
      `import net from "./net32.js";
       import { train } from "../train.js";
       import { report } from "../report.js";
       report(async () => {
         const { target, first, last } = train(await net.create());
         return [target, last < first / 2];
       });`,
    );
  }
});
afterAll(async () => {
  await browser?.close();
  site?.remove();
});

for (const { name, missing = false, bundle } of bundlers) {
  describe.skipIf(!isLong || missing)(onlyInAll(`a bundle of ${name}`), () => {
    it.each(["both", "inline"])("trains on what it brings along: %s", async (build) => {
      const folder = `bundles/${name}-${build}`;
      await bundle(site, build, folder);
      const files = readdirSync(join(site.folder, folder), { recursive: true, encoding: "utf8" });
      expect(files.filter((file) => file.endsWith(".wasm")).length > 0).toBe(build === "both");
      if (!browser) return;

      const page = `/${folder}/index.html`;
      expect(await browser.visit(page)).toEqual(["wasm", true]);
      expect(browser.fetched()).toHaveLength(build === "both" ? 1 : 0);
      const policy = "script-src 'self'";
      expect(await browser.visit(page, { policy })).toEqual(["js", true]);
      expect(await browser.visit(page, { policy: `${policy} 'wasm-unsafe-eval'` })).toEqual(["wasm", true]);
    });
  });
}

describe.skipIf(!isLong || !vite || !chromium)(onlyInAll("a bundle of Vite that holds its assets"), () => {
  it("trains on them, where the policy allows their addresses", async () => {
    const folder = "bundles/vite-assets";
    await bundleWithVite(site, "both", folder, { assetsInlineLimit: 1e6 });
    const page = `/${folder}/index.html`;
    expect(await browser!.visit(page)).toEqual(["wasm", true]);
    expect(browser!.fetched()).toEqual([]);

    const policy = "default-src 'self' 'wasm-unsafe-eval'";
    expect(await browser!.visit(page, { policy })).toEqual(["js", true]);
    const allowing = `${policy}; connect-src 'self' data:`;
    expect(await browser!.visit(page, { policy: allowing })).toEqual(["wasm", true]);
  });
});
