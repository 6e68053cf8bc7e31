/** The house rules on imports, on names of operations and on file sizes, read from the sources. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { ownFolders } from "../compiler/ir/place.js";
import { comparedNames, definedNames } from "./comparedNames.js";

const root = resolve(import.meta.dirname, "..");

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}

/** Everything that a file imports, type-only and dynamic imports included. */
function specifiersOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  const statements = [...text.matchAll(/^(?:import|export)\s(?:[^;"`]*?\sfrom\s)?"([^"]+)";/gm)];
  const dynamic = [...text.matchAll(/\bimport\("([^"]+)"\)/g)];
  return [...statements, ...dynamic].map((match) => match[1] as string);
}

/** The project files among them. */
function importsOf(file: string): string[] {
  return specifiersOf(file)
    .filter((name) => name.startsWith("."))
    .map((name) => relative(root, resolve(root, dirname(file), name.replace(/\.js$/, ".ts"))));
}

/** The folders of the targets. */
const targetNames = (): string[] =>
  readdirSync(join(root, "compiler/targets"), { withFileTypes: true }).flatMap((each) =>
    each.isDirectory() ? [each.name] : [],
  );

const sources = ownFolders.flatMap(filesUnder);
const graph = new Map(sources.map((file) => [file, importsOf(file)]));

const read = (file: string): string => readFileSync(join(root, file), "utf8");
const filesIn = (folders: RegExp): readonly string[] => sources.filter((file) => folders.test(file));

const optimizers = filesIn(/^library\/optimizers\//)
  .flatMap((file) => [...read(file).matchAll(/^export const (\w+) = optimizer\b/gm)])
  .map((match) => match[1] as string);

const operations = filesIn(/^(compiler\/(ops\/|ir\/(op|body)\.ts$)|library\/)/).flatMap((file) =>
  definedNames(file, read(file)),
);

/** Words that rooms without operations use for something else: scalars and statements, kinds of memory, labels. */
const otherWords: ReadonlySet<string> = new Set(["state", "optimizerState", "input", "sum", "extent", "update"]);
const hasOtherMeaning = (name: string): boolean =>
  otherWords.has(name) || quotedIn([name], read("compiler/ir/scalar.ts")).length > 0;

/** Which of the names stand in quotes in a text, or are files that it names; comments aside. */
function namedIn(names: readonly string[], text: string): readonly string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
  return names.filter((name) => new RegExp(`["'\`/]${name}["'\`.]`).test(code));
}

/** Which of the names stand in quotes in a text, comments and files that it names aside. */
const quotedIn = (names: readonly string[], text: string): readonly string[] =>
  namedIn(names, text.replace(/["'`][./]+\/[^"'`\n]*["'`]/g, ""));

/** Rooms in order: a file imports from its own room and from rooms before it. */
const rooms: readonly (readonly [room: string, files: RegExp])[] = [
  ["abi", /^runtime\/abi\.ts$/],
  ["runtime", /^runtime\/[^/]+\.ts$/],
  ["files", /^files\/[^/]+\.ts$/],
  ["train", /^train\/[^/]+\.ts$/],
  ["ground", /^compiler\/(diagnostics|ir\/place)\.ts$/],
  ["ir", /^compiler\/ir\//],
  ["ops", /^compiler\/ops\//],
  ["optimizers", /^compiler\/optimizers\//],
  ["model", /^compiler\/model\//],
  ["meaning", /^compiler\/meaning\//],
  ["passes", /^compiler\/passes\//],
  ["targets", /^compiler\/targets\//],
  ["plan", /^compiler\/(plan|drivers)\//],
  ["read", /^compiler\/read\//],
  ["emit", /^compiler\/emit\//],
  ["report", /^compiler\/report\//],
  ["compile", /^compiler\/compile\.ts$/],
  ["check", /^compiler\/check\//],
  ["library", /^library\//],
  ["language", /^src\/index\.ts$/],
  ["config", /^src\/config\.ts$/],
  ["command line", /^cli\//],
  ["testing", /^src\/testing\.ts$/],
];

/** The first room that a file is in; -1 where it is in none. */
const roomOf = (file: string): number => rooms.findIndex(([, files]) => files.test(file));

describe("architecture", () => {
  it("every file is in a room", () => {
    expect(sources.filter((file) => roomOf(file) < 0)).toEqual([]);
  });

  it("imports go one way", () => {
    const wrong = sources.flatMap((file) =>
      (graph.get(file) ?? [])
        .filter((imported) => roomOf(imported) > roomOf(file))
        .map((imported) => `${file} imports ${imported}`),
    );
    expect(wrong).toEqual([]);
  });

  it("the library is written in the language: it sees expressions, and the forms of optimizers and schedules", () => {
    const allowed = /^(library\/|compiler\/(diagnostics\.ts|ir\/|ops\/|optimizers\/))/;
    const wrong = filesIn(/^library\//).flatMap((file) =>
      (graph.get(file) ?? []).filter((each) => !allowed.test(each)).map((each) => `${file}: ${each}`),
    );
    expect(wrong).toEqual([]);
  });

  it("files know of the runtime its types, and of the rest nothing", () => {
    const wrong = filesIn(/^files\//).flatMap((file) => {
      const code = read(file).replace(/^(?:import|export) type [^;]*;/gm, "");
      const runs = [...code.matchAll(/from "(\.\.[^"]*)"/g)].map(([, path]) => path as string);
      const strange = (graph.get(file) ?? []).filter((each) => !/^(files|runtime)\//.test(each));
      return [...runs, ...strange].map((each) => `${file}: ${each}`);
    });
    expect(wrong).toEqual([]);
  });

  it("only what is for Node imports Node's modules", () => {
    const wrong = filesIn(/^files\//).filter(
      (file) =>
        specifiersOf(file).some((name) => name.startsWith("node:")) && !/^files\/(whole|folder)\.ts$/.test(file),
    );
    expect(wrong).toEqual([]);
  });

  it("every file of the library is one declaration in an index, or is imported by one", () => {
    const wings = ["layers", "losses", "metrics", "optimizers", "schedules"].map((name) => `library/${name}`);
    const imported = new Set(filesIn(/^library\//).flatMap((file) => graph.get(file) ?? []));
    const indexes = wings.map((wing) => `${wing}/index.ts`);
    expect(filesIn(/^library\//).filter((file) => !imported.has(file))).toEqual(indexes);
    expect(graph.get("src/index.ts")).toEqual(expect.arrayContaining(indexes));
  });

  it("all code is built", () => {
    const { include } = JSON.parse(read("tsconfig.build.json")) as { readonly include: readonly string[] };
    expect(include).toEqual(ownFolders);
    const script = read("scripts/build.mjs");
    expect(ownFolders.filter((folder) => !script.includes(`"${folder}"`))).toEqual([]);
  });

  it("a target sees kernels, scalars and sizes only", () => {
    // And what they are in: names, places, faults, and the runtime that loads what they print.
    const allowed =
      /^(compiler\/(targets\/|diagnostics\.ts|ir\/(kernel|operandSteps|program|scalar|size|linearIndex|rounding|math|place|identifier)(\.ts|\/))|runtime\/)/;
    const wrong = sources
      .filter((file) => file.startsWith("compiler/targets/"))
      .flatMap((file) =>
        (graph.get(file) ?? []).filter((each) => !allowed.test(each)).map((each) => `${file}: ${each}`),
      );
    expect(wrong).toEqual([]);
  });

  it("what is emitted is printed from data: emit opens no graph, pass, model, optimizer or operation", () => {
    // Of operations it knows the names of the host's variables for kept numbers, and how an index counts elements.
    const closed =
      /^compiler\/(ir\/(graph|op|definition|body|effects|order|verify|print|labels)\.ts$|passes\/|model\/|optimizers\/|ops\/(?!(kept|reshape)\.ts$)|drivers\/|plan\/(fuse|lower|verify|plan\.ts|gatherFacts\.ts))/;
    const wrong = filesIn(/^compiler\/emit\//).flatMap((file) =>
      (graph.get(file) ?? []).filter((each) => closed.test(each)).map((each) => `${file}: ${each}`),
    );
    expect(wrong).toEqual([]);
  });

  it("no target is named outside its folder", () => {
    const names = targetNames();
    expect(names).toEqual(expect.arrayContaining(["js", "wasm"]));
    const wrong = sources
      .filter((file) => /^(compiler|src|library|cli)\//.test(file) && !file.startsWith("compiler/targets/"))
      .flatMap((file) => {
        const code = readFileSync(join(root, file), "utf8")
          .replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")
          // esbuild calls its own loaders so.
          .replace(/loader: .*/g, "");
        // The host's code is JavaScript, whatever its kernels are.
        const imported = (graph.get(file) ?? []).filter((each) => /^compiler\/targets\/(?!js\/)\w+\//.test(each));
        const named = names.filter((name) => new RegExp(`["'\`]${name}["'\`]|\\btargets\\.${name}\\b(?!")`).test(code));
        return [...imported, ...named].map((each) => `${file}: ${each}`);
      });
    expect(wrong).toEqual([]);
  });

  it("no optimizer is named in the compiler or the runtime", () => {
    expect(optimizers).toEqual(expect.arrayContaining(["sgd", "adam", "adamw", "rmsprop", "adagrad"]));
    const wrong = filesIn(/^(compiler|runtime)\//).flatMap((file) =>
      namedIn(optimizers, read(file)).map((name) => `${file}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it("no operation is named in plan, targets or runtime", () => {
    const names = operations.filter((name) => !hasOtherMeaning(name));
    expect(names).toEqual(
      expect.arrayContaining(["literal", "cast", "reshape", "transpose", "where", "gather", "assign"]),
    );
    const planted = 'import { cast } from "../ops/cast.js"; if (name === "reshape") {} // and "where"';
    expect(quotedIn(names, planted)).toEqual(["reshape"]);
    const wrong = filesIn(/^(compiler\/(plan|targets)|runtime)\//).flatMap((file) =>
      quotedIn(names, read(file)).map((name) => `${file}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it("every operation has a name of its own", () => {
    // Some that functions make for several names, and the two outside the room.
    expect(operations).toEqual(
      expect.arrayContaining(["add", "eq", "max", "argmin", "cumargmax", "param", "literal", "placeholder"]),
    );
    expect(operations.filter((name, position) => operations.indexOf(name) !== position)).toEqual([]);
  });

  it("the names of operations are compared nowhere: what is known of one stands in its definition", () => {
    expect(sources.flatMap((file) => comparedNames(file, read(file)))).toEqual([]);
  });

  it("has no cycles, type-only imports counted", () => {
    const state = new Map<string, "open" | "done">();
    const cycles: string[] = [];
    const visit = (file: string, path: readonly string[]): void => {
      if (state.get(file) === "done") return;
      if (state.get(file) === "open") {
        cycles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
        return;
      }
      state.set(file, "open");
      for (const next of graph.get(file) ?? []) if (graph.has(next)) visit(next, [...path, file]);
      state.set(file, "done");
    };
    for (const file of sources) visit(file, []);
    expect(cycles).toEqual([]);
  });

  it("files stay small enough to be one idea", () => {
    const long = sources
      .map((file) => [file, readFileSync(join(root, file), "utf8").split("\n").length] as const)
      .filter(([, lines]) => lines > 400)
      .map(([file, lines]) => `${file}: ${lines} lines`);
    expect(long).toEqual([]);
  });

  it("names every package that it imports", () => {
    const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const wrong = sources.flatMap((file) =>
      specifiersOf(file)
        .filter((name) => !name.startsWith(".") && !name.startsWith("node:") && !(name in dependencies))
        .map((name) => `${file}: ${name}`),
    );
    expect(wrong).toEqual([]);
  });
});
