/** What a command is to do with each model file: the command line over the configuration file over the defaults. */
import { dirname, join, resolve } from "node:path";
import { fail, nearest } from "../../compiler/diagnostics.js";
import type { Place } from "../../compiler/ir/place.js";
import type { PropertyPath, ReadConfig } from "../../compiler/read/config.js";
import type { Define, Values } from "../../compiler/read/configurable.js";
import { configNames, findConfig } from "../../compiler/read/findConfig.js";
import type { OnSource } from "../../compiler/read/read.js";
import type { Config } from "../config.js";
import { chooseSome, UsageError, type Arguments, type Options } from "./arguments.js";
import { parseBytes } from "./bytes.js";
import { targets, type Target } from "./compiler.js";
import { filesOf, isPattern } from "./glob.js";
import type { Context } from "./terminal.js";

/** The options of every command that reads models. */
export const modelOptions = {
  define: { value: "NAME=VALUE", many: true, help: "set a value of a configurable model; may be repeated" },
  config: { value: "FILE", help: "the configuration file, instead of the nearest optimc.config.ts, .js or .mjs" },
} as const satisfies Options;

export interface Settings {
  readonly outDir: string | undefined;
  readonly targets: readonly Target[];
  readonly inline: boolean;
  readonly standalone: boolean;
  readonly budget: number | undefined;
  readonly typecheck: boolean;
  readonly defines: readonly Define[];
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
  const { readConfig } = await import("../../compiler/read/config.js");
  const read = await readConfig(file, { ...context.read, onSource });
  const { models = [], ...general } = checked(read);
  const folder = dirname(read.path);
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
    sources: read.sources,
    files: [...new Set(entries.flatMap(({ files }) => files))],
    patterns: entries.map(({ pattern }) => pattern).filter(isPattern),
    folder,
    settingsOf: (file) => {
      const own = entries.filter(({ files }) => files.includes(file)).map(({ layer }) => layer);
      return settle([base, ...own, commandLine]);
    },
  };
}

/** Settings of which some are left open. */
type Layer = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** The later layers override the earlier ones; what is defined is merged. */
function settle(layers: readonly Layer[]): Settings {
  const last = <Name extends keyof Settings>(name: Name): Settings[Name] | undefined =>
    layers.map((layer) => layer[name]).findLast((value) => value !== undefined) as Settings[Name] | undefined;
  const chosen = last("targets") ?? targets;
  return {
    outDir: last("outDir"),
    targets: chosen,
    inline: (last("inline") ?? false) && chosen.includes("wasm"),
    standalone: last("standalone") ?? false,
    budget: last("budget"),
    typecheck: last("typecheck") ?? false,
    defines: layers.flatMap(({ defines = [] }) => defines),
  };
}

function commandLineOf({ values, switches, off, lists }: Arguments, cwd: string): Layer {
  const isOn = (name: string) => (switches.has(name) ? true : off.has(name) ? false : undefined);
  const chosen = values["target"] === undefined ? undefined : chooseSome("target", values["target"], targets);
  if (switches.has("inline") && chosen && !chosen.includes("wasm")) {
    throw new UsageError(
      "--inline is about WebAssembly, which is no target here",
      "leave it out, or add wasm to --target",
    );
  }
  return {
    outDir: values["out-dir"] === undefined ? undefined : resolve(cwd, values["out-dir"]),
    targets: chosen,
    inline: isOn("inline"),
    standalone: isOn("standalone"),
    budget: values["budget"] === undefined ? undefined : parseBytes(values["budget"]),
    typecheck: isOn("typecheck"),
    defines: (lists["define"] ?? []).map((text): Define => {
      const [, name, value] = /^([^=]+)=([^]*)$/.exec(text) ?? [];
      if (name === undefined || value === undefined) {
        throw new UsageError(`--define ${text} sets nothing`, "write --define hidden=64");
      }
      return { name, value, isText: true };
    }),
  };
}

function layerOf(read: ReadConfig, own: Omit<Config, "models">, at: PropertyPath, folder: string): Layer {
  const { outDir, targets: chosen, inline, standalone, budget, define = {}, typecheck } = own;
  return {
    outDir: outDir === undefined ? undefined : resolve(folder, outDir),
    targets: chosen && targets.filter((target) => chosen.includes(target)),
    inline,
    standalone,
    budget: budget === undefined ? undefined : bytesOf(read, budget, [...at, "budget"]),
    typecheck,
    defines: Object.entries(define).map(([name, value]): Define => ({
      name,
      value,
      place: () => read.placeOf([...at, "define", name]),
    })),
  };
}

function bytesOf(read: ReadConfig, budget: string | number, at: PropertyPath): number {
  try {
    return parseBytes(String(budget));
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    return invalid(read, at, {
      message: error.message,
      expected: '"2MB", or a number of bytes',
      found: shown(budget),
      hint: error.hint,
    });
  }
}

type Check = (value: unknown) => boolean;

const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === "string" && value !== "";
const isSwitch: Check = (value) => typeof value === "boolean";

/** What each setting must be. */
const settings: Readonly<Record<string, readonly [is: Check, expected: string]>> = {
  outDir: [isText, 'a folder, such as "build"'],
  targets: [
    (value) => Array.isArray(value) && value.length > 0 && value.every((each) => targets.includes(each as Target)),
    `some of ${targets.map((target) => JSON.stringify(target)).join(", ")} in an array`,
  ],
  inline: [isSwitch, "true or false"],
  standalone: [isSwitch, "true or false"],
  budget: [(value) => isText(value) || typeof value === "number", '"2MB", or a number of bytes'],
  define: [isObject, "values by name, such as { hidden: 64 }"],
  typecheck: [isSwitch, "true or false"],
};

/** Refuses what a configuration may not hold; a misspelt setting would otherwise be ignored. */
function checked(read: ReadConfig): Config {
  const { value } = read;
  checkSettings(read, value, [], { models: [Array.isArray, "files in an array"] });
  for (const [position, entry] of ((value as Config).models ?? []).entries()) {
    if (isText(entry)) continue;
    checkSettings(read, entry, ["models", position], { file: [isText, 'a file, such as "net.model.ts"'] });
    if (!("file" in (entry as object)))
      invalid(read, ["models", position], {
        message: "an entry of models names no file",
        expected: 'a file, such as { file: "net.model.ts" }',
        found: shown(entry),
      });
  }
  return value as Config;
}

function checkSettings(read: ReadConfig, value: unknown, at: PropertyPath, more: typeof settings): void {
  if (!isObject(value)) {
    const what = at.length === 0 ? "the configuration" : "an entry of models";
    invalid(read, at, { message: `${what} is no object`, expected: "an object of settings", found: shown(value) });
  }
  const known = { ...more, ...settings };
  for (const [name, own] of Object.entries(value as object)) {
    const setting = Object.hasOwn(known, name) ? known[name] : undefined;
    if (setting === undefined) {
      const near = nearest(name, Object.keys(known));
      const hint = near && `did you mean ${near}?`;
      const message = `the configuration has no setting '${name}'`;
      return invalid(read, [...at, name], { message, expected: Object.keys(known).join(", "), found: name, hint });
    }
    const [is, expected] = setting;
    if (own !== undefined && !is(own)) {
      invalid(read, [...at, name], { message: `the setting '${name}' is not usable`, expected, found: shown(own) });
    }
  }
}

const shown = (value: unknown): string =>
  typeof value === "function" ? "a function" : (JSON.stringify(value) ?? String(value));

function invalid(
  read: ReadConfig,
  at: PropertyPath,
  diagnostic: { message: string; expected: string; found: string; hint?: string | undefined },
): never {
  const place: Place = read.placeOf(at);
  return fail({ code: "invalid-config", ...diagnostic, place });
}

/** What is defined, as an option of a build: alike for every order on the command line. */
export function definesText(defines: readonly Define[]): string {
  const values: Record<string, Values[string]> = {};
  for (const { name, value } of defines) values[name] = value;
  return JSON.stringify(Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1)));
}
