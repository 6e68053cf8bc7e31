import { readFileSync } from "node:fs";
import { afterEach, expect, expectTypeOf, test } from "vitest";
import { configurable, input, linear, model, type Configurable, type Model } from "../../src/index.js";
import { makeProject, type Project } from "../read/project.js";
import { optimc } from "./command.js";

let project: Project;
afterEach(() => project?.remove());

const net = `import { configurable, model } from "optimc";
export default configurable({ hidden: 100, name: "net", wide: false }, ({ hidden, name, wide }) => {
  if (hidden === 13) throw new RangeError("unlucky");
  return model(name, { total: wide ? hidden * 2 : hidden });
});
`;

const manifest = () =>
  JSON.parse(readFileSync(project.path("net.manifest.json"), "utf8")) as {
    readonly total: number;
    readonly values: object;
  };

const build = (...defines: string[]) =>
  optimc(project, "build", "net.model.ts", ...defines.flatMap((define) => ["--define", define]));

test("--define sets values by the types of their defaults, and the manifest records them", async () => {
  project = makeProject({ "net.model.ts": net });
  expect((await build()).code).toBe(0);
  expect(manifest()).toMatchObject({ total: 100, values: { hidden: 100, name: "net", wide: false } });

  expect((await build("hidden=6.4e1", "wide=true", "name=a=b")).code).toBe(0);
  expect(manifest()).toMatchObject({ total: 128, values: { hidden: 64, name: "a=b", wide: true } });
  expect(readFileSync(project.path("net.js"), "utf8")).toContain('"a=b"');
  // The last of a name counts.
  await build("hidden=1", "hidden=2");
  expect(manifest().values).toMatchObject({ hidden: 2 });
});

test("a build is up to date with the values that it was built with", async () => {
  project = makeProject({ "net.model.ts": net });
  expect((await build("hidden=64", "wide=true")).compilations).toBe(1);
  expect((await build("wide=true", "hidden=64")).compilations).toBe(0);
  expect((await build("hidden=65", "wide=true")).compilations).toBe(1);
  expect((await build()).compilations).toBe(1);
  expect((await build()).compilations).toBe(0);
});

test.each([
  [["hiden=1"], "the model has no value 'hiden' to set", "did you mean hidden?"],
  [["toString=1"], "the model has no value 'toString' to set", "expected: hidden, name, wide"],
  [["hidden=wide"], "the value of 'hidden' does not have the type of its default, 100", 'found:    "wide"'],
  [["hidden="], "the value of 'hidden' does not have the type", "expected: a finite number"],
  [["hidden=Infinity"], "the value of 'hidden' does not have the type", "expected: a finite number"],
  [["wide=1"], "the value of 'wide' does not have the type of its default, false", "expected: true or false"],
  [["hidden=13"], "the model file threw RangeError: unlucky\n  at net.model.ts:3:28", "unlucky"],
])("refused: --define %j", async (defines, message, more) => {
  project = makeProject({ "net.model.ts": net });
  const { code, error } = await build(...defines);
  expect(code).toBe(1);
  expect(error).toContain(message);
  expect(error).toContain(more);
});

test("of a model that has no values, and in the wrong form", async () => {
  project = makeProject({
    "net.model.ts": `import { model } from "optimc";\nexport default model("net", { total: 1 });\n`,
  });
  expect((await build("hidden=1")).error).toContain("error[invalid-define]: the model has no values, but 'hidden'");
  expect(await build("hidden")).toMatchObject({
    code: 2,
    error: expect.stringContaining("--define hidden is not of the form NAME=VALUE") as string,
  });
  project.write("net.model.ts", `import { model } from "optimc";\nexport default () => model("net", {});\n`);
  const { error } = await build();
  expect(error).toContain("the default export of net.model.ts is not a model");
  expect(error).toContain("configurable({ hidden: 100 }, ({ hidden }) => model(...))");
});

test("the configuration sets values too, for all models and for one, and the command line wins", async () => {
  project = makeProject({
    "net.model.ts": net,
    "optimc.config.ts": `export default {
  models: [{ file: "net.model.ts", define: { hidden: 3 } }],
  define: { hidden: 2, wide: true },
};\n`,
  });
  await optimc(project, "build");
  expect(manifest().values).toEqual({ hidden: 3, name: "net", wide: true });
  await build("hidden=4");
  expect(manifest().values).toEqual({ hidden: 4, name: "net", wide: true });
  project.write("optimc.config.ts", `export default { define: {\n  wide: "true" } };\n`);
  const { error } = await build();
  expect(error).toContain(
    "error[invalid-define]: the value of 'wide' does not have the type of its default, false\n  at optimc.config.ts:2:3",
  );
});

test("print and explain take values too", async () => {
  project = makeProject({ "net.model.ts": net });
  expect((await optimc(project, "explain", "net.model.ts", "--define", "name=other")).out).toEqual(["why other is so"]);
  expect((await optimc(project, "print", "net.model.ts", "--define=name=other")).out).toEqual(["the graph of other"]);
});

test("in a program it is a function of the values, which are typed by their defaults", () => {
  const make = configurable({ hidden: 100, activation: "relu", bias: true }, (values) => {
    expectTypeOf(values).toEqualTypeOf<{
      readonly hidden: number;
      readonly activation: string;
      readonly bias: boolean;
    }>();
    const x = input("x", ["batch", 3]);
    const layer = linear("layer", 3, values.hidden);
    return model("net", { dims: { batch: 2 }, functions: { predict: { y: layer(x) } } });
  });
  expectTypeOf(make).toEqualTypeOf<
    Configurable<{ readonly hidden: number; readonly activation: string; readonly bias: boolean }>
  >();
  expectTypeOf(make({ hidden: 64 })).toEqualTypeOf<Model>();
  // @ts-expect-error -- no such value
  expect(() => make({ hiden: 64 })).toThrow("the model has no value 'hiden' to set");
  // @ts-expect-error -- a number
  expect(() => make({ hidden: "64" })).toThrow("does not have the type of its default");
  expect(make({ hidden: 64 }).parameters["layer.weight"]?.shape.map(({ key }) => key)).toEqual(["64", "3"]);
  expect(make().parameters["layer.weight"]?.shape[0]?.key).toBe("100");
  expect(make.defaults).toEqual({ hidden: 100, activation: "relu", bias: true });
  expect(() => configurable({ "a b": 1 }, () => make())).toThrow("a value has no usable name");
  expect(() => configurable({ a: NaN }, () => make())).toThrow("the default of 'a' is not usable");
});
