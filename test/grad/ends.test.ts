/** A loss that no gradient leaves trains nothing, and the build says where the way ends; of single parameters it warns. */
import { afterEach, describe, expect, it } from "vitest";
import * as compiler from "../../compiler/compile.js";
import { isOptimcError, type OptimcError } from "../../compiler/diagnostics.js";
import { isModel } from "../../compiler/model/model.js";
import { readModel } from "../../compiler/read/read.js";
import { run } from "../../cli/run.js";
import * as optimc from "../../src/index.js";
import { makeProject, type Project } from "../read/project.js";

const projects: Project[] = [];
afterEach(() => projects.splice(0).forEach((each) => each.remove()));

const file = (text: string, train: string) => `
import { accuracy, adamw, customGradient, gradient, input, lbfgs, linear, minimize, model, param, sgd, stopGradient, where } from "optimc";
const x = input("x", ["batch", 8]);
const labels = input("labels", ["batch"], "int32");
const layer = linear("layer", 8, 3);
const other = param("other", [3], 1);
const scores = layer(x);
${text}
export default model("net", { dims: { batch: 4 }, functions: { train: ${train} } });
`;

function projectOf(text: string): Project {
  const project = makeProject({ "net.model.ts": text });
  projects.push(project);
  return project;
}

async function compiled(text: string): Promise<readonly OptimcError[] | OptimcError> {
  const project = projectOf(text);
  const { model, nameAt } = await readModel(project.path("net.model.ts"), { modules: { optimc }, isModel });
  try {
    return compiler.compileModel(model, { name: "net", targets: ["js"], source: "net.model.ts", nameAt }).warnings;
  } catch (error) {
    if (isOptimcError(error)) return error;
    throw error;
  }
}

describe("a loss that no gradient leaves is an error, which names where the way ends", () => {
  it.each([
    ["accuracy(scores, labels)", "argmax"],
    ["scores.argmax(-1).eq(labels).toFloat().mean()", "argmax"],
    ["scores.round().sum()", "round"],
    ["scores.floor().square().mean()", "floor"],
    ["scores.sign().mean()", "sign"],
    ["scores.toInt().toFloat().mean()", "toInt"],
    ["scores.gt(0).toFloat().mean()", "lt"],
    ["stopGradient(scores).square().mean()", "stopGradient"],
    ["scores.argsort().toFloat().mean()", "argsort"],
    ["where(scores.lt(0), 1, 2).mean()", "lt"],
  ])("%s", async (loss, end) => {
    for (const by of ["adamw()", "lbfgs()"]) {
      const error = (await compiled(file(`const loss = ${loss};`, `minimize(loss, ${by})`))) as OptimcError;
      expect(error).toMatchObject({
        code: "no-gradient",
        message: "train: no gradient of the loss reaches any parameter, so that nothing would be trained",
        found: `a loss to which they go through ${end} alone, which no gradient passes`,
        place: { line: 9 },
      });
      expect(error.related).toMatchObject([{ label: `the gradient ends in ${end}`, place: { line: 8 } }]);
    }
  });

  it("shows the first of several ends", async () => {
    const text = file(
      "const loss = scores.round().sum().add(stopGradient(other).sum());",
      "minimize(loss, sgd({ lr: 1 }))",
    );
    const error = (await compiled(text)) as OptimcError;
    expect(error.found).toBe("a loss to which they go through round and stopGradient alone, which no gradient passes");
    expect(error.related).toHaveLength(2);
  });
});

describe("a parameter that no gradient reaches is a warning", () => {
  const half = "const loss = scores.mul(stopGradient(other)).square().mean();";
  it.each([
    ["minimize(loss, adamw())", "list those to train as params"],
    ["minimize(loss, adamw(), { params: [layer.weight, other] })", "leave it out of params"],
    ['minimize(loss, adamw({ groups: { rest: { match: "other", lr: 1 } } }))', "list those to train as params"],
  ])("%s", async (train, hint) => {
    const warnings = (await compiled(file(half, train))) as readonly OptimcError[];
    expect(warnings).toMatchObject([
      {
        code: "no-gradient",
        message: "train: no gradient reaches other",
        related: [{ label: "the gradient ends in stopGradient" }],
      },
    ]);
    expect(warnings[0]?.hint).toContain(hint);
  });

  it.each([
    ["parameters that are not trained", half, "minimize(loss, adamw(), { params: [layer.weight, layer.bias] })"],
    ["a gradient that flows beside what stops", "const loss = scores.sub(stopGradient(scores.round())).square().mean();", "minimize(loss, adamw())"],
    ["a rule of the user's", "const loss = customGradient(scores.round(), scores, (dy: never) => dy).square().mean();", "minimize(loss, adamw())"],
    ["gradients within the loss", "const loss = gradient(scores.square().sum(), x).square().mean();", "minimize(loss, adamw())"],
    ["a pure function, whose gradient is 0 as its documentation says", "const slope = gradient(scores.round().sum(), layer.weight);", "{ slope }"],
  ])("not of %s", async (_, text, train) => {
    expect(await compiled(file(text, train))).toEqual([]);
  }); // prettier-ignore

  it("is printed, is in the document, and is repeated by a build that is up to date", async () => {
    const project = projectOf(file(half, "minimize(loss, adamw())"));
    const build = async (...more: string[]) => {
      const [out, error]: [string[], string[]] = [[], []];
      const code = await run(["build", "net.model.ts", ...more], {
        terminal: {
          out: (line) => void out.push(line),
          error: (line) => void error.push(line),
          color: false,
          cwd: project.folder,
        },
        loadCompiler: () => Promise.resolve(compiler),
        read: { modules: { optimc } },
      });
      return { code, out: out.join("\n"), error: error.join("\n") };
    };
    const first = await build();
    expect(first.code).toBe(0);
    expect(first.error).toMatch(/^warning\[no-gradient\]: train: no gradient reaches other\n {2}at net\.model\.ts:9:/);
    expect(first.error).toContain("the gradient ends in stopGradient: net.model.ts:8:");
    const second = await build();
    expect(second).toMatchObject({ code: 0, error: first.error, out: expect.stringMatching(/^unchanged/) as string });
    const { out } = await build("--format", "json");
    const document = JSON.parse(out) as { diagnostics: unknown[] };
    expect(document.diagnostics).toMatchObject([
      {
        severity: "warning",
        code: "no-gradient",
        file: "net.model.ts",
        line: 9,
        related: [{ file: "net.model.ts", line: 8 }],
      },
    ]);
    expect((await build("--check")).code).toBe(0);
  });
});
