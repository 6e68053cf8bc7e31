/** docs/reference.md is what the documentation comments say, and reads as they are meant. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(`${root}docs/reference.md`, "utf8");

test("is what the comments say", async () => {
  await promisify(execFile)(process.execPath, ["scripts/reference.mjs", "--check"], { cwd: root });
});

test("no sentence becomes a list, a quotation or a heading where a comment breaks a line", () => {
  expect(page.match(/^(?:\d+[.)]|[+>])\s.*$/gm)).toBeNull();
});

test("names the parameters of each function", () => {
  expect(page.match(/^#+ `.*\.\.\.parameters.*$/gm)).toBeNull();
});
