/** docs/the-net.md: its program runs as it stands there, on both targets, and is refused with the words that it shows. */
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { moduleOf } from "../../compiler/check/instance.js";
import { emitModule } from "../../compiler/emit/module.js";
import type { Model } from "../../compiler/model/model.js";
import { compileProgram } from "../../compiler/compile.js";
import { isModel } from "../../compiler/model/model.js";
import { readModel } from "../../compiler/read/read.js";
import * as optimc from "../../src/index.js";
import { makeProject } from "../read/project.js";
import { eachTarget } from "../targets.js";

const page = readFileSync(new URL("../../docs/the-net.md", import.meta.url), "utf8");
const blocks = (language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, "g"))].map(([, text]) => text as string);
const project = makeProject();
afterAll(() => project.remove());

/** The page's lines in one function; those that end with words of an error must be refused with them. */
const program = blocks("js")
  .join("\n")
  .replace(/^(net\..*); \/\/ (digits\..*)$/gm, (_, call: string, words: string) => {
    return `refused(() => ${call}, ${JSON.stringify(words)});`;
  });

it("shows refusals", () => expect(program.match(/^refused/gm)).toHaveLength(4));

it("names every option of create, and what every instance has", () => {
  const types = readFileSync(new URL("../../runtime/types.ts", import.meta.url), "utf8");
  const members = (name: string): string[] =>
    [
      ...(new RegExp(`interface ${name}(?:<[^{]*>)? \\{([\\s\\S]*?)\\n\\}`).exec(types)?.[1] ?? "").matchAll(
        /^ {2}(?:readonly )?(\w+)/gm,
      ),
    ].map(([, member]) => member as string);
  expect(members("CreateOptions").length).toBeGreaterThan(4);
  for (const option of members("CreateOptions")) expect(page).toContain(`\n| \`${option}\``);
  for (const member of members("Instance")) expect(page).toContain(`net.${member}`);
});

describe.each(eachTarget)("on %s", (_, target) => {
  it("runs as it stands there", async () => {
    const file = project.write(`digits.model.ts`, blocks("ts")[0] as string);
    const { model } = await readModel(file, { modules: { optimc }, isModel });
    const compiled = compileProgram(model as Model, { target });
    const { parts } = emitModule([compiled], { source: "digits.model.ts", version: "0", inline: true });
    const refused = (call: () => unknown, words: string) => expect(call).toThrow(new TypeError(words));
    const run = new Function(
      "digits",
      "refused",
      `return (async () => { ${program}; return { net, other, loss, logits, digit, scores, loaded, kept, skipped }; })()`,
    ) as (digits: unknown, refused: unknown) => Promise<Record<string, unknown>>;
    const found = await run(moduleOf(parts), refused);
    expect(found["loss"]).toBeGreaterThan(0);
    expect(found["logits"]).toHaveLength(6);
    expect(found["digit"]).toBeInstanceOf(Int32Array);
    expect(found["scores"]).toEqual(found["logits"]);
    expect(found["loaded"]).toContain("parameters.hidden.bias");
    expect(found["kept"]).toContain("parameters.hidden.weight");
    expect(found["skipped"]).toEqual([]);
  });
});
