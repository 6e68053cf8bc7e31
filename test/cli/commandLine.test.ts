/** docs/command-line.md against the tables of the parser. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { commands } from "../../cli/run.js";

const text = readFileSync(new URL("../../docs/command-line.md", import.meta.url), "utf8");

/** The first column of the tables in a part of the text, without its heads. */
const rowsOf = (part: string) => [...part.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, first]) => first as string);

test("names every command, and no other", () => {
  const [introduction = ""] = text.split(/^## /m);
  expect(rowsOf(introduction).sort()).toEqual(Object.keys(commands).sort());
});

test.each(Object.entries(commands))("names every option of %s with its value, and no other", async (name, { load }) => {
  const part = new RegExp(`^## ${name}\\n([^]*?)(?=^## |$(?![^]))`, "m").exec(text)?.[1] ?? "";
  const { options } = await load();
  const expected = Object.entries(options).map(([option, { value }]) => `--${option}${value ? ` ${value}` : ""}`);
  expect(
    rowsOf(part)
      .filter((row) => row.startsWith("--"))
      .sort(),
  ).toEqual(expected.sort());
});

test("every section on an option is one of build's", async () => {
  const { options } = await commands["build"]!.load();
  for (const [, name] of text.matchAll(/^### --(\S+)/gm)) expect(Object.keys(options)).toContain(name);
});
