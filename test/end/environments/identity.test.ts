/** One build and one seed give the same bits in every engine, on each target. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromium, openBrowser } from "./browser.js";
import { engines, runScript, runWorker, workerd } from "./engines.js";
import { makeSite, type Site } from "./site.js";
import { isLong, onlyInAll } from "../../runs.js";

interface Trained {
  readonly target: string;
  readonly first: number;
  readonly last: number;
  readonly bytes: number;
  readonly hash: string;
}

const names = ["net32", "net64"] as const;
const targets = ["wasm", "js"] as const;

let site: Site;
/** What this Node makes of each. */
let expected: readonly Trained[];
const each = (net: string, target: string, options = "") =>
  `train(await ${net}.create({ seed: 7, target: "${target}"${options} }))`;
const all = names.flatMap((net) => targets.map((target) => each(net, target)));
const script = `import { train } from "./train.js";
  ${names.map((net) => `import ${net} from "./both/${net}.js";`).join("\n")}
  console.log(JSON.stringify([${all.join()}]));`;

beforeAll(async () => {
  site = await makeSite(names);
  expected = await runScript(engines[0]!, site, script);
});
afterAll(() => site?.remove());

describe.skipIf(!isLong)(onlyInAll("200 steps"), () => {
  it("train, on both targets and in both precisions", () => {
    expect(expected.map(({ target }) => target)).toEqual(["wasm", "js", "wasm", "js"]);
    for (const { first, last, bytes } of expected) {
      expect(last).toBeLessThan(first / 2);
      expect(bytes).toBeGreaterThan(10_000);
    }
  });

  describe("give the same bits", () => {
    for (const engine of engines) {
      it.skipIf(!engine.path)(`in ${engine.name}`, async () => {
        expect(await runScript(engine, site, script)).toEqual(expected);
      });
    }

    it.skipIf(!workerd)("in workerd", async () => {
      const imports = `import { train } from "./train.js";
        ${names.map((net) => `import ${net} from "./both/${net}.js";`).join("\n")}
        ${names.map((net) => `import ${net}Wasm from "./both/${net}.wasm";`).join("\n")}`;
      const trained = names.flatMap((net) => [each(net, "wasm", `, module: ${net}Wasm`), each(net, "js")]);
      expect(await runWorker(site, imports, `console.log(JSON.stringify([${trained.join()}]));`)).toEqual(expected);
    });

    it.skipIf(!chromium)("in Chromium", async () => {
      const browser = await openBrowser(site);
      try {
        const found = await browser.run(
          `const { train } = await import("/train.js");
           ${names.map((net) => `const { default: ${net} } = await import("/both/${net}.js");`).join("\n")}
           return [${all.join()}];`,
        );
        expect(found).toEqual(expected);
      } finally {
        await browser.close();
      }
    });
  });
});
