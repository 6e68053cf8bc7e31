/** What a configuration file may say: every setting is looked at, and copied, since it may be of any form. */
import { nearest } from "../compiler/diagnostics.js";
import { describeValue } from "../compiler/ir/guards.js";
import type { ReadConfig } from "../compiler/read/config.js";
import type { PropertyPath } from "../compiler/read/names.js";
import { thrown } from "../compiler/read/run.js";
import type { BuildSettings, Config, ModelSettings } from "../src/config.js";
import { targetNames, type TargetName } from "./compiler.js";
import { invalid } from "./invalidConfig.js";
import { isTimeLimit } from "./timeLimit.js";

type Check = (value: unknown) => boolean;

const isObject: Check = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === "string" && value !== "";
const isSwitch: Check = (value) => typeof value === "boolean";

/** What each setting must be. */
const settings: Readonly<Record<keyof BuildSettings, readonly [is: Check, expected: string]>> = {
  outDir: [isText, 'a folder, such as "build"'],
  typesDir: [isText, 'a folder, such as "src"'],
  targets: [
    (value) =>
      Array.isArray(value) && value.length > 0 && value.every((each) => targetNames.includes(each as TargetName)),
    `some of ${targetNames.map((target) => JSON.stringify(target)).join(", ")} in an array`,
  ],
  inline: [isSwitch, "true or false"],
  relaxed: [isSwitch, "true or false"],
  standalone: [isSwitch, "true or false"],
  budget: [(value) => isText(value) || typeof value === "number", '"2MB", or a number of bytes'],
  define: [isObject, "values by name, such as { hidden: 64 }"],
  typecheck: [isSwitch, "true or false"],
  timeLimit: [isTimeLimit, "a number of seconds above 0"],
};

/** The configuration as plain data; a misspelt setting would otherwise be ignored. What getters throw is the file's. */
export function checkedConfig(read: ReadConfig): Config {
  try {
    return configOf(read);
  } catch (error) {
    throw thrown(error, { file: read.path, what: "configuration file" });
  }
}

function configOf(read: ReadConfig): Config {
  const { models, ...general } = settingsOf<Config>(read, read.value, [], {
    models: [Array.isArray, "files in an array"],
  });
  if (models === undefined) return general;
  const file = { file: [isText, 'a file, such as "net.model.ts"'] as const };
  return {
    ...general,
    models: Array.from(models, (entry: unknown, position) => {
      if (typeof entry === "string" && entry !== "") return entry;
      const own = settingsOf<ModelSettings>(read, entry, ["models", position], file);
      if (own.file !== undefined) return own;
      return invalid(read, ["models", position], {
        message: "an entry of models names no file",
        expected: 'a file, such as { file: "net.model.ts" }',
        found: shown(entry),
      });
    }),
  };
}

type Checks = Readonly<Record<string, readonly [is: Check, expected: string]>>;

/** Each property is read once: what was looked at is what is used. */
function settingsOf<T extends object>(read: ReadConfig, value: unknown, at: PropertyPath, more: Checks): T {
  if (!isObject(value)) {
    const what = at.length === 0 ? "the configuration" : "an entry of models";
    invalid(read, at, { message: `${what} is no object`, expected: "an object of settings", found: shown(value) });
  }
  const known: Checks = { ...more, ...settings };
  const own: Record<string, unknown> = {};
  for (const [name, given] of Object.entries(value as object) as [string, unknown][]) {
    const check = Object.hasOwn(known, name) ? known[name] : undefined;
    if (check === undefined) {
      const near = nearest(name, Object.keys(known));
      const hint = near && `did you mean ${near}?`;
      const message = `the configuration has no setting '${name}'`;
      return invalid(read, [...at, name], { message, expected: Object.keys(known).join(", "), found: name, hint });
    }
    if (given === undefined) continue;
    const copy = name === "targets" && Array.isArray(given) ? Array.from(given) : given;
    const [is, expected] = check;
    if (!is(copy)) {
      invalid(read, [...at, name], { message: `the setting '${name}' is not usable`, expected, found: shown(given) });
    }
    own[name] = name === "define" ? valuesOf(read, copy as object, [...at, name]) : copy;
  }
  return own as T;
}

function valuesOf(read: ReadConfig, define: object, at: PropertyPath): Record<string, unknown> {
  const values = Object.entries(define) as [string, unknown][];
  for (const [name, value] of values) {
    if (["number", "string", "boolean"].includes(typeof value)) continue;
    invalid(read, [...at, name], {
      message: `the value of '${name}' is not usable`,
      expected: "a number, a string, true or false",
      found: shown(value),
    });
  }
  return Object.fromEntries(values);
}

function shown(value: unknown): string {
  if (typeof value === "function") return "a function";
  try {
    return JSON.stringify(value) ?? describeValue(value);
  } catch {
    // Circles and big integers have no JSON.
    return describeValue(value);
  }
}
