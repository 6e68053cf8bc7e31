/** One module where WebAssembly may be compiled and where it may not, in an engine that enforces it. */
import { createContext, runInContext } from "node:vm";
import { buildSync } from "esbuild";
import { describe, expect, it } from "vitest";
import type { TargetName } from "../../compiler/compile.js";
import { hasRelaxedSimd } from "../../compiler/targets/wasm/prove.js";
import { compiled } from "./emit.js";
import { twoLayerNet } from "./nets.js";
import { runInProcess } from "./process.js";

const model = twoLayerNet(9, 5, 2, 4);

const main = `
  const inputs = { x: Array.from({ length: 36 }, (_, i) => i / 36), y: [1, 2, 3, 4, 5, 6, 7, 8] };
  const train = (instance) => {
    for (let step = 0; step < 20; step++) instance.train(inputs);
    return instance.train(inputs).loss;
  };`;

/** The target that a page with this policy runs on, and its loss. */
async function page(wasm: boolean, targets: readonly TargetName[]): Promise<readonly [string, number]> {
  const { outputFiles } = buildSync({
    stdin: {
      contents: `${compiled(model, targets, { inline: true }).javascript.replace("export default", "const net =")}
        ${main}
        export const result = net.create({ seed: 3 }).then((instance) => [instance.target, train(instance)]);`,
      resolveDir: import.meta.dirname,
      loader: "js",
    },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "page",
    alias: { "optimc/runtime": new URL("../../runtime/default.ts", import.meta.url).pathname },
  });
  const context = createContext({ atob }, { codeGeneration: { strings: false, wasm } });
  const text = (outputFiles[0] as { text: string }).text;
  return (await runInContext(`${text};page.result`, context)) as readonly [string, number];
}

describe("a page", () => {
  it("runs WebAssembly where its policy allows it, and JavaScript where it does not", async () => {
    const [allowed, forbidden] = [await page(true, ["js", "wasm"]), await page(false, ["js", "wasm"])];
    expect([allowed[0], forbidden[0]]).toEqual(["wasm", "js"]);
    expect(allowed[1]).toBeCloseTo(forbidden[1], 3);
  });

  it("that has WebAssembly alone says what to allow", async () => {
    await expect(page(false, ["wasm"])).rejects.toThrow(
      /two-layer-net\.create: .*disallowed.*: allow 'wasm-unsafe-eval' in the content security policy, or build with --target js,wasm/,
    );
  });
});

describe("an engine", () => {
  const create = `${main}
    const instance = await net.create({ seed: 3 });
    console.log(instance.target, train(instance) === train(net.createSync({ seed: 3 })));`;

  it("without WebAssembly runs JavaScript", () => {
    expect(runInProcess(model, create)).toBe("wasm true");
    expect(runInProcess(model, create, { flags: ["--jitless"] })).toBe("js true");
  });

  it("with relaxed SIMD runs it where that is allowed", () => {
    const relaxed = create.replaceAll("seed: 3", "seed: 3, relaxed: true");
    const flags = hasRelaxedSimd() ? [] : ["--experimental-wasm-relaxed-simd"];
    expect(runInProcess(model, relaxed, { flags })).toBe("wasm-relaxed true");
  });
});
