/** The command line: finds the command, runs it, and turns errors into sentences and exit codes. */
import { formatDiagnostic, isOptimcError } from "../compiler/diagnostics.js";
import { packageJson } from "../compiler/read/package.js";
import { didYouMean, parse, UsageError, type Arguments, type Options } from "./arguments.js";
import { stages, targetNames } from "./compiler.js";
import { jsonOfFailure, wantsJson } from "./report.js";
import { reportDefect, type Context } from "./terminal.js";

type Run = (given: Arguments, context: Context) => Promise<number>;

interface Command {
  readonly usage: string;
  readonly about: string;
  readonly load: () => Promise<{ readonly options: Options; readonly run: Run }>;
}

export const commands: Readonly<Record<string, Command>> = {
  build: {
    usage: "optimc build [FILE...] [options]",
    about: "compile model files to modules that train",
    load: async () => {
      const { build, options } = await import("./build.js");
      return { options, run: build };
    },
  },
  check: {
    usage: "optimc check FILE... [options]",
    about: "check a model's gradients, and the results of its targets",
    load: async () => {
      const { check, options } = await import("./check.js");
      return { options, run: check };
    },
  },
  print: {
    usage: `optimc print FILE [--stage ${stages.join("|")}]`,
    about: "show a model after a stage of the compiler",
    load: async () => {
      const { print, options } = await import("./print.js");
      return { options, run: print };
    },
  },
  explain: {
    usage: "optimc explain FILE [--format json]",
    about: "explain what the compiler did with a model, and why",
    load: async () => {
      const { explain, options } = await import("./explain.js");
      return { options, run: explain };
    },
  },
};

/** Runs `optimc` with these arguments; gives the exit code: 0, 1 with diagnostics, 2 for wrong usage. */
export async function run(argv: readonly string[], context: Context): Promise<number> {
  const { terminal } = context;
  try {
    return await dispatch(argv, context);
  } catch (error) {
    if (wantsJson(argv)) {
      terminal.out(jsonOfFailure(error, isOptimcError(error) ? error : null, terminal.cwd));
      return error instanceof UsageError ? 2 : 1;
    }
    if (error instanceof UsageError) {
      terminal.error(`optimc: ${error.message}${error.hint ? `\n  ${error.hint}` : ""}`);
      return 2;
    }
    if (isOptimcError(error)) {
      terminal.error(formatDiagnostic(error, { color: terminal.color, from: terminal.cwd }));
      return 1;
    }
    reportDefect(error, terminal);
    return 1;
  }
}

async function dispatch(argv: readonly string[], context: Context): Promise<number> {
  const { out } = context.terminal;
  const [name, ...rest] = argv;
  if (name === undefined) throw new UsageError("no command is given", `commands: ${Object.keys(commands).join(", ")}`);
  if (name === "--version" || name === "-v") return (out(packageJson().version), 0);
  if (name === "--help" || name === "-h" || name === "help") return (out(help()), 0);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) throw unknownCommand(name);
  const { options, run } = await command.load();
  if (rest.includes("--help") || rest.includes("-h")) return (out(helpOf(command, options)), 0);
  return run(parse(rest, options), context);
}

function unknownCommand(name: string): UsageError {
  const names = Object.keys(commands);
  if (/\.[cm]?[jt]s$/.test(name))
    return new UsageError(`${name} is not a command`, `did you mean optimc build ${name}?`);
  const hint = didYouMean(name, names) ?? `commands: ${names.join(", ")}`;
  return name.startsWith("-")
    ? new UsageError(`${name} is given in place of a command`, `commands: ${names.join(", ")}`)
    : new UsageError(`there is no command ${name}`, hint);
}

function help(): string {
  const width = Math.max(...Object.values(commands).map(({ usage }) => usage.length));
  return [
    "optimc compiles a training program ahead of time.",
    "",
    ...Object.values(commands).map(({ usage, about }) => `  ${usage.padEnd(width)}  ${about}`),
    "",
    "  optimc COMMAND --help lists the options of a command; optimc --version prints the version.",
    `  targets: ${targetNames.join(", ")}`,
    "  exit codes: 0 success, 1 an error in the model or its outputs, 2 an error in the command line",
  ].join("\n");
}

function helpOf({ usage, about }: Command, options: Options): string {
  const rows = Object.entries(options).map(([name, option]) => [`--${name} ${option.value ?? ""}`.trim(), option.help]);
  const width = Math.max(0, ...rows.map(([left]) => left!.length));
  return [usage, `  ${about}`, ...rows.map(([left, right]) => `  ${left!.padEnd(width)}  ${right}`)].join("\n");
}
