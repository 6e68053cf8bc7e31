/**
 * Two whole modules, as they stand beside this file, reviewed like code: a net of two layers, and a block as transformers
 * have it. `npx vitest run test/golden -u` writes them anew; read the difference before you commit it.
 */
import { expect, test } from "vitest";
import { compileModel } from "../../compiler/compile.js";
import { packageJson } from "../../compiler/read/package.js";
import { readModel } from "../../compiler/read/read.js";
import { isModel } from "../../compiler/model/model.js";
import * as optimc from "../../src/index.js";
import { fileURLToPath } from "node:url";

test.each(["two-layer-net", "block"])("%s", async (name) => {
  const file = fileURLToPath(new URL(`${name}.model.ts`, import.meta.url));
  const { model, nameAt } = await readModel(file, { modules: { optimc }, isModel });
  const { javascript } = compileModel(model, { name, nameAt, source: `${name}.model.ts`, targets: ["js"] });
  // A new version changes no other line.
  const text = javascript.replace(`optimc ${packageJson().version} `, "optimc ");
  await expect(text).toMatchFileSnapshot(`${name}.js`);
  expect(text.split("\n").filter((line) => line.length > 120)).toEqual([]);
});
