/** What a build leaves out, and files of two builds that lie beside each other. */
import { readdirSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { compileModel } from "../../compiler/compile.js";
import { isModel } from "../../compiler/model/model.js";
import { run } from "../../cli/run.js";
import type { Module } from "../../runtime/types.js";
import * as dsl from "../../src/index.js";
import { makeProject, type Project } from "../read/project.js";
import { modelText, optimc } from "./command.js";

const outputs = (project: Project): string[] =>
  readdirSync(project.folder)
    .filter((name) => name.startsWith("net.") && !name.endsWith(".ts"))
    .sort();

let project: Project;
beforeEach(
  () => void (project = makeProject({ "net.model.ts": modelText("net"), "package.json": '{ "type": "module" }' })),
);
afterEach(() => project.remove());

describe("relaxed code", () => {
  it("is left out where that is asked for, on the command line or in the configuration", async () => {
    await optimc(project, "build", "net.model.ts");
    expect(outputs(project)).toContain("net.relaxed.wasm");
    const { out } = await optimc(project, "build", "net.model.ts", "--no-relaxed");
    expect(out).toContain("removed    net.relaxed.wasm");
    expect(outputs(project)).toEqual(["net.js", "net.manifest.json", "net.wasm"]);
    expect((await optimc(project, "build", "net.model.ts", "--no-relaxed")).compilations).toBe(0);

    project.write("optimc.config.ts", "export default { relaxed: false };");
    expect(outputs(project)).not.toContain("net.relaxed.wasm");
    expect((await optimc(project, "build", "net.model.ts", "--relaxed")).out).toContain(
      "wrote      net.relaxed.wasm  30 bytes",
    );
    project.write("optimc.config.ts", 'export default { relaxed: "no" };');
    expect((await optimc(project, "build", "net.model.ts")).error).toContain("expected: true or false");
  });
});

/** A model whose WebAssembly is another for another width. */
const source = (width: number) => `import { input, linear, minimize, model, sgd } from "optimc";
const x = input("x", ["batch", ${width}]);
const loss = linear("layer", ${width}, 2)(x).square().sum();
export default model("net", { dims: { batch: 4 }, functions: { train: minimize(loss, sgd({ lr: 0.1 })) } });
`;

describe("a build of the compiler's own", () => {
  const build = async (...argv: string[]) => {
    const lines: string[] = [];
    const say = (line: string) => void lines.push(line);
    const code = await run(["build", "net.model.ts", "--standalone", ...argv], {
      terminal: { out: say, error: say, color: false, cwd: project.folder },
      loadCompiler: () => Promise.resolve({ compileModel, isModel }),
      read: { modules: { optimc: dsl } },
    });
    expect({ code, lines }).toMatchObject({ code: 0 });
  };
  let loads = 0;
  const load = async () => {
    // Another address for another content.
    const file = `net.js?${++loads}`;
    const url = new URL(file, pathToFileURL(`${project.folder}/`)).href;
    const { default: module } = (await import(/* @vite-ignore */ url)) as { readonly default: Module };
    return module;
  };

  it("of the strict code alone is smaller inline, and says why it does not fuse", async () => {
    project.write("net.model.ts", source(3));
    await build("--inline");
    const both = readFileSync(project.path("net.js")).length;
    await build("--inline", "--no-relaxed");
    const strict = readFileSync(project.path("net.js"), "utf8");
    expect(both - strict.length).toBeGreaterThan(3000);
    expect(strict.match(/base64:/g)).toHaveLength(1);
    const net = await (await load()).create({ relaxed: true });
    expect([net.target, net.fallback]).toEqual(["wasm", "no relaxed code"]);
  });

  it("that was cut off among its files is refused when it is loaded, and mended by the next build", async () => {
    const files = ["net.js", "net.wasm", "net.relaxed.wasm", "net.d.ts", "net.manifest.json"];
    const bytes = () => new Map(files.map((name) => [name, readFileSync(project.path(name))]));
    project.write("net.model.ts", source(3));
    await build();
    const before = bytes();
    project.write("net.model.ts", source(5));
    await build();
    const after = bytes();
    // Each prefix of the files that a build writes, in its order, and those that two builds at once may leave.
    const orders = [files, [...files].reverse()];
    for (const order of orders)
      for (let cut = 1; cut < files.length; cut++) {
        for (const [at, name] of order.entries()) {
          project.write(name, (at < cut ? after : before).get(name) as never);
        }
        const isMixed = order.indexOf("net.js") < cut !== order.indexOf("net.wasm") < cut;
        const created = (await load()).create();
        if (isMixed) await expect(created).rejects.toThrow(/net\.create: cannot load .*net\.wasm: found \d+ bytes of/);
        else expect((await created).target).toBe("wasm");
        await build();
        for (const [name, content] of bytes()) expect(content.equals(after.get(name)!), name).toBe(true);
        expect((await (await load()).create()).target).toBe("wasm");
      }
  }, 120_000);
});
