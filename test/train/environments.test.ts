/** Training in a page and in its worker: the same bits as here, under a policy that forbids code from text, and frames go on. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { standalone } from "../../compiler/emit/standalone.js";
import { type Browser, chromium, openBrowser } from "../end/environments/browser.js";
import { engines, lastLine } from "../end/environments/engines.js";
import type { Site } from "../end/environments/site.js";
import { isLong, onlyInAll } from "../runs.js";
import { batches, earlyStopping, fit } from "../../train/default.js";
import { classifier, classifierParts, rows } from "./nets.js";

let site: Site;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "optimc-train-"));
  const write = (path: string, content: string | Uint8Array): string => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  site = { folder, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
  const from = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  for (const [name, entry] of [
    ["train", "../../train/default.ts"],
    ["remote", "../../train/worker.ts"],
    ["report", "../end/environments/report.js"],
  ] as const) {
    const { outputFiles } = await build({ entryPoints: [from(entry)], bundle: true, write: false, format: "esm" });
    write(`${name}.js`, outputFiles[0]!.contents);
  }
  write("net.js", await standalone(classifierParts()));
  write("worker.js", `import { serve } from "/remote.js"; import net from "/net.js"; serve(net);`);
  write("package.json", JSON.stringify({ type: "module" }));
});
afterAll(() => site?.remove());

const given = rows(90);
const data = `{ x: Float32Array.from(${JSON.stringify([...given.x])}), labels: Int32Array.from(${JSON.stringify([...given.labels])}) }`;
const cut = "size: 8, shuffle: true, seed: 5";

/** The history of a run here. */
async function here(epochs: number): Promise<unknown> {
  const cutting = { size: 8, shuffle: true, seed: 5 };
  const callbacks = [earlyStopping({ patience: 50 })];
  const { history } = await fit(classifier(), { data: batches(given, cutting), epochs, callbacks });
  return history;
}

describe.skipIf(!isLong)(onlyInAll("a script"), () => {
  for (const { name, path, args } of engines) {
    it.skipIf(!path)(`trains in ${name} bit for bit`, async () => {
      const script = site.write(
        `${name}.js`,
        `import { batches, earlyStopping, fit } from "./train.js";
         import net from "./net.js";
         const callbacks = [earlyStopping({ patience: 50 })];
         const { history } = await fit(await net.create({ seed: 1 }), { data: batches(${data}, { ${cut} }), epochs: 20, callbacks });
         console.log(JSON.stringify(history));`,
      );
      expect(await lastLine(path as string, [...args, script], site.folder)).toEqual(await here(20));
    });
  }
});

describe.skipIf(!isLong || !chromium)(onlyInAll("a page"), () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser(site)));
  afterAll(() => browser?.close());

  const policy = "default-src 'none'; script-src 'self' 'nonce-map'; connect-src 'self'; worker-src 'self'";
  /** Counts frames, and the longest time between two, while something goes on. */
  const framed = `
    const framed = async (act) => {
      const gaps = [];
      let last = performance.now(), on = true;
      const frame = (now) => { gaps.push(now - last); last = now; if (on) requestAnimationFrame(frame); };
      requestAnimationFrame(frame);
      const result = await act();
      on = false;
      gaps.sort((a, b) => a - b);
      return [result, { frames: gaps.length, median: gaps[gaps.length >> 1], p95: gaps[Math.floor(gaps.length * 0.95)], longest: gaps.at(-1) }];
    };`;
  interface Frames {
    readonly frames: number;
  }

  it("trains bit for bit, and paints meanwhile", async () => {
    const [history, frames] = await browser.run<[unknown, Frames]>(
      `const { batches, earlyStopping, fit } = await import("/train.js");
       const { default: net } = await import("/net.js");
       ${framed}
       const made = await net.create({ seed: 1 });
       return framed(async () => (await fit(made, { data: batches(${data}, { ${cut} }), epochs: 2000, callbacks: [earlyStopping({ patience: 5000 })] })).history);`,
      { policy },
    );
    if (process.env["FRAMES"]) console.log("on the page", frames);
    expect(history).toHaveLength(2000);
    expect((history as unknown[]).slice(0, 20)).toEqual(await here(20));
    expect(frames.frames).toBeGreaterThan(2);
  });

  it("trains in its worker, which is heard and hears", async () => {
    const [[history, updates, ending, waited], frames] = await browser.run<[[unknown, number, string, number], Frames]>(
      `const { connect } = await import("/remote.js");
       ${framed}
       const remote = connect(new Worker("/worker.js", { type: "module" }), { seed: 1 });
       const state = await remote.state();
       let updates = 0;
       return framed(async () => {
         const { history } = await remote.fit({ data: ${data}, ${cut}, epochs: 2000, onUpdate: () => updates++ });
         const control = new AbortController();
         const going = remote.fit({ data: ${data}, ${cut}, epochs: 1e6, signal: control.signal });
         await new Promise((resolve) => setTimeout(resolve, 50));
         const from = performance.now();
         control.abort();
         const { ending } = await going;
         return [history, updates, ending, performance.now() - from];
       });`,
      { policy },
    );
    if (process.env["FRAMES"]) console.log("in a worker", frames, { updates, waited });
    expect(history).toHaveLength(2000);
    expect((history as unknown[]).slice(0, 20)).toEqual(await here(20));
    expect(ending).toBe("aborted");
    expect(updates).toBeGreaterThan(0);
  });
});
