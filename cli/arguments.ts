/** Command-line arguments, checked against what a command declares. */
import { parseArgs } from "node:util";
import { nearest } from "../compiler/diagnostics.js";

/** Wrong usage: a sentence, and what to do. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

export interface Option {
  /** What stands for the value in the help; an option without it is a switch. */
  readonly value?: string;
  /** Whether it may be given several times. */
  readonly many?: boolean;
  readonly help: string;
}

/** The options of a command by their names without dashes. */
export type Options = Readonly<Record<string, Option>>;

export interface Arguments {
  readonly files: readonly string[];
  readonly values: Readonly<Record<string, string | undefined>>;
  readonly switches: ReadonlySet<string>;
  /** Switches that `--no-...` turns off, whatever the configuration says. */
  readonly off: ReadonlySet<string>;
  /** The values of options that may be given several times, in order. */
  readonly lists: Readonly<Record<string, readonly string[] | undefined>>;
}

/** Reads arguments; anything that the options do not declare is a `UsageError`. */
export function parse(argv: readonly string[], options: Options): Arguments {
  const { tokens } = parseArgs({
    args: [...argv],
    // Its own errors are about its API; the tokens are checked below.
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      Object.entries(options).map(([name, { value }]) => [name, { type: value ? "string" : "boolean" } as const]),
    ),
  });
  const files: string[] = [];
  const values: Record<string, string> = {};
  const lists: Record<string, string[]> = {};
  const switches = new Set<string>();
  const off = new Set<string>();
  for (const token of tokens) {
    if (token.kind === "positional") files.push(token.value);
    if (token.kind !== "option") continue;
    const declared = (name: string) => (Object.hasOwn(options, name) ? options[name] : undefined);
    const [, turnedOff = ""] = /^no-(.+)$/.exec(token.name) ?? [];
    const isOff = declared(turnedOff) !== undefined && declared(turnedOff)?.value === undefined;
    const name = isOff ? turnedOff : token.name;
    const option = declared(name);
    if (option === undefined) throw unknownOption(token.rawName, options);
    if (option.value === undefined) {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value, but got ${token.value}`);
      // The last one counts.
      (isOff ? switches : off).delete(name);
      (isOff ? off : switches).add(name);
      continue;
    }
    // In `--out-dir --check` a value was forgotten; one that does begin with a dash is written `--out-dir=-x`.
    if (!token.value || (!token.inlineValue && token.value.startsWith("-"))) {
      throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${option.value}`);
    }
    if (option.many) (lists[name] ??= []).push(token.value);
    else values[name] = token.value;
  }
  return { files, values, switches, off, lists };
}

/** The one of `choices` that `value` is. */
export function choose<T extends string>(what: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new UsageError(`there is no ${what} ${value}; choose from ${choices.join(", ")}`, didYouMean(value, choices));
}

/** Those of `choices` that a comma list names, in the order of the choices. */
export function chooseSome<T extends string>(what: string, list: string, choices: readonly T[]): T[] {
  const named = list.split(",").map((each) => choose(what, each.trim(), choices));
  return choices.filter((choice) => named.includes(choice));
}

/** `did you mean x?`, if something is near. */
export function didYouMean(name: string, candidates: readonly string[]): string | undefined {
  const near = nearest(name, candidates);
  return near && `did you mean ${near}?`;
}

function unknownOption(rawName: string, options: Options): UsageError {
  const names = Object.keys(options).map((name) => `--${name}`);
  return new UsageError(`there is no option ${rawName}`, didYouMean(rawName, names) ?? `options: ${names.join(", ")}`);
}
