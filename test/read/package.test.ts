import { execFileSync } from "node:child_process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { entries, entryUrl } from "../../compiler/read/package.js";
import { dist } from "../cli/dist.js";

const root = new URL("../../", import.meta.url).href;

test("where sources run, model files get the sources", () => {
  expect(entryUrl("optimc")).toBe(`${root}src/index.ts`);
  expect(entryUrl("optimc/runtime")).toBe(`${root}runtime/default.ts`);
  expect(entryUrl("optimc/absent")).toBeUndefined();
  expect(entries()).toEqual(expect.arrayContaining(["optimc", "optimc/runtime"]));
});

test("where dist runs, model files get dist", async () => {
  const file = pathToFileURL(`${await dist()}compiler/read/package.js`).href;
  const script = `import { entryUrl, builtId } from "${file}"; console.log(entryUrl("optimc"), builtId());`;
  const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(out).toMatch(/ [0-9a-f]{64}\n$/);
  expect(fileURLToPath(out.split(" ")[0]!)).toMatch(/[\\/]dist[\\/]src[\\/]index\.js$/);
});
