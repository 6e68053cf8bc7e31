/** Files in a folder: whole or not there, whatever happens to the process, and never outside of it. */
import { spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, describe, expect, it, test } from "vitest";
import { FileError, folder, openSafetensors, writeSafetensors } from "../../files/node.js";
import * as page from "../../files/default.js";
import { count, isLong } from "../runs.js";
import { randomly } from "./mutate.js";

const root = mkdtempSync(join(tmpdir(), "optimc-folder-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const fresh = (): string => mkdtempSync(join(root, "store-"));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = async (blob: Blob | undefined) => blob?.text();

describe("a folder", () => {
  it("has what was written last, until it is removed", async () => {
    const path = join(fresh(), "made", "when", "needed");
    const store = folder(path);
    expect([await store.list(), await store.read("a")]).toEqual([[], undefined]);
    await store.remove("a");
    await store.write("b.txt", bytes("1"));
    await store.write("a", bytes(""));
    await store.write("b.txt", bytes("22"));
    expect([await store.list(), await textOf(await store.read("b.txt")), await textOf(await store.read("a"))]).toEqual([
      ["a", "b.txt"],
      "22",
      "",
    ]);
    expect(readdirSync(path).sort()).toEqual(["a", "b.txt"]);
    await store.remove("b.txt");
    expect(await store.list()).toEqual(["a"]);
  });

  it("lists files alone, and none that is still being written", async () => {
    const path = fresh();
    mkdirSync(join(path, "folder"));
    writeFileSync(join(path, ".a.1.00000000.tmp"), "");
    writeFileSync(join(path, "a"), "");
    expect(await folder(path).list()).toEqual(["a"]);
    await expect(folder(path).read("folder")).rejects.toThrow(
      `${join(path, "folder")}: expected a file, found a folder`,
    );
  });

  it("takes several writes of one file at once", async () => {
    const path = fresh();
    const store = folder(path);
    await Promise.all(Array.from({ length: 20 }, (_, i) => store.write("a", bytes(`${i}`.repeat(10_000)))));
    expect(await textOf(await store.read("a"))).toMatch(/^(\d+)\1{9999}$/);
    expect(readdirSync(path)).toEqual(["a"]);
  });

  test.each([
    "",
    ".",
    "..",
    "../a",
    "a/b",
    "a\\b",
    "/a",
    "C:a",
    "a:b",
    ".a",
    "a.crswap",
    "a\0",
    "a\n",
    "\ud800",
    1,
    undefined,
  ])("refuses the name %j", async (name) => {
    const path = fresh();
    const store = folder(path);
    for (const act of [
      () => store.write(name as string, bytes("")),
      () => store.read(name as string),
      () => store.remove(name as string),
    ])
      await expect(act()).rejects.toThrow(FileError);
    await expect(store.read(name as string)).rejects.toThrow(/^name: expected one without/);
    expect(readdirSync(path)).toEqual([]);
  });

  test.each(["a", "a b.safetensors", "ä-1_2.txt", "a..b", "__proto__"])("takes the name %j", async (name) => {
    const store = folder(fresh());
    await store.write(name, bytes(name));
    expect([await store.list(), await textOf(await store.read(name))]).toEqual([[name], name]);
  });

  it("says what the system refuses, and leaves nothing behind", async () => {
    const path = fresh();
    writeFileSync(join(path, "file"), "");
    const error = (await folder(join(path, "file"))
      .write("a", bytes(""))
      .catch((error: unknown) => error)) as FileError;
    expect(error).toBeInstanceOf(FileError);
    expect(error.message).toMatch(/file.a: expected a file that can be written, found E(NOTDIR|EXIST): /);
    expect((error.cause as { code: string }).code).toMatch(/^E(NOTDIR|EXIST)$/);

    mkdirSync(join(path, "a"));
    await expect(folder(path).write("a", bytes("1"))).rejects.toThrow(FileError);
    await expect(folder(path).write("b", "text" as never)).rejects.toThrow(
      new FileError("b", "a Uint8Array", "'text'"),
    );
    expect(readdirSync(path).sort()).toEqual(["a", "file"]);
    await expect(folder(path).remove("a")).rejects.toThrow(/: expected a file that can be removed, found /);
  });

  it("replaces a link, and not the file that it leads to", async () => {
    const path = fresh();
    writeFileSync(join(root, "outside"), "outside");
    symlinkSync(join(root, "outside"), join(path, "a"));
    await folder(path).write("a", bytes("inside"));
    expect(readFileSync(join(root, "outside"), "utf8")).toBe("outside");
    expect(readFileSync(join(path, "a"), "utf8")).toBe("inside");
  });

  it("is none in a page", () => {
    expect(() => page.folder("runs")).toThrow(new FileError("folder 'runs'", "Node, Deno or Bun", "another platform"));
  });
});

it("a process that is killed at any moment leaves a whole file, and the next write tidies up", async () => {
  const script = join(root, "writes.mjs");
  const { outputFiles } = await build({
    entryPoints: [new URL("../../files/node.ts", import.meta.url).pathname],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  writeFileSync(join(root, "files.mjs"), outputFiles[0]!.contents);
  writeFileSync(
    script,
    `import { folder, writeSafetensors } from ${JSON.stringify(pathToFileURL(join(root, "files.mjs")).href)};
     const store = folder(process.argv[2]);
     for (let round = 0; ; round++) {
       const data = new Float32Array(500_000).fill(round);
       await store.write("a.safetensors", writeSafetensors(new Map([["a", { shape: [data.length], data }]])));
       if (round === 0) console.log("begun");
     }`,
  );
  const path = fresh();
  const store = folder(path);
  const random = randomly(1);
  const rounds = count(200);
  let left = 0;
  for (let round = 0; round < rounds; round++) {
    const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    // The first times it is killed while there is no file yet, or one of an earlier process.
    if (round % 4 > 0) await new Promise((resolve) => child.stdout.once("data", resolve));
    else await sleep(random.below(100));
    await sleep(random.below(20));
    child.kill("SIGKILL");
    await ended;
    const blob = await store.read("a.safetensors");
    left += readdirSync(path).filter((name) => name.endsWith(".tmp")).length;
    if (blob === undefined) continue;
    const numbers = await (await openSafetensors(blob)).read("a");
    expect(numbers).toHaveLength(500_000);
    expect(numbers.every((each) => each === numbers[0])).toBe(true);
    // What is older than a minute goes.
    for (const name of readdirSync(path)) utimesSync(join(path, name), 1e9, 1e9);
    await store.write("a.safetensors", writeSafetensors(new Map([["a", { shape: [500_000], data: numbers }]])));
    expect(readdirSync(path)).toEqual(["a.safetensors"]);
  }
  if (isLong) expect(left).toBeGreaterThan(rounds / 10);
});
