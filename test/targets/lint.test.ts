/** Emitted modules and the runtime keep to the arithmetic that is the same in every engine: the lint rule says so. */
import { ESLint } from "eslint";
import { describe, expect, it } from "vitest";
import { emit } from "../end/emit.js";
import { classifier, twoLayerNet } from "../end/nets.js";

const eslint = new ESLint({ cwd: new URL("../..", import.meta.url).pathname });

async function faults(text: string, filePath: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath });
  return (result?.messages ?? [])
    .filter(({ ruleId }) => ruleId === "no-restricted-syntax")
    .map(({ message }) => message);
}

describe("own mathematics", () => {
  it.each([
    ["two-layer net", twoLayerNet(20, 7, 3, 5)],
    ["classifier in float32", classifier("float32")],
    ["classifier in float64", classifier("float64")],
  ] as const)("%s", async (_, model) => {
    expect(await faults(emit(model), "net.emitted.js")).toEqual([]);
  });

  it.each(["Math.exp(1)", "Math.pow(2, 3)", "2 ** 3", "Math.max(1, 2)", "Math.PI"])("%s is refused", async (text) => {
    expect(await faults(`export const x = ${text};`, "net.emitted.js")).toHaveLength(1);
    expect(await faults(`export const x = ${text};`, "runtime/x.ts")).toHaveLength(1);
  });
});
