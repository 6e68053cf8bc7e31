/** Model files are programs: whatever one does to its process, builds say so, and go on. Limits of time are only how long a failure takes. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeProject, type Project } from "../read/project.js";
import { dist } from "./dist.js";
import { some } from "../runs.js";

let main: string;
let folder: string;
let project: Project;
beforeAll(async () => {
  folder = await dist();
  main = `${folder}cli/main.js`;
  project = makeProject();
}, 180_000);
afterAll(() => project?.remove());

const limit = 120_000;

/** A model that compiles quickly, in a file that does something else besides. */
const doing = (what: string, after = ""): string => `import { input, model } from "optimc";
${what}
export default model("net", { dims: { batch: 8 }, functions: { f: { y: input("x", ["batch", 3]).mul(2) } } });
${after}
`;

const optimc = (...args: string[]) =>
  spawnSync(process.execPath, [main, ...args], { cwd: project.folder, encoding: "utf8", timeout: limit });

const build = (what: string, ...args: string[]) => buildText(doing(what), ...args);

const buildText = (text: string, ...args: string[]) => {
  project.write("net.model.ts", text);
  for (const end of ["js", "d.ts", "manifest.json"]) rmSync(project.path(`net.${end}`), { force: true });
  return optimc("build", "net.model.ts", "--target", "js", ...args);
};

describe("what ends the file's process is an error at its line, and the next file is built", () => {
  test.each(
    some([
      ["process.exit(0);", "process.exit(0), and exit code 0"],
      ["process.reallyExit(3);", "process.reallyExit(3), and exit code 3"],
      ["process.abort();", "process.abort(), and the signal SIGABRT"],
      ["process.kill(process.pid);", "process.kill(process.pid), and the signal SIGTERM"],
      ['process.kill(0, "SIGKILL");', "process.kill(process.pid), and the signal SIGKILL"],
      ["process.exitCode = 5; try { process.exit(); } catch {}", "process.exit(), and exit code 5"],
    ]),
  )(
    "%s",
    (what, found) => {
      project.write("good.model.ts", doing(""));
      rmSync(project.path("good.js"), { force: true });
      const { status, stdout, stderr } = build(what, "good.model.ts");
      expect(status).toBe(1);
      expect(stderr).toMatch(
        /error\[model-file-ended\]: net\.model\.ts ended its process\n {2}at net\.model\.ts:2:\d+\n/,
      );
      expect(stderr).toContain(`found:    ${found}\n`);
      expect(stdout).toMatch(/^wrote +good\.js/);
      expect(existsSync(project.path("net.js"))).toBe(false);
    },
    limit,
  );
});

test.each(
  some([
    ["await new Promise(() => {});", /model-file-ended\]: net\.model\.ts waits for a promise that never settles/],
    [
      'Promise.reject(new Error("unheard"));',
      /model-file-threw\]: the model file threw Error: unheard\n {2}at net.model.ts:2:16/,
    ],
    [
      'setTimeout(() => { throw new Error("late"); }, 1); await new Promise(() => {});',
      /model-file-threw\]: the model file threw Error: late\n {2}at net.model.ts:2:26/,
    ],
    [
      'Promise.reject("unheard");',
      /model-file-threw\]: the model file threw the string "unheard"\n {2}at net.model.ts:1:1/,
    ],
    ["for (;;);", /model-file-ended\]: net\.model\.ts does not end[^]*for at most 1 seconds/],
    ["setInterval(() => {}, 1); await new Promise(() => {});", /model-file-ended\]: net\.model\.ts does not end/],
  ]),
)(
  "a file that does not end, or fails unheard: %s",
  (what, message) => {
    const { status, stderr } = build(what, "--time-limit", "1");
    expect(stderr).toMatch(message);
    expect(status).toBe(1);
  },
  limit,
);

test.each(
  some([
    ['import { createServer } from "node:http"; createServer().listen(0); setInterval(() => {}, 1000);'],
    ['import { Worker } from "node:worker_threads"; new Worker("setInterval(() => {}, 1000)", { eval: true });'],
    ['process.on("exit", () => { process.exitCode = 3; for (;;); });'],
    ['process.chdir("/"); process.exitCode = 4; process.umask(0o777);'],
    ['process.send?.({ kind: "done" }); process.disconnect?.();'],
    ["Array.prototype.map = () => []; Object.prototype.get = 1; Math.floor = () => 0; JSON.stringify = () => '';"],
    ["delete Array.prototype.flatMap; Object.defineProperty(Array.prototype, 'at', { get: () => { throw 1; } });"],
  ]),
)(
  "a file that does what is not undone by its end: %s",
  (what) => {
    expect(build("")).toMatchObject({ status: 0 });
    const plain = readFileSync(project.path("net.js"), "utf8");
    const { status, stderr } = buildText(doing("", what));
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(readFileSync(project.path("net.js"), "utf8")).toBe(plain);
  },
  limit,
);

test(
  "a file that leaves traces is alone in its process; those that leave none may share one",
  () => {
    const leaves = [
      "globalThis.leak = 1;",
      "setTimeout(() => process.exit(), 1e9).unref();",
      'process.env["LEAK"] = "1";',
      'process.on("exit", () => {});',
      "Array.prototype.leak = 1;",
      'process.chdir("/");',
      "",
    ];
    for (const [at, each] of leaves.entries()) {
      const own =
        'import { appendFileSync } from "node:fs"; appendFileSync(new URL("./pids", import.meta.url), `${process.pid} `);';
      project.write(`${at}.model.ts`, doing(`${own} ${each}`));
    }
    const files = [...leaves.keys()].map((at) => `${at}.model.ts`);
    project.write(
      "last.model.ts",
      doing(
        'import { appendFileSync } from "node:fs"; appendFileSync(new URL("./pids", import.meta.url), `${process.pid}`);',
      ),
    );
    const { status, stderr } = optimc("build", ...files, "last.model.ts", "--target", "js");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    const pids = readFileSync(project.path("pids"), "utf8").split(" ");
    expect(pids).toHaveLength(leaves.length + 1);
    expect(new Set(pids).size).toBe(leaves.length);
    expect(pids.at(-1)).toBe(pids.at(-2));
  },
  2 * limit,
);

test(
  "what a file breaks before it calls optimc is its own fault",
  () => {
    const { status, stderr } = build("Array.prototype.map = () => []; Array.prototype.flatMap = () => 1;");
    expect(status).toBe(1);
    expect(stderr).toMatch(/^error\[/);
  },
  limit,
);

test(
  "what a file prints goes to the error stream, and what a command prints is the command's",
  () => {
    const prints =
      'import { writeSync } from "node:fs"; console.log("from the model"); writeSync(1, "to the descriptor\\n");';
    const { status, stdout, stderr } = build(prints, "--format", "json");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "from the model\nto the descriptor\n" });
    expect(JSON.parse(stdout)).toMatchObject({ diagnostics: [], files: [{ status: "wrote", file: "net.js" }, {}, {}] });
    const shown = optimc("print", "net.model.ts");
    expect(shown.stdout).toMatch(/^graph f /);
    expect(shown.stdout).not.toContain("from the model");
  },
  limit,
);

test(
  "the other commands, and configuration files",
  () => {
    project.write("net.model.ts", doing("process.exit(0);"));
    for (const command of ["check", "print", "explain"]) {
      const { status, stderr } = optimc(command, "net.model.ts");
      expect({ command, status }).toEqual({ command, status: 1 });
      expect(stderr).toMatch(/error\[model-file-ended\][^]*at net\.model\.ts:2:9\n/);
    }
    const json = optimc("check", "net.model.ts", "--format", "json");
    expect(JSON.parse(json.stdout)).toMatchObject({ diagnostics: [{ code: "model-file-ended", line: 2 }] });
    project.write("config/optimc.config.mjs", "process.exit(0);\nexport default { models: [] };\n");
    const configured = optimc("build", "net.model.ts", "--config", "config/optimc.config.mjs");
    expect(configured.status).toBe(1);
    expect(configured.stderr).toMatch(/ended its process\n {2}at config\/optimc\.config\.mjs:1:9\n/);
  },
  limit,
);

test(
  "optimc/testing",
  () => {
    project.write("net.model.ts", doing('console.log("from the model"); process.exit(0);'));
    project.write(
      "run.mjs",
      `import { checkGradients } from ${JSON.stringify(`file://${folder}src/testing.js`)};
const error = await checkGradients("net.model.ts").catch((reason) => reason);
console.log(error.code, error.place.line);
const fine = ${JSON.stringify(doing(""))};
import { writeFileSync } from "node:fs";
writeFileSync("net.model.ts", fine);
console.log((await checkGradients("net.model.ts")).split("\\n")[0]);
`,
    );
    const { stdout, stderr } = spawnSync(process.execPath, ["run.mjs"], {
      cwd: project.folder,
      encoding: "utf8",
      timeout: limit,
    });
    expect({ stdout, stderr }).toEqual({ stdout: "model-file-ended 2\nnet\n", stderr: "from the model\n" });
  },
  limit,
);

/** A watching build, and what it has said so far. */
function watching(): { child: ChildProcess; text: () => string; until: (words: string) => Promise<void> } {
  const child = spawn(process.execPath, [main, "build", "--watch", "net.model.ts", "--target", "js"], {
    cwd: project.folder,
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (data: Buffer) => void (text += data.toString()));
  const until = async (words: string): Promise<void> => {
    for (const start = Date.now(); !text.includes(words); await sleep(20)) {
      if (Date.now() - start > limit / 2) throw new Error(`too long: ${text}`);
    }
  };
  return { child, text: () => text, until };
}

test.skipIf(process.platform === "win32")(
  "--watch goes on after what a file does, and ends by Ctrl-C while one loops",
  async () => {
    project.write("net.model.ts", doing('Promise.reject(new Error("unheard"));'));
    const { child, until } = watching();
    const exited = new Promise((resolve) => child.once("exit", (code, signal) => resolve([code, signal])));
    try {
      await until("Error: unheard");
      await until("watching");
      project.write("net.model.ts", doing("process.exit(0);"));
      await until("ended its process");
      project.write("net.model.ts", doing('console.log("it loops"); for (;;);'));
      await until("it loops");
      child.kill("SIGINT");
      expect(await exited).toEqual([0, null]);
    } finally {
      child.kill("SIGKILL");
    }
  },
  limit,
);

test.skipIf(process.platform === "win32")(
  "a file that loops ends with a build that is killed",
  async () => {
    project.write("net.model.ts", doing('console.log("pid", process.pid, "."); for (;;);'));
    const { child, text, until } = watching();
    await until(" .");
    const pid = Number(/pid (\d+)/.exec(text())?.[1]);
    child.kill("SIGKILL");
    const isAlive = (): boolean => {
      try {
        // What has ended and was not yet waited for counts as ended.
        return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
      } catch {
        return false;
      }
    };
    for (const start = Date.now(); isAlive(); await sleep(50)) {
      if (Date.now() - start > limit / 2) throw new Error("it is still there");
    }
  },
  limit,
);
