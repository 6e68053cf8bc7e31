/** `optimc check` and optimc/testing on model files: the fault at its line, and the exit code. */
import { afterEach, expect, test } from "vitest";
import * as optimc from "../../src/index.js";
import { run } from "../../cli/run.js";
import { CheckError, checkGradients } from "../../src/testing.js";
import { makeProject, type Project } from "../read/project.js";

let project: Project | undefined;
afterEach(() => {
  project?.remove();
  project = undefined;
});

const file = (
  sign: string,
): string => `import { customGradient, input, minimize, model, param, sgd, uniform } from "optimc";

const x = input("x", ["batch", 3]);
const w = param("w", [3], uniform(0.5, 1));
const z = x.mul(w);
const y = customGradient(z.sin(), z, (dy) => dy.mul(z.cos())${sign});

export default model("net", { dims: { batch: 8 }, functions: { train: minimize(y.sum(), sgd({ lr: 0.1 })) } });
`;

/** Runs \`optimc\` in the project's folder, with this copy's own entry. */
async function check(...argv: string[]): Promise<{ code: number; out: string; error: string }> {
  const [out, error]: [string[], string[]] = [[], []];
  const code = await run(["check", ...argv], {
    terminal: {
      out: (line) => void out.push(line),
      error: (line) => void error.push(line),
      color: false,
      cwd: project?.folder ?? expect.fail(),
    },
    loadCompiler: () => expect.fail("check needs no emitter"),
    read: { modules: { optimc } },
  });
  return { code, out: out.join("\n"), error: error.join("\n") };
}

test("what is right passes, a line for each proof", async () => {
  project = makeProject({ "net.model.ts": file("") });
  const { code, out, error } = await check("net.model.ts", "--seed", "3", "--runs", "2");
  expect({ code, error }).toEqual({ code: 0, error: "" });
  expect(out).toMatch(/^net\n/);
  expect(out).toMatch(/^ {2}train {2}gradients {2}ok {6}1 tensor at 2 points \(batch 1, 3\): worst \S+ of the slope$/m);
  expect(out).toMatch(/^ {2}train {2}wasm {7}ok {6}4 training steps \(batch 1, 3, 5, 8\), \d+ tensors: worst/m);
});

test("a wrong rule is shown at its line", async () => {
  project = makeProject({ "net.model.ts": file(".neg()") });
  const { code, out } = await check("net.model.ts");
  expect(code).toBe(1);
  expect(out).toMatch(/train {2}gradients {2}failed {2}wrong for w/);
  expect(out).toMatch(
    /error\[wrong-gradient\]: customGradient: the rule's gradient for input 1 is (-?)\d\S+, finite differences say (?!\1)-?\d\S+ \(z: \[\S+\]\)\n {2}at net\.model\.ts:6:11\n/,
  );
  expect(out).toContain(" > 6 | const y = customGradient(");
});

test("numbers are checked, and a file is needed", async () => {
  project = makeProject({ "net.model.ts": file("") });
  expect((await check("net.model.ts", "--runs", "0")).error).toContain(
    "--runs must be a whole number from 1, but is 0",
  );
  expect((await check("net.model.ts", "--seed", "x")).error).toContain(
    "--seed must be a whole number from 0, but is x",
  );
  expect((await check()).error).toContain("check needs a model file");
});

test("in a test: a model, or its file", async () => {
  const { customGradient, input, minimize, model, param, sgd, uniform } = optimc;
  const z = input("x", ["batch", 3]).mul(param("w", [3], uniform(0.5, 1)));
  const made = (sign: number): optimc.Model =>
    model("net", {
      dims: { batch: 8 },
      functions: {
        train: minimize(customGradient(z.sin(), z, (dy) => dy.mul(z.cos()).mul(sign)).sum(), sgd({ lr: 0.1 })),
      },
    });
  expect(await checkGradients(made(1))).toMatch(/^net\n/);
  const fault = await checkGradients(made(-1)).then(
    () => expect.fail("it passed"),
    (error: unknown) => error,
  );
  expect(fault).toBeInstanceOf(CheckError);
  expect(String(fault)).toMatch(/CheckError: net\n[^]*customGradient: the rule's gradient for input 1 is/);
  await expect(checkGradients("nowhere.model.ts")).rejects.toThrow("there is no file nowhere.model.ts");
});

test("in a test: what is no model, no number and no option is refused", async () => {
  const { input, minimize, model, param, sgd, uniform } = optimc;
  const loss = input("x", [3])
    .mul(param("w", [3], uniform(0.5, 1)))
    .sum();
  const made = model("net", { functions: { train: minimize(loss, sgd({ lr: 0.1 })) } });
  const given = checkGradients as (...parameters: readonly unknown[]) => Promise<string>;
  for (const [parameters, message, found] of [
    [[made, { runs: "x" }], "'runs' is not a whole number from 1", 'the string "x"'],
    [[made, { runs: 0 }], "'runs' is not a whole number from 1", "the number 0"],
    [[made, { runs: 1.5 }], "'runs' is not a whole number from 1", "the number 1.5"],
    [[made, { seed: -1 }], "'seed' is not a whole number from 0", "the number -1"],
    [[made, { run: 2 }], "there is no option 'run'", "run"],
    [[made, null], "the options are not an object", "null"],
    [[], "neither a model nor the file of one", "undefined"],
    [[3], "neither a model nor the file of one", "the number 3"],
    [[{}], "neither a model nor the file of one", "an object without properties"],
    [[new URL("http://a.b/net.model.ts")], "neither a model nor the file of one", "the URL http://a.b/net.model.ts"],
    [["http://a.b/net.model.ts"], "neither a model nor the file of one", 'the string "http://a.b/net.model.ts"'],
  ] as const) {
    await expect(given(...parameters)).rejects.toMatchObject({
      code: "invalid-argument",
      message: expect.stringContaining(message) as string,
      found,
    });
  }
  await expect(given(made, { runs: 1, seed: undefined })).resolves.toContain("at 1 point");
});
