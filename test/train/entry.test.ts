/** The entry optimc/train: how large it is, what it needs of its platform, and how runs look on a terminal. */
import { createContext, runInContext } from "node:vm";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { batches, fit, progress, sparkline } from "../../train/default.js";
import { classifier, rows } from "./nets.js";

const root = new URL("../../", import.meta.url);

async function bundle(what: string, format: "esm" | "iife" = "esm"): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: `export ${what} from "./train/default.ts";`, resolveDir: root.pathname },
    bundle: true,
    minify: true,
    write: false,
    format,
    globalName: "train",
    // What a program has of optimc/files it has once.
    external: format === "esm" ? ["../files/*"] : [],
  });
  return outputFiles[0]!.text;
}

describe("a page", () => {
  it.each([
    ["{ fit, batches }", 3850],
    ["*", 7350],
  ])("that uses %s loads little", async (what, limit) => {
    const size = gzipSync(await bundle(what), { level: 9 }).length;
    if (process.env["SIZES"]) console.log(what, size);
    expect(size).toBeLessThanOrEqual(limit);
  });

  it("whose policy forbids code from text trains", async () => {
    const context = createContext(
      {
        performance,
        structuredClone,
        setTimeout,
        MessageChannel,
        TextDecoder,
        TextEncoder,
        console,
        net: classifier(),
        data: rows(9),
        done: null,
      },
      { codeGeneration: { strings: false, wasm: false } },
    );
    const text = `${await bundle("*", "iife")};
      train.fit(net, { data: train.batches(data, { size: 4, shuffle: true }), epochs: 2, callbacks: [train.earlyStopping()] })
        .then(({ history }) => history.length)`;
    expect(await runInContext(text, context)).toBe(2);
  });
});

describe("progress", () => {
  it("is a line an epoch in a log, with a curve", async () => {
    const lines: string[] = [];
    const shown = progress({ log: (line) => lines.push(line), terminal: null });
    await fit(classifier(), { data: batches(rows(21), { size: 8 }), epochs: 3, callbacks: [shown] });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatch(/^epoch 1\/3 {2}loss \d\.\d{3,4} {2}[\d.e-]+ ms a step$/);
    expect(lines[2]).toMatch(/^epoch 3\/3 {2}loss \d\.\d{3,4} {2}[\d.e-]+ ms a step {2}[▁-█]{3}$/);
  });

  it("is one line on a terminal, with a bar, means and the time left, never wider than it is", async () => {
    const written: string[] = [];
    const terminal = { isTTY: true, columns: 50, write: (text: string) => written.push(text) };
    const shown = progress({ log: () => {}, terminal });
    const control = new AbortController();
    const stop = { name: "stop", step: ({ step }: { step: number }) => (step === 4 ? control.abort() : undefined) };
    await fit(classifier(), {
      data: batches(rows(21), { size: 8 }),
      epochs: 3,
      callbacks: [shown, stop],
      signal: control.signal,
    });
    expect(written[0]).toMatch(/^\repoch 1\/3 {2}█+░+ 1\/3 {2}loss \d\.\d{3,4}/);
    for (const line of written) expect(line.replace(/\r|\u001b\[K/g, "").length).toBeLessThan(50);
    expect(written.at(-1)).toBe("\r\u001b[K");
  });

  it("draws numbers as heights, and leaves gaps for NaN", () => {
    expect(sparkline([0, 1, 2, 7, NaN, 3.5])).toBe("▁▂▃█ ▅");
    expect([sparkline([2, 2]), sparkline([]), sparkline([NaN])]).toEqual(["▁▁", "", " "]);
  });
});
