/**
 * Pages in a headless Chromium: a server for a site's files, and a tab for each page, opened by the browser's own HTTP
 * interface. A page reports what it came to.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { command } from "./installed.js";
import { serve } from "./server.js";
import type { Site } from "./site.js";

export const chromium = command("chromium", "chromium-browser", "google-chrome");

const flags = [
  "--headless",
  "--disable-gpu",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--remote-debugging-port=0",
];

export interface PageOptions {
  /** The content security policy. */
  readonly policy?: string;
}

export interface Browser {
  readonly origin: string;
  /** What a page of the site reports. */
  visit<T>(path: string, options?: PageOptions): Promise<T>;
  /** What the body of an async function returns in a page of its own, which has an import map. */
  run<T>(body: string, options?: PageOptions): Promise<T>;
  /** The paths of the WebAssembly files that the last page asked for. */
  fetched(): readonly string[];
  close(): Promise<void>;
}

export async function openBrowser(site: Site): Promise<Browser> {
  const server = await serve(site.folder);
  const profile = mkdtempSync(join(tmpdir(), "optimc-chromium-"));
  // In a container the tests are root's, whom the sandbox refuses.
  const sandbox = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const child = spawn(chromium as string, [...flags, ...sandbox, `--user-data-dir=${profile}`, "about:blank"], {
    stdio: "ignore",
  });
  const control = await controlOf(child, profile);

  let pages = 0;
  let before = 0;
  const visit = async <T>(path: string, { policy }: PageOptions = {}): Promise<T> => {
    before = server.requests.length;
    const id = String(++pages);
    const url = new URL(path, server.origin);
    url.search = String(new URLSearchParams({ id, ...(policy && { policy }) }));
    const report = server.report(id);
    const opened = await fetch(`${control}/json/new?${encodeURIComponent(url.href)}`, { method: "PUT" });
    const tab = (await opened.json()) as { id: string };
    const result = await report;
    await fetch(`${control}/json/close/${tab.id}`);
    if (result.error !== undefined) throw new Error(result.error);
    return result.value as T;
  };

  return {
    origin: server.origin,
    visit,
    async run(body, options) {
      const name = `page${pages + 1}`;
      site.write(`${name}.js`, `import { report } from "/report.js";\nreport(async () => { ${body} });`);
      site.write(`${name}.html`, htmlOf(name));
      return visit(`/${name}.html`, options);
    },
    fetched: () => server.requests.slice(before).filter((path) => path.endsWith(".wasm")),
    async close() {
      const closed = new Promise((resolve) => child.once("exit", resolve));
      child.kill();
      await closed;
      await server.close();
      try {
        rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
      } catch {
        // Its helpers may outlive it and write on: what stays in the temporary folder is no fault of a module.
      }
    },
  };
}

/** The nonce is for the import map, which cannot be a file. */
const htmlOf = (name: string): string => `<!doctype html>
  <script type="importmap" nonce="map">
    { "imports": { "optimc/runtime": "/node_modules/optimc/dist/runtime/default.js" } }
  </script>
  <script type="module" src="/${name}.js"></script>`;

/** Where the browser listens: it writes its port into its profile. */
async function controlOf(child: ChildProcess, profile: string): Promise<string> {
  const file = join(profile, "DevToolsActivePort");
  for (let waited = 0; waited < 300_000; waited += 50) {
    const port = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    if (port.length > 1) return `http://127.0.0.1:${port[0]}`;
    if (child.exitCode !== null) throw new Error(`${chromium} exited with ${child.exitCode}`);
    await sleep(50);
  }
  child.kill();
  throw new Error(`${chromium} does not answer`);
}
