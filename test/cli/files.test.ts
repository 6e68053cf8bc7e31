/** What the system refuses, and what earlier builds left: sentences, and nothing that stays. */
import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import type * as promises from "node:fs/promises";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, utimesSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import { makeProject, type Project } from "../read/project.js";
import { modelText, optimc } from "./command.js";
import { dist } from "./dist.js";

/** What the next writes and renames are to end in. */
let breaks: ((act: string, path: string) => string | undefined) | undefined;

vi.mock("node:fs", async (original) => {
  const real = await original<typeof fs>();
  const rmSync = (...parameters: Parameters<typeof fs.rmSync>): void => {
    const code = breaks?.("rm", String(parameters[0]));
    if (code !== undefined) throw Object.assign(new Error(`${code}: no`), { code });
    real.rmSync(...parameters);
  };
  return { ...real, rmSync, default: { ...real, rmSync } };
});

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof promises>();
  const breaking =
    (act: "open" | "rename" | "rm" | "mkdir") =>
    async (...parameters: never[]): Promise<unknown> => {
      const code = breaks?.(act, String(parameters[0]));
      // The beginning of the file is on the disk by then.
      if (code !== undefined && act === "open") await real.writeFile(String(parameters[0]), "half");
      // Node 20 does not come back.
      if (code === "ENOENT" && (parameters[1] as { recursive?: boolean } | undefined)?.recursive)
        throw new Error("this would not end");
      if (code !== undefined) throw Object.assign(new Error(`${code}: no`), { code });
      return (real[act] as (...all: never[]) => Promise<unknown>)(...parameters);
    };
  const changed = {
    open: breaking("open"),
    rename: breaking("rename"),
    rm: breaking("rm"),
    mkdir: breaking("mkdir"),
  };
  return { ...real, ...changed, default: { ...real, ...changed } };
});

let project: Project;
afterEach(() => {
  breaks = undefined;
  project.remove();
});

const files = (): string[] => readdirSync(project.folder).sort();

describe("a refusal while writing leaves what was there, no temporary file, and a sentence", () => {
  test.each([
    ["ENOSPC", "a full disk (ENOSPC)"],
    ["EACCES", "no permission (EACCES)"],
    ["EROFS", "a read-only file system (EROFS)"],
    ["EIO", "EIO: no"],
  ])("%s", async (code, found) => {
    project = makeProject({ "net.model.ts": modelText("net") });
    await optimc(project, "build", "net.model.ts");
    const before = files();
    const text = readFileSync(project.path("net.js"), "utf8");
    project.write("net.model.ts", modelText("other"));
    let writes = 0;
    breaks = (act) => (act === "open" && ++writes === 3 ? code : undefined);
    const { code: exit, error } = await optimc(project, "build", "net.model.ts");
    expect(exit).toBe(1);
    expect(error).toMatch(/^error\[cannot-write\]: \S+net\.wasm cannot be written\n/);
    expect(error).toContain(`found:    ${found}`);
    expect(files()).toEqual(before);
    expect(readFileSync(project.path("net.js"), "utf8")).toBe(text);
  });

  test("if the folder takes no changes at all, the refusal is what is said, and a later build tidies up", async () => {
    project = makeProject({ "net.model.ts": modelText("net") });
    breaks = (act, path) => (act === "rm" || path.includes(".net.d.ts.") ? "EACCES" : undefined);
    const { error } = await optimc(project, "build", "net.model.ts");
    expect(error).toMatch(/^error\[cannot-write\]: \S+net\.d\.ts cannot be written\n/);
    expect(error).not.toContain("internal");
    expect(files().filter((name) => name.endsWith(".tmp"))).not.toEqual([]);
    breaks = undefined;
    for (const name of files()) utimesSync(project.path(name), 1e9, 1e9);
    await optimc(project, "build", "net.model.ts");
    expect(files().filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });

  test("a folder that takes no new ones, as in /proc, where the system says that there is none", async () => {
    project = makeProject({ "net.model.ts": modelText("net") });
    breaks = (act, path) => (act === "mkdir" && path.includes("out") ? "ENOENT" : undefined);
    const { code, error } = await optimc(project, "build", "net.model.ts", "--out-dir", "out/deep");
    expect(code).toBe(1);
    expect(error).toMatch(/^error\[cannot-write\]: \S+net\.js cannot be written\n[^]*found: {4}ENOENT: no/);
  });

  test("folders are made one below the other; a file in the place of one is said", async () => {
    project = makeProject({ "net.model.ts": modelText("net"), file: "" });
    expect((await optimc(project, "build", "net.model.ts", "--out-dir", "out/deep/er")).code).toBe(0);
    expect(existsSync(project.path("out/deep/er/net.js"))).toBe(true);
    const { code, error } = await optimc(project, "build", "net.model.ts", "--out-dir", "file/deep");
    expect(code).toBe(1);
    expect(error).toMatch(/^error\[cannot-write\]: [^]*found: {4}a file where a folder goes/);
  });

  test("an output that can be written and not removed", async () => {
    project = makeProject({ "net.model.ts": modelText("net") });
    await optimc(project, "build", "net.model.ts");
    breaks = (act, path) => (act === "rm" && path.endsWith("net.wasm") ? "EBUSY" : undefined);
    const { code, error } = await optimc(project, "build", "net.model.ts", "--target", "js");
    expect(code).toBe(1);
    expect(error).toMatch(/^error\[cannot-write\]: \S+net\.wasm cannot be removed\n[^]*a lock of another program/);
  });
});

test("temporary files of builds that were killed go; those of one that runs, and strangers', stay", async () => {
  project = makeProject({ "net.model.ts": modelText("net") });
  const ended = spawnSync(process.execPath, ["-e", ""]).pid;
  const tail = (pid: number): string => `${pid}.0123abcd.tmp`;
  // One of this process's number was another's if it is older than this one.
  const old = [
    `.net.js.${tail(ended)}`,
    `.net.manifest.json.${tail(ended)}`,
    `.net.relaxed.wasm.${tail(ended)}`,
    `.net.js.${tail(process.pid)}`,
  ];
  const stay = [
    `.net.js.${tail(process.ppid)}`,
    `.other.js.${tail(ended)}`,
    `.net.js.${tail(ended)}.txt`,
    `.net.js.${ended}.tmp`,
    ".net.js.tmp",
  ];
  for (const name of [...old, ...stay]) {
    project.write(name, "half");
    utimesSync(project.path(name), 1e9, 1e9);
  }
  // Another machine may share the folder, and write at this moment.
  const young = [`.net.wasm.${tail(ended)}`, `.net.d.ts.${tail(ended)}`, `.net.d.ts.${tail(ended + 1)}`] as const;
  project.write(young[0], "half");
  mkdirSync(project.path(young[1]));
  symlinkSync("net.model.ts", project.path(young[2]));
  await optimc(project, "build", "net.model.ts");
  const left = files().filter((name) => name.startsWith("."));
  expect(left).toEqual([...stay, ...young].sort());
});

test("outputs of two builds, cut in between, are mended by the next", async () => {
  project = makeProject({ "net.model.ts": modelText("one") });
  await optimc(project, "build", "net.model.ts");
  const first = readFileSync(project.path("net.wasm"));
  project.write("net.model.ts", modelText("two"));
  await optimc(project, "build", "net.model.ts");
  const second = readFileSync(project.path("net.wasm"));
  fs.writeFileSync(project.path("net.wasm"), first);
  const { out } = await optimc(project, "build", "net.model.ts");
  expect(out.filter((line) => line.startsWith("wrote"))).toEqual([expect.stringMatching(/ net\.wasm /)]);
  expect(readFileSync(project.path("net.wasm"))).toEqual(second);
});

describe.skipIf(process.platform === "win32")("files and folders that the user may not touch", () => {
  /** As somebody who is not allowed everything. */
  async function build(...argv: string[]): Promise<{ status: number | null; stderr: string }> {
    const main = `${await dist()}cli/main.js`;
    const ids = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
    return spawnSync(process.execPath, [main, "build", ...argv], { cwd: project.folder, encoding: "utf8", ...ids });
  }
  const model = `import { input, model } from "optimc";
export default model("net", { dims: { batch: 8 }, functions: { f: { y: input("x", ["batch", 3]).mul(2) } } });
`;

  test.each([
    [
      "an output that cannot be read",
      "in/net.js",
      "// generated by optimc\n",
      0o000,
      /net\.js cannot be read[^]*no permission/,
    ],
    ["a folder that can only be read", "in/x", "", 0o555, /net\.js cannot be written[^]*no permission/],
    ["a folder that cannot be looked into", "in/x", "", 0o000, /cannot be (read|written)[^]*no permission/],
  ])(
    "%s",
    async (_, path, text, mode, message) => {
      project = makeProject({ "net.model.ts": model, [path]: text });
      chmodSync(project.folder, 0o777);
      chmodSync(project.path("in"), 0o777);
      chmodSync(project.path(path.endsWith(".js") ? path : "in"), mode);
      const { status, stderr } = await build("net.model.ts", "--target", "js", "--out-dir", "in");
      chmodSync(project.path("in"), 0o777);
      expect(stderr).toMatch(/^error\[cannot-write\]: /);
      expect(stderr).toMatch(message);
      expect(status).toBe(1);
      expect(readdirSync(project.path("in")).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    },
    180_000,
  );

  test("a pipe in the place of an output is not waited for", async () => {
    project = makeProject({ "net.model.ts": model });
    chmodSync(project.folder, 0o777);
    for (const name of ["net.js", "net.manifest.json"]) execFileSync("mkfifo", [project.path(name)]);
    const { status, stderr } = await build("net.model.ts", "--target", "js");
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(/^error\[output-conflict\]: /) });
    expect(existsSync(project.path("net.d.ts"))).toBe(false);
  }, 180_000);
});
