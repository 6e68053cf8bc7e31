/** Every model that the README shows compiles, is typed as it should be, and trains. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dist } from "../cli/dist.js";
import { isLong, onlyInAll } from "../runs.js";

const root = new URL("../../", import.meta.url).pathname;
const folder = join(root, "test/end/generated");
const readme = readFileSync(join(root, "README.md"), "utf8");
const models = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)]
  .map((match) => match[1] as string)
  .filter((text) => text.includes("export default model("))
  .map((text) => [/model\("([^"]+)"/.exec(text)?.[1] as string, text] as const);

let cli = "";
const optimc = (...args: string[]) => spawnSync(process.execPath, [cli, ...args], { encoding: "utf8", cwd: folder });

beforeAll(async () => {
  cli = `${await dist()}cli/main.js`;
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of models) writeFileSync(join(folder, `${name}.model.ts`), text);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the README's models", () => {
  it("are there", () => expect(models.map(([name]) => name)).toEqual(["two-layer-net", "reader"]));

  it.each(models)("%s builds, and an up-to-date build writes nothing", (name) => {
    const built = optimc("build", `${name}.model.ts`);
    expect(built.stderr).toBe("");
    expect(built.status).toBe(0);
    const outputs = ["js", "d.ts", "wasm", "relaxed.wasm", "manifest.json"].map((end) =>
      join(folder, `${name}.${end}`),
    );
    expect(outputs.filter((each) => !existsSync(each))).toEqual([]);
    const times = outputs.map((each) => statSync(each).mtimeMs);
    expect(optimc("build", "--check", `${name}.model.ts`).status).toBe(0);
    expect(optimc("build", "--force", `${name}.model.ts`).status).toBe(0);
    expect(outputs.map((each) => statSync(each).mtimeMs)).toEqual(times);
  });

  it.skipIf(!isLong).each(models)(onlyInAll("%s explains and prints itself"), (name) => {
    expect(optimc("explain", `${name}.model.ts`).stdout).toContain("updates, for which");
    for (const stage of ["graph", "gradient", "update", "groups", "steps", "kernels", "wat", "memory"]) {
      const printed = optimc("print", `${name}.model.ts`, "--stage", stage);
      expect([printed.status, printed.stderr]).toEqual([0, ""]);
      expect(printed.stdout.length).toBeGreaterThan(200);
    }
  });

  it("become the kernels that it shows", () => {
    const emitted = readFileSync(join(folder, "two-layer-net.js"), "utf8");
    const kernels = [...readme.matchAll(/```js\n(\/\*\*[\s\S]*?)```/g)].map((match) => match[1] as string);
    expect(kernels).toHaveLength(2);
    for (const kernel of kernels) {
      // A list of parameters may be shortened.
      const lines = kernel
        .trim()
        .split("\n")
        .filter((line) => !line.includes("/* ... */"));
      expect(lines.filter((line) => !emitted.includes(line))).toEqual([]);
    }
  });

  it("keep to a budget or say by how much they do not", () => {
    const over = optimc("build", "--force", "--budget", "1KB", "two-layer-net.model.ts");
    expect(over.status).toBe(1);
    expect(over.stderr).toContain("over-budget");
    expect(optimc("build", "--force", "--budget", "3MB", "two-layer-net.model.ts").status).toBe(0);
  });

  it("train, from the module that the command wrote", () => {
    writeFileSync(
      join(folder, "main.mjs"),
      `import module from "./two-layer-net.js";
       const net = await module.create({ seed: 1 });
       const [x, y] = [new Float32Array(64000).fill(0.5), new Float32Array(640).fill(1)];
       const losses = Array.from({ length: 60 }, () => net.train({ x, y }).loss);
       console.log(net.target, losses.every((loss, i) => i === 0 || loss < losses[i - 1]), net.predict({ x: x.subarray(0, 3000) }).prediction.length);`,
    );
    // The dist of this checkout is what the module's import of optimc/runtime finds.
    expect(execFileSync(process.execPath, [join(folder, "main.mjs")], { encoding: "utf8" }).trim()).toBe(
      "wasm true 30",
    );
  });
});
