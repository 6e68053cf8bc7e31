/** `optimc build --watch` on real files. Limits of time are only how long a failure takes. */
import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, renameSync, rmSync, utimesSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { run } from "../../cli/run.js";
import { makeProject, standIn, type Project } from "../read/project.js";
import { modelText, standInCompiler } from "./command.js";
import { dist } from "./dist.js";

const limit = 400_000;

interface Watching {
  readonly project: Project;
  /** The names that were compiled, in order. */
  readonly compiled: string[];
  readonly out: string[];
  readonly errors: string[];
  /** Waits until it holds. */
  until(condition: () => boolean): Promise<void>;
  /** Waits until the first builds are done. */
  started(): Promise<void>;
  stop(): Promise<number>;
}

const open: Watching[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) {
    await each.stop();
    each.project.remove();
  }
});

function watching(files: Readonly<Record<string, string>>, ...argv: string[]): Watching {
  const project = makeProject(files);
  const compiled: string[] = [];
  const out: string[] = [];
  const errors: string[] = [];
  const controller = new AbortController();
  const ended = run(["build", "--watch", ...argv], {
    terminal: {
      out: (line) => void out.push(line),
      error: (line) => void errors.push(line),
      color: false,
      cwd: project.folder,
    },
    loadCompiler: () =>
      Promise.resolve({
        ...standInCompiler,
        compileModel: (model, options) => {
          compiled.push((model as { name: string }).name);
          return standInCompiler.compileModel(model, options);
        },
      }),
    read: { modules: standIn().modules },
    stop: controller.signal,
  });
  const until = async (condition: () => boolean): Promise<void> => {
    for (const start = Date.now(); !condition(); await sleep(20)) {
      if (Date.now() - start > limit) throw new Error(`too long: ${[...out, ...errors, ...compiled].join("\n")}`);
    }
  };
  const made: Watching = {
    project,
    compiled,
    out,
    errors,
    until,
    started: () => until(() => out.some((line) => line.startsWith("watching"))),
    stop: () => (controller.abort(), ended),
  };
  open.push(made);
  return made;
}

const twoFiles = (width: string) => ({
  "net.model.ts": `import { model } from "optimc";\nimport { name } from "${width}";\nexport default model(name, { total: 1 });\n`,
});

test("builds again when the model file or a file that it imports changes, and ends when it is told", async () => {
  const files = { ...twoFiles("./parts/name.js"), "parts/name.ts": `export const name = "one";\n` };
  const watched = watching(files, "net.model.ts");
  await watched.started();
  expect(watched.compiled).toEqual(["one"]);
  expect(watched.out.at(-1)).toMatch(/^watching \d+ files of 1 model; Ctrl-C ends$/);

  watched.project.write("parts/name.ts", `export const name = "two";\n`);
  await watched.until(() => watched.compiled.includes("two"));
  watched.project.write("net.model.ts", modelText("three"));
  await watched.until(() => watched.compiled.includes("three"));
  expect(await watched.stop()).toBe(0);
  expect(watched.compiled).toEqual(["one", "two", "three"]);
  expect(watched.errors).toEqual([]);
  expect(readFileSync(watched.project.path("net.js"), "utf8")).toContain('"three"');
});

test("a file that an editor puts in the place of another, twice", async () => {
  const watched = watching({ "net.model.ts": modelText("one") }, "net.model.ts");
  await watched.started();
  for (const name of ["two", "three"]) {
    watched.project.write(".net.model.ts.swp", modelText(name));
    renameSync(watched.project.path(".net.model.ts.swp"), watched.project.path("net.model.ts"));
    await watched.until(() => watched.compiled.includes(name));
  }
  // Removed and written, as others do: what is wrong meanwhile is said, and waited over.
  rmSync(watched.project.path("net.model.ts"));
  await watched.until(() => watched.errors.some((line) => line.includes("error[missing-file]")));
  watched.project.write("net.model.ts", modelText("four"));
  await watched.until(() => watched.compiled.includes("four"));
});

test("its own outputs, files that are written again unchanged, and strangers trigger nothing", async () => {
  // The model reads its own manifest, which is another after each build.
  const text = (name: string) =>
    `import { model } from "optimc";\nimport own from "./net.manifest.json";\nexport default model("${name}", { total: 1, own });\n`;
  const watched = watching({ "net.model.ts": text("one"), "net.manifest.json": "{}" }, "net.model.ts", "--force");
  rmSync(watched.project.path("net.manifest.json"));
  await watched.until(() => watched.out.length + watched.errors.length > 0);
  watched.project.write("net.model.ts", modelText("zero"));
  await watched.until(() => watched.compiled.includes("zero"));
  watched.project.write("net.model.ts", text("one"));
  await watched.until(() => watched.compiled.includes("one"));
  const before = watched.compiled.length;
  await sleep(500);
  watched.project.write("net.model.ts", text("one"));
  utimesSync(watched.project.path("net.model.ts"), new Date(), new Date());
  watched.project.write("other.ts", "export {};\n");
  watched.project.write("net.js", "// generated by optimc\n");
  await sleep(500);
  expect(watched.compiled.length).toBe(before);
  watched.project.write("net.model.ts", text("two"));
  await watched.until(() => watched.compiled.includes("two"));
  expect(watched.compiled.slice(before)).toEqual(["two"]);
});

test("a first build that fails is waited over: for a missing import, in a folder that is yet to be made", async () => {
  const watched = watching(twoFiles("./deep/parts/name.js"), "net.model.ts");
  await watched.started();
  expect(watched.errors[0]).toContain("error[unresolved-import]");
  mkdirSync(watched.project.path("deep"));
  await sleep(200);
  watched.project.write("deep/parts/name.ts", `export const name = "late";\n`);
  await watched.until(() => watched.compiled.includes("late"));

  watched.project.write("deep/parts/name.ts", `export const name = ;\n`);
  await watched.until(() => watched.errors.some((line) => line.includes("error[syntax-error]")));
  watched.project.write("deep/parts/name.ts", `export const name = "mended";\n`);
  await watched.until(() => watched.compiled.includes("mended"));
});

test("a folder that is put in the place of another", async () => {
  const files = { ...twoFiles("./parts/name.js"), "parts/name.ts": `export const name = "one";\n` };
  const watched = watching(files, "net.model.ts");
  await watched.started();
  for (const name of ["two", "three"]) {
    watched.project.write(`${name}/name.ts`, `export const name = "${name}";\n`);
    rmSync(watched.project.path("parts"), { recursive: true });
    renameSync(watched.project.path(name), watched.project.path("parts"));
    await watched.until(() => watched.compiled.includes(name));
  }
  // With the same content, which is no change; but it is another folder that has to be watched.
  watched.project.write("same/name.ts", `export const name = "three";\n`);
  rmSync(watched.project.path("parts"), { recursive: true });
  renameSync(watched.project.path("same"), watched.project.path("parts"));
  await sleep(500);
  watched.project.write("parts/name.ts", `export const name = "four";\n`);
  await watched.until(() => watched.compiled.includes("four"));
});

test("of several models only those are built whose sources change", async () => {
  const watched = watching(
    { "a.model.ts": modelText("a1"), "b.model.ts": modelText("b1") },
    "a.model.ts",
    "b.model.ts",
  );
  await watched.started();
  watched.project.write("b.model.ts", modelText("b2"));
  await watched.until(() => watched.compiled.includes("b2"));
  watched.project.write("a.model.ts", modelText("a2"));
  await watched.until(() => watched.compiled.includes("a2"));
  expect(watched.compiled).toEqual(["a1", "b1", "b2", "a2"]);
  // The other one is not even looked at.
  expect(watched.out.filter((line) => /^unchanged +[ab]\.js/.test(line))).toEqual([]);
});

test("the configuration is watched: what it says, what is wrong with it, and new files that it matches", async () => {
  const watched = watching({
    "optimc.config.mjs": `export default { models: ["*.model.ts"] };\n`,
    "a.model.ts": modelText("a"),
  });
  await watched.started();
  watched.project.write("b.model.ts", modelText("b"));
  await watched.until(() => watched.compiled.includes("b"));
  watched.project.write("optimc.config.mjs", `export default { modls: [] };\n`);
  await watched.until(() => watched.errors.some((line) => line.includes("did you mean models?")));
  watched.project.write("optimc.config.mjs", `export default { models: ["*.model.ts"], outDir: "out" };\n`);
  await watched.until(() => watched.out.some((line) => /^wrote +out\/b\.js/.test(line)));
  expect(watched.compiled).toEqual(["a", "b", "a", "b"]);
});

test("a defect of the compiler is reported, and does not end it", async () => {
  const watched = watching(
    {
      // Without a frame of the file's: what the file's own functions throw is the file's.
      "net.model.ts": `const bug = Object.assign(new TypeError("a bug"), { stack: "TypeError: a bug" });
export default { isModel: true, name: null, get total() { throw bug; } };\n`,
    },
    "net.model.ts",
  );
  await watched.started();
  expect(watched.errors.join("\n")).toMatch(/^optimc: an internal error[^]*TypeError: a bug/);
  watched.project.write("net.model.ts", modelText("mended"));
  await watched.until(() => watched.compiled.includes("mended"));
});

test.skipIf(process.platform === "win32")("Ctrl-C ends the process with 0, and leaves no temporary file", async () => {
  const main = `${await dist()}cli/main.js`;
  const project = makeProject({ "net.model.ts": "export default 1;\n" });
  try {
    const child = spawn(process.execPath, [main, "build", "--watch", "net.model.ts"], { cwd: project.folder });
    let text = "";
    child.stdout.on("data", (data: Buffer) => void (text += data.toString()));
    const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve([code, signal])));
    for (const start = Date.now(); !text.includes("watching"); await sleep(20)) {
      if (Date.now() - start > limit) throw new Error(`too long: ${text}`);
    }
    child.kill("SIGINT");
    expect(await exited).toEqual([0, null]);
  } finally {
    project.remove();
  }
});
