import { afterAll, beforeAll, expect, test } from "vitest";
import { packageJson } from "../../compiler/read/package.js";
import { formatBytes, parseBytes } from "../../cli/bytes.js";
import { run } from "../../cli/run.js";
import { makeProject, type Project } from "../read/project.js";
import { modelText, optimc } from "./command.js";

let project: Project;
beforeAll(() => void (project = makeProject({ "net.model.ts": modelText("net") })));
afterAll(() => project.remove());

test.each([
  [[], "no command is given", "commands: build, check, print, explain"],
  [["biuld"], "there is no command biuld", "did you mean build?"],
  [["net.model.ts"], "net.model.ts is not a command", "did you mean optimc build net.model.ts?"],
  [["--force"], "--force is given in place of a command", "commands: build, check, print, explain"],
  [["build"], "build needs a model file", "optimc build two-layer-net.model.ts"],
  [["build", "net.model.ts", "--chek"], "there is no option --chek", "did you mean --check?"],
  [["build", "net.model.ts", "-x"], "there is no option -x", /^options: --out-dir, --target/],
  [["build", "net.model.ts", "--out-dir"], "--out-dir needs a value: --out-dir DIR", undefined],
  [["build", "--out-dir", "--check"], "--out-dir needs a value: --out-dir DIR", undefined],
  [["build", "net.model.ts", "--check=yes"], "--check takes no value, but got yes", undefined],
  [["build", "net.model.ts", "--target", "jss"], "there is no target jss; choose from js, wasm", "did you mean js?"],
  [
    ["build", "net.model.ts", "--target", "js,wams"],
    "there is no target wams; choose from js, wasm",
    "did you mean wasm?",
  ],
  [["build", "net.model.ts", "--target=js", "--inline"], /^--inline is about WebAssembly/, /add wasm to --target/],
  [["build", "net.model.ts", "--budget", "big"], "big is not a size", /^write 2MB/],
  [
    ["print", "net.model.ts", "--stage", "grad"],
    /^there is no stage grad; choose from graph, gradient/,
    "did you mean gradient?",
  ],
  [["print", "a.ts", "b.ts"], "print takes one model file, but got 2", /^optimc print/],
  [["explain"], "explain needs a model file", /^optimc explain/],
])("wrong usage: optimc %j", async (argv, message, hint) => {
  const { code, out, error } = await optimc(project, ...argv);
  const [first = "", second] = error.split("\n  ");
  expect({ code, out }).toEqual({ code: 2, out: [] });
  expect(first.slice("optimc: ".length)).toEqual(
    typeof message === "string" ? message : expect.stringMatching(message),
  );
  expect(second).toEqual(hint instanceof RegExp ? expect.stringMatching(hint) : hint);
});

test("help and version", async () => {
  expect((await optimc(project, "--version")).out).toEqual([packageJson().version]);
  expect((await optimc(project, "--help")).out[0]).toMatch(/optimc build \[FILE/);
  const { code, out } = await optimc(project, "build", "--help");
  expect(code).toBe(0);
  expect(out[0]).toMatch(/--budget SIZE +fail if the instance needs more memory/);
});

test("print and explain show what the compiler says", async () => {
  expect((await optimc(project, "print", "net.model.ts")).out).toEqual(["the graph of net"]);
  expect((await optimc(project, "print", "net.model.ts", "--stage", "memory")).out).toEqual(["the memory of net"]);
  expect((await optimc(project, "explain", "net.model.ts")).out).toEqual(["why net is so"]);
  const absent = await optimc(project, "explain", "absent.ts");
  expect(absent.code).toBe(1);
  expect(absent.error).toContain("error[missing-file]");
});

test("a fault of ours is told from the caller's", async () => {
  const error: string[] = [];
  const code = await run(["explain", "net.model.ts"], {
    terminal: { out: () => {}, error: (line) => void error.push(line), color: false, cwd: project.folder },
    loadCompiler: () => Promise.reject(new TypeError("a bug")),
  });
  expect(code).toBe(1);
  expect(error[0]).toMatch(/^optimc: an internal error/);
  expect(error[1]).toMatch(/TypeError: a bug/);
});

test("sizes", () => {
  const sizes = ["2MB", "2 MiB", "1.5kb", "100", "7B", "1GB"];
  expect(sizes.map(parseBytes)).toEqual([2e6, 2 ** 21, 1500, 100, 7, 1e9]);
  expect(() => parseBytes("-1")).toThrow("-1 is not a size");
  expect([999, 1000, 12_345, 1_930_112].map(formatBytes)).toEqual(["999 bytes", "1.0 kB", "12.3 kB", "1.93 MB"]);
});
