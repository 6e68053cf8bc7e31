/** The entry in engines and in a browser: files in folders, in IndexedDB, in the private file system, and as downloads. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { moduleOf } from "../../compiler/check/instance.js";
import { standalone } from "../../compiler/emit/standalone.js";
import * as files from "../../files/node.js";
import { openSafetensors, writeSafetensors } from "../../files/node.js";
import { adam, dropout, input, linear, minimize, model, mse } from "../../src/index.js";
import { compiled } from "../end/emit.js";
import { type Browser, chromium, openBrowser } from "../end/environments/browser.js";
import { engines, lastLine } from "../end/environments/engines.js";
import type { Site } from "../end/environments/site.js";
import { isLong, onlyInAll } from "../runs.js";

let site: Site;
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "optimc-files-"));
  const write = (path: string, content: string | Uint8Array): string => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  };
  site = { folder, write, remove: () => rmSync(folder, { recursive: true, force: true }) };
  const from = (path: string) => fileURLToPath(new URL(path, import.meta.url));
  for (const [name, entry] of [
    ["node", "../../files/node.ts"],
    ["default", "../../files/default.ts"],
    ["report", "../end/environments/report.js"],
  ] as const) {
    const { outputFiles } = await build({
      entryPoints: [from(entry)],
      bundle: true,
      write: false,
      format: "esm",
      external: ["node:*"],
    });
    write(`${name}.js`, outputFiles[0]!.contents);
  }
  write("net.js", await standalone(parts));
  write("package.json", JSON.stringify({ type: "module" }));
});
afterAll(() => site?.remove());

/** A net with dropout, so that its random numbers go on too. */
const h = dropout(linear("a", 3, 5)(input("x", ["batch", 3])).relu(), 0.25);
const loss = mse(linear("b", 5, 1)(h), input("y", ["batch", 1]));
const parts = compiled(
  model("net", { dims: { batch: 4 }, functions: { train: minimize(loss, adam({ lr: 0.05 })) } }),
  ["js", "wasm"],
  { inline: true },
).parts;

/** Takes a net to the end of a run from a checkpoint, or from its start, and gives the checkpoint of where it then is. */
const goingOn = `
  const goOn = async (module, target, steps, checkpoint) => {
    const net = await module.create({ seed: 3, target });
    let [step] = checkpoint ? await files.loadCheckpoint(net, Uint8Array.from(checkpoint)) : [0];
    for (const end = step + steps; step < end; step++)
      net.train({ x: Array.from({ length: 9 }, (_, i) => (i * 7 + step) % 5), y: [1, 2, step] });
    return [...files.saveCheckpoint(net, [step])];
  };
  const goOnEverywhere = (module, steps, checkpoints = []) =>
    Promise.all(["js", "wasm"].map((target, at) => goOn(module, target, steps, checkpoints[at])));`;

/** The checkpoints on both targets after 3 and after 8 steps, here. */
async function runHere(): Promise<readonly [three: number[][], eight: number[][]]> {
  const run = new Function("files", `${goingOn} return goOnEverywhere;`)(files) as (
    module: unknown,
    steps: number,
  ) => Promise<number[][]>;
  const module = moduleOf(parts);
  return [await run(module, 3), await run(module, 8)];
}

const tensor = { shape: [2, 2], data: Float64Array.of(0.1, -0, NaN, Infinity) };
const bytes = Array.from(writeSafetensors(new Map([["a", tensor]])));

/** What is tried everywhere: writes, replaces, lists, reads lazily and removes. */
const trying = `
  const trial = async (store) => {
    const bytes = Uint8Array.from(${JSON.stringify(bytes)});
    const before = [await store.list(), (await store.read("b.safetensors")) ?? null];
    await store.remove("b.safetensors");
    await store.write("b.safetensors", Uint8Array.of(1));
    await store.write("a", Uint8Array.of(2));
    await store.write("b.safetensors", bytes);
    const blob = await store.read("b.safetensors");
    const same = [...new Uint8Array(await blob.arrayBuffer())].join() === bytes.join();
    const numbers = await (await files.openSafetensors(blob)).read("a");
    const listed = await store.list();
    await store.remove("a");
    const refused = await store.write("../a", bytes).catch((error) => error.name);
    return [before, listed, await store.list(), same, [...numbers].map((each) => (Object.is(each, -0) ? "-0" : String(each))), refused];
  };`;
const expected = [
  [[], null],
  ["a", "b.safetensors"],
  ["b.safetensors"],
  true,
  ["0.1", "-0", "NaN", "Infinity"],
  "FileError",
];

describe.skipIf(!isLong)(onlyInAll("a folder"), () => {
  for (const { name, path, args } of engines) {
    it.skipIf(!path)(`has files in ${name}`, async () => {
      const folder = join(site.folder, `store in ${name}`);
      const script = site.write(
        `${name}.js`,
        `import * as files from "./node.js";
         ${trying}
         const found = await trial(files.folder(${JSON.stringify(folder)}));
         const { tensors } = await files.openSafetensors(${JSON.stringify(join(folder, "b.safetensors"))});
         console.log(JSON.stringify([found, [...tensors.keys()]]));`,
      );
      const more = name === "Deno" ? ["--allow-write", "--allow-env"] : [];
      expect(await lastLine(path as string, [...args, ...more, script], site.folder)).toEqual([expected, ["a"]]);
    });
  }
});

describe.skipIf(!isLong)(onlyInAll("a checkpoint"), () => {
  for (const { name, path, args } of engines) {
    it.skipIf(!path)(`of Node goes on in ${name} bit for bit`, async () => {
      const [three, eight] = await runHere();
      const script = site.write(
        `checkpoint in ${name}.js`,
        `import * as files from "./node.js";
         import module from "./net.js";
         ${goingOn}
         console.log(JSON.stringify(await goOnEverywhere(module, 5, ${JSON.stringify(three)})));`,
      );
      expect(await lastLine(path as string, [...args, script], site.folder)).toEqual(eight);
    });
  }
});

describe.skipIf(!isLong || !chromium)(onlyInAll("a page"), () => {
  let browser: Browser;
  beforeAll(async () => void (browser = await openBrowser(site)));
  afterAll(() => browser?.close());

  const policy = "default-src 'none'; script-src 'self' 'nonce-map'; connect-src 'self'";
  const run = <T>(body: string): Promise<T> =>
    browser.run<T>(`const files = await import("/default.js"); ${trying} ${body}`, { policy });

  it.each(["database('runs')", "opfs('runs/1')"])("has files in %s, under a strict policy", async (store) => {
    expect(await run(`return trial(files.${store});`)).toEqual(expected);
    // They outlive the page.
    expect(await run(`return files.${store}.list();`)).toEqual(["b.safetensors"]);
  });

  it("keeps the old file of a database where a write is aborted, and many writes at once are whole", async () => {
    const body = `
      const store = files.database("aborted");
      await store.write("a", Uint8Array.of(1, 2, 3));
      const put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = function (...all) {
        const request = put.apply(this, all);
        this.transaction.abort();
        return request;
      };
      const error = await store.write("a", Uint8Array.of(4)).catch((error) => [error.name, error.part]);
      IDBObjectStore.prototype.put = put;
      const old = [...new Uint8Array(await (await store.read("a")).arrayBuffer())];
      await Promise.all(Array.from({ length: 10 }, (_, i) => store.write("b", new Uint8Array(100_000).fill(i))));
      const one = new Uint8Array(await (await store.read("b")).arrayBuffer());
      return [error, old, one.length, one.every((each) => each === one[0])];`;
    expect(await run(body)).toEqual([["FileError", "database 'aborted'"], [1, 2, 3], 100_000, true]);
  });

  it("keeps the old file of the private file system where a write ends early, and none where there was none", async () => {
    const body = `
      const store = files.opfs("cut");
      await store.write("a", Uint8Array.of(1, 2, 3));
      const { write } = FileSystemWritableFileStream.prototype;
      FileSystemWritableFileStream.prototype.write = async function (bytes) {
        await write.call(this, bytes.subarray(0, 1));
        throw new DOMException("no room", "QuotaExceededError");
      };
      const errors = [];
      for (const name of ["a", "b"]) await store.write(name, Uint8Array.of(4, 5)).catch((error) => errors.push(error.message));
      FileSystemWritableFileStream.prototype.write = write;
      // A write that is still going on.
      const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("cut");
      const open = await (await folder.getFileHandle("c", { create: true })).createWritable();
      await open.write(Uint8Array.of(9));
      const listed = await store.list();
      await open.abort();
      const empty = await store.write("d", new Uint8Array(0)).catch((error) => error.message);
      const old = [...new Uint8Array(await (await store.read("a")).arrayBuffer())];
      return [errors, listed, old, (await store.read("b")) ?? null, empty];`;
    const error = "opfs 'cut': expected a folder that can be used, found QuotaExceededError: no room";
    expect(await run(body)).toEqual([[error, error], ["a"], [1, 2, 3], null, "d: expected at least one byte, found 0"]);
  });

  it("downloads a file of this name and these bytes", async () => {
    const body = `
      let link;
      HTMLAnchorElement.prototype.click = function () { link = this; };
      files.download("a.safetensors", Uint8Array.of(1, 2, 3));
      const { result } = await new Promise((resolve) => {
        const request = new XMLHttpRequest();
        request.open("GET", link.href);
        request.responseType = "arraybuffer";
        request.onload = () => resolve({ result: [...new Uint8Array(request.response)] });
        request.onerror = () => resolve({ result: "no" });
        request.send();
      });
      return [link.download, result];`;
    expect(await browser.run(`const files = await import("/default.js"); ${body}`)).toEqual([
      "a.safetensors",
      [1, 2, 3],
    ]);
  });

  it("goes on bit for bit from a checkpoint of Node", async () => {
    const [three, eight] = await runHere();
    const body = `const { default: module } = await import("/net.js"); ${goingOn}
      return goOnEverywhere(module, 5, ${JSON.stringify(three)});`;
    expect(await browser.run(`const files = await import("/default.js"); ${body}`)).toEqual(eight);
  });

  it("reads bit for bit what Node wrote, and Node what it wrote", async () => {
    const written = await run<number[]>(`
      const tensor = { shape: [2, 2], data: Float64Array.of(0.1, -0, NaN, Infinity) };
      return [...files.writeSafetensors(new Map([["a", tensor]]))];`);
    expect(written).toEqual(bytes);
    expect(await (await openSafetensors(Uint8Array.from(written))).read("a")).toEqual(tensor.data);
  });
});

it("without a browser's parts a store says what it needs", async () => {
  const page = await import("../../files/default.js");
  await expect(page.database("runs").list()).rejects.toThrow(
    "database: expected IndexedDB, which pages and their workers have, found none",
  );
  await expect(page.opfs("runs").list()).rejects.toThrow(
    "opfs: expected a private file system, which pages and their workers have, found none",
  );
  expect(() => page.download("a", new Uint8Array(1))).toThrow("download: expected a page, found none");
  expect(() => page.opfs("a/../b")).toThrow("name: expected one without / \\ : and control characters");
});
