/**
 * docs/errors.md cannot lie: each example is written to a folder, its command run, and what is printed compared. With
 * UPDATE_ERRORS=1 the page takes over what is printed.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import * as compiler from "../../compiler/compile.js";
import { codes } from "../../compiler/diagnostics.js";
import { run } from "../../cli/run.js";
import * as optimc from "../../src/index.js";
import { defineOp, type OpDefinition } from "../../compiler/ir/op.js";
import { select, type Scalar } from "../../compiler/ir/scalar.js";
import { where } from "../../compiler/ops/where.js";
import { dist } from "../cli/dist.js";
import { makeProject, type Project } from "../read/project.js";

const page = new URL("../../docs/errors.md", import.meta.url);
let text = readFileSync(page, "utf8");
const update = process.env["UPDATE_ERRORS"] === "1";

interface Example {
  readonly code: string;
  readonly files: Readonly<Record<string, string>>;
  readonly command: string;
  readonly printed: string;
  readonly fix: string | undefined;
}

const examples = text
  .split(/^### /m)
  .slice(1)
  .map((section): Example => {
    const blocks = [...section.matchAll(/```\w+\n([\s\S]*?)```/g)].map(([, block]) => block as string);
    const files = blocks.flatMap((block) => {
      const [, name, content] = /^\/\/ (\S+)\n([\s\S]*)$/.exec(block) ?? [];
      return name === undefined ? [] : [[name, content as string] as const];
    });
    const [, command = "", printed = ""] = /^\$ optimc (.*)\n([\s\S]*)$/.exec(blocks.at(-1) ?? "") ?? [];
    const [, fix] = /^Fix: (.+)/m.exec(section) ?? [];
    return { code: /^`(.*)`/.exec(section)?.[1] ?? "", files: Object.fromEntries(files), command, printed, fix };
  });

/** `where` with its sides exchanged in what is compiled: a defect for the page to show. */
const exchanged = defineOp({
  ...(where.definition as unknown as OpDefinition),
  lowering: {
    kind: "elementwise",
    scalar: ([condition, x, y]) => select(condition as Scalar, y as Scalar, x as Scalar),
  },
});

async function printedBy({
  code: wanted,
  files,
  command,
}: Example): Promise<{ readonly code: number; readonly text: string }> {
  const project = makeProject(files);
  // The example ends its process.
  if (wanted === "model-file-ended") return printedApart(project, command);
  try {
    const lines: string[] = [];
    const code = await run(command.split(" "), {
      // `check` prints faults in its report.
      terminal: {
        out: (line) => void (command.startsWith("check") && lines.push(line)),
        error: (line) => void lines.push(line),
        color: false,
        cwd: project.folder,
      },
      loadCompiler: () => Promise.resolve(compiler),
      read: { modules: { optimc: wanted === "wrong-value" ? { ...optimc, where: exchanged } : optimc } },
    });
    const said = lines.join("\n").replaceAll(`${project.folder}/`, "").replaceAll(project.folder, "the folder");
    // The copy of the package, and the file that a write goes through, have no place of their own.
    const stable = said
      .replace(/file:\/\/\S*?(?=\n)/, "file:///project/node_modules/optimc/")
      .replace(/\.\d+\.tmp/g, ".tmp");
    return { code, text: `${stable.replace(/[ \t]+$/gm, "")}\n` };
  } finally {
    project.remove();
  }
}

async function printedApart(project: Project, command: string): Promise<{ code: number; text: string }> {
  try {
    const main = `${await dist()}cli/main.js`;
    const { status, stderr } = spawnSync(process.execPath, [main, ...command.split(" ")], {
      cwd: project.folder,
      encoding: "utf8",
    });
    return { code: status ?? -1, text: stderr };
  } finally {
    project.remove();
  }
}

test("every code has an example, in the order of the list", () => {
  expect(examples.map(({ code }) => code)).toEqual(Object.keys(codes));
});

test.each(examples.map((example) => [example.code, example] as const))(
  "%s",
  async (code, example) => {
    const { text: printed, code: exit } = await printedBy(example);
    expect(exit).toBe(1);
    const report = example.command.startsWith("check") ? /^.*?\n\n(?=error)/s : /^/;
    expect(printed.replace(report, "").startsWith(`error[${code}]: `), printed).toBe(true);
    expect(example.fix).toBeDefined();
    if (update) {
      const start = text.indexOf(`$ optimc ${example.command}\n`, text.indexOf(`### \`${code}\``));
      const end = text.indexOf("```", start);
      text = `${text.slice(0, start)}$ optimc ${example.command}\n${printed}${text.slice(end)}`;
    } else expect(printed).toBe(example.printed);
  },
  180_000,
);

afterAll(() => {
  if (update) writeFileSync(page, text);
});
