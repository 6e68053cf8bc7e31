/** What a command is to do with each model file: the command line over the configuration file over the defaults. */
import { dirname, join, resolve } from "node:path";
import type { Values } from "../compiler/read/configurable.js";
import { configNames, findConfig } from "../compiler/read/findConfig.js";
import { placeOfProperty, type PropertyPath } from "../compiler/read/names.js";
import type { OnSource } from "../compiler/read/read.js";
import type { Config } from "../src/config.js";
import type { SetValue } from "./apart/task.js";
import { runTask } from "./apart/run.js";
import { chooseSome, UsageError, type Arguments, type Options } from "./arguments.js";
import { parseBytes } from "./bytes.js";
import { isTimeLimit } from "./timeLimit.js";
import { invalid, type Written } from "./invalidConfig.js";
import { targetNames, withFiles, type TargetName } from "./compiler.js";
import { filesOf, isPattern } from "./glob.js";
import type { Context } from "./terminal.js";

/** The options of every command that reads models. */
export const modelOptions = {
  define: { value: "NAME=VALUE", many: true, help: "set a value of a configurable model; may be repeated" },
  config: { value: "FILE", help: "the configuration file, instead of the nearest optimc.config.ts, .js or .mjs" },
  "time-limit": { value: "SECONDS", help: "the most seconds that a model file may run (default 60)" },
} as const satisfies Options;

export interface Settings {
  readonly outDir: string | undefined;
  readonly typesDir: string | undefined;
  readonly targets: readonly TargetName[];
  readonly inline: boolean;
  readonly relaxed: boolean;
  readonly standalone: boolean;
  readonly budget: number | undefined;
  readonly typecheck: boolean;
  /** For how many seconds the model file may run. */
  readonly timeLimit: number | undefined;
  readonly defines: readonly SetValue[];
}

/** A configuration that has been read and found usable. */
export interface Configuration {
  readonly sources: ReadonlyMap<string, string | null>;
  /** The models that it names, each once. */
  readonly files: readonly string[];
  /** The patterns among those names, and the folder that they count from. */
  readonly patterns: readonly string[];
  readonly folder: string;
  readonly settingsOf: (file: string) => Settings;
}

/** The configuration that holds for a command: from its arguments and the nearest configuration file. */
export async function configurationFor(
  given: Arguments,
  context: Context,
  onSource?: OnSource,
): Promise<Configuration> {
  const { cwd } = context.terminal;
  const named = given.values["config"];
  const file = named === undefined ? findConfig(cwd) : resolve(cwd, named);
  const commandLine = commandLineOf(given, cwd);
  if (file === undefined) {
    for (const name of configNames) onSource?.(join(cwd, name), null);
    return { sources: new Map(), files: [], patterns: [], folder: cwd, settingsOf: () => settle([commandLine]) };
  }
  const { path, text, config, sources } = await runTask("config", { file }, context, {
    onSource,
    timeLimit: commandLine.timeLimit,
    next: given.switches.has("watch") ? "none" : "any",
  });
  const { models = [], ...general } = config;
  const read: ConfigFile = { path, text, placeOf: (property) => placeOfProperty(path, text, property) };
  const folder = dirname(path);
  const entries = models.map((entry, position) => {
    const { file: pattern, ...own } = typeof entry === "string" ? { file: entry } : entry;
    const files = filesOf(pattern, folder);
    if (files.length === 0) {
      invalid(read, ["models", position], {
        message: `no file matches ${pattern}`,
        expected: `files in ${folder}`,
        found: "none",
      });
    }
    return { pattern, files, layer: layerOf(read, own, ["models", position], folder) };
  });
  const base = layerOf(read, general, [], folder);
  return {
    sources,
    files: [...new Set(entries.flatMap(({ files }) => files))],
    patterns: entries.map(({ pattern }) => pattern).filter(isPattern),
    folder,
    settingsOf: (file) => {
      const own = entries.filter(({ files }) => files.includes(file)).map(({ layer }) => layer);
      return settle([base, ...own, commandLine]);
    },
  };
}

interface ConfigFile extends Written {
  readonly path: string;
  readonly text: string;
}

/** Settings of which some are left open. */
type Layer = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** The later layers override the earlier ones; what is defined is merged. */
function settle(layers: readonly Layer[]): Settings {
  const last = <Name extends keyof Settings>(name: Name): Settings[Name] | undefined =>
    layers.map((layer) => layer[name]).findLast((value) => value !== undefined) as Settings[Name] | undefined;
  const chosen = last("targets") ?? targetNames;
  return {
    outDir: last("outDir"),
    typesDir: last("typesDir"),
    targets: chosen,
    inline: (last("inline") ?? false) && withFiles(chosen).length > 0,
    relaxed: last("relaxed") ?? true,
    standalone: last("standalone") ?? false,
    budget: last("budget"),
    typecheck: last("typecheck") ?? false,
    timeLimit: last("timeLimit"),
    defines: layers.flatMap(({ defines = [] }) => defines),
  };
}

function commandLineOf({ values, switches, off, lists }: Arguments, cwd: string): Layer {
  const isOn = (name: string) => (switches.has(name) ? true : off.has(name) ? false : undefined);
  const chosen = values["target"] === undefined ? undefined : chooseSome("target", values["target"], targetNames);
  if (switches.has("inline") && chosen && withFiles(chosen).length === 0) {
    const others = withFiles(targetNames);
    throw new UsageError(
      `--inline is about ${others.map(({ title }) => title).join(" and ")}, which is no target here`,
      `leave it out, or add ${others.map(({ name }) => name).join(" or ")} to --target`,
    );
  }
  return {
    outDir: values["out-dir"] === undefined ? undefined : resolve(cwd, values["out-dir"]),
    typesDir: values["types-dir"] === undefined ? undefined : resolve(cwd, values["types-dir"]),
    targets: chosen,
    inline: isOn("inline"),
    relaxed: isOn("relaxed"),
    standalone: isOn("standalone"),
    budget: values["budget"] === undefined ? undefined : parseBytes(values["budget"]),
    typecheck: isOn("typecheck"),
    timeLimit: values["time-limit"] === undefined ? undefined : secondsOf(values["time-limit"]),
    defines: (lists["define"] ?? []).map((text): SetValue => {
      const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
      if (name === undefined || value === undefined) {
        throw new UsageError(`--define ${text} is not of the form NAME=VALUE`, "write --define hidden=64");
      }
      return { name, value, isText: true };
    }),
  };
}

function layerOf(read: ConfigFile, own: Omit<Config, "models">, at: PropertyPath, folder: string): Layer {
  const {
    outDir,
    typesDir,
    targets: chosen,
    inline,
    relaxed,
    standalone,
    budget,
    define = {},
    typecheck,
    timeLimit,
  } = own;
  return {
    outDir: outDir === undefined ? undefined : resolve(folder, outDir),
    typesDir: typesDir === undefined ? undefined : resolve(folder, typesDir),
    targets: chosen && targetNames.filter((target) => chosen.includes(target)),
    inline,
    relaxed,
    standalone,
    budget: budget === undefined ? undefined : budgetOf(read, budget, [...at, "budget"]),
    typecheck,
    timeLimit,
    defines: Object.entries(define).map(([name, value]): SetValue => ({
      name,
      value,
      written: { file: read.path, text: read.text, path: [...at, "define", name] },
    })),
  };
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (isTimeLimit(seconds)) return seconds;
  throw new UsageError(`${text} is not a time limit`, "write a number of seconds above 0, such as --time-limit 300");
}

function budgetOf(read: ConfigFile, budget: string | number, at: PropertyPath): number {
  try {
    return parseBytes(String(budget));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return invalid(read, at, {
      message: error.message,
      expected: '"2MB", or a number of bytes',
      found: JSON.stringify(budget),
      hint: error.hint,
    });
  }
}

/** What is defined, as an option of a build: alike for every order on the command line. */
export function definesText(defines: readonly SetValue[]): string {
  const values: Record<string, Values[string]> = {};
  for (const { name, value } of defines) values[name] = value;
  return JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}
