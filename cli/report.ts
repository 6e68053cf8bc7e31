/** What a command says: lines for people, or with `--format json` one JSON document for programs. */
import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { formatDiagnostic, type OptimcError, type Severity } from "../compiler/diagnostics.js";
import type { Place } from "../compiler/ir/place.js";
import { choose, UsageError } from "./arguments.js";
import { formatBytes } from "./bytes.js";
import { reportDefect, type Terminal } from "./terminal.js";

export const formats = ["text", "json"] as const;

/** The option of every command that has a report. */
export const formatOption = {
  format: {
    value: "FORMAT",
    help: `how to report: ${formats.join(" or ")} (default text; json goes to stdout alone)`,
  },
} as const;

/**
 * What became of an output: with --check `differs` is what a build would change; `kept` is one that no build writes any
 * more, but which was changed by hand.
 */
export type FileStatus = "wrote" | "unchanged" | "differs" | "removed" | "kept";

export interface Reporter {
  readonly error: (error: OptimcError) => void;
  /** An error that is ours. */
  readonly defect: (error: unknown) => void;
  /** What the user should know, though the command does what it was asked for. */
  readonly warning: (warning: OptimcError) => void;
  readonly file: (status: FileStatus, path: string, bytes?: number) => void;
  /** A line about the result. */
  readonly note: (text: string) => void;
  /** A line about why the command fails, where no diagnostic says it. */
  readonly failure: (text: string) => void;
  /** Writes what is written at once; `more` joins it in JSON. */
  readonly end: (more?: object) => void;
}

/** The reporter of a command, by its `--format`. */
export function reporterOf(format: string | undefined, terminal: Terminal): Reporter {
  return choose("format", format ?? "text", formats) === "json" ? jsonReporter(terminal) : textReporter(terminal);
}

/** Whether arguments ask for JSON: known before they are parsed, for the errors of parsing itself. */
export const wantsJson = (argv: readonly string[]): boolean =>
  argv.includes("--format=json") || argv.some((each, at) => each === "--format" && argv[at + 1] === "json");

function textReporter(terminal: Terminal): Reporter {
  const options = { color: terminal.color, from: terminal.cwd };
  return {
    error: (error) => terminal.error(formatDiagnostic(error, options)),
    defect: (error) => reportDefect(error, terminal),
    warning: (warning) => terminal.error(formatDiagnostic(warning, { ...options, severity: "warning" })),
    file: (status, path, bytes) => {
      const size = bytes === undefined ? "" : `  ${formatBytes(bytes)}`;
      const why = status === "kept" ? "  no build writes it any more, and it was changed by hand" : "";
      terminal.out(`${status.padEnd(9)}  ${relative(terminal.cwd, path)}${size}${why}`);
    },
    note: (text) => terminal.out(`  ${text}`),
    failure: (text) => terminal.error(text),
    end: () => {},
  };
}

/** An error, or a warning, as programs read it. Lines and columns count from 1; `endColumn` is the column after the marked name. */
export interface JsonDiagnostic {
  readonly severity: Severity;
  /** One of the codes of docs/errors.md, or `usage` or `internal`. */
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly endColumn?: number;
  readonly layer?: string;
  readonly expected?: string;
  readonly found?: string;
  readonly hint?: string;
  readonly related: readonly {
    readonly message: string;
    readonly file?: string;
    readonly line?: number;
    readonly column?: number;
  }[];
}

function jsonReporter(terminal: Terminal): Reporter {
  const diagnostics: JsonDiagnostic[] = [];
  const files: object[] = [];
  const notes: string[] = [];
  return {
    error: (error) => void diagnostics.push(jsonOf(error, terminal.cwd)),
    defect: (error) => void diagnostics.push(internal(error)),
    warning: (warning) => void diagnostics.push(jsonOf(warning, terminal.cwd, "warning")),
    file: (status, path, bytes) =>
      void files.push({ status, file: relative(terminal.cwd, path), ...(bytes !== undefined && { bytes }) }),
    note: (text) => void notes.push(text),
    failure: (text) => void notes.push(text),
    end: (more = {}) => terminal.out(JSON.stringify({ diagnostics, files, notes, ...more }, null, 2)),
  };
}

/** Paths are relative to `from`, as in the text. */
export function jsonOf(error: OptimcError, from: string, severity: Severity = "error"): JsonDiagnostic {
  const { code, message, place, layer, expected, found, hint } = error;
  const at = (where: Place | undefined) =>
    where && { file: relative(from, where.file), line: where.line, column: where.column };
  return {
    severity,
    code,
    message,
    ...at(place),
    ...(place && endColumn(place)),
    ...(layer !== undefined && { layer }),
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
    ...(hint !== undefined && { hint }),
    related: error.related.map(({ label, place: where }) => ({ message: label, ...at(where) })),
  };
}

/** Places are where a name begins: it ends with its last letter. */
function endColumn({ file, line, column }: Place): { readonly endColumn: number } | undefined {
  try {
    const text =
      readFileSync(file, "utf8")
        .split(/\r?\n/)
        [line - 1]?.slice(column - 1) ?? "";
    return { endColumn: column + Math.max(1, /^[\p{L}\p{N}_$]*/u.exec(text)![0].length) };
  } catch {
    return undefined;
  }
}

/** The document for an error that ended the command. */
export function jsonOfFailure(error: unknown, diagnostic: OptimcError | null, from: string): string {
  const [one] = diagnostic
    ? [jsonOf(diagnostic, from)]
    : [error instanceof UsageError ? without("usage", error, error.hint) : internal(error)];
  return JSON.stringify({ diagnostics: [one], files: [], notes: [] }, null, 2);
}

const internal = (error: unknown): JsonDiagnostic => without("internal", error, "report it with the model file");

/** What has neither a code of docs/errors.md nor a place. */
const without = (code: "usage" | "internal", error: unknown, hint: string | undefined): JsonDiagnostic => ({
  severity: "error",
  code,
  message: error instanceof Error ? error.message : String(error),
  ...(hint !== undefined && { hint }),
  related: [],
});
