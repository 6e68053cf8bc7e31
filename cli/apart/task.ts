/** What is done with a model file or a configuration, and what comes of it: plain data, which crosses to another process. */
import type { CheckOptions, Report } from "../../compiler/check/check.js";
import type { Diagnostic } from "../../compiler/diagnostics.js";
import type { Define, Values } from "../../compiler/read/configurable.js";
import type { Source } from "../../compiler/read/hash.js";
import type { PropertyPath } from "../../compiler/read/names.js";
import type { Running } from "../../compiler/read/read.js";
import type { Config } from "../../src/config.js";
import type { Compiled, MemoryNeeds, TargetName } from "../compiler.js";

/** A value that is set, and where: a property of a file's default export, whose line only an error needs. */
export interface SetValue extends Pick<Define, "name" | "value" | "isText"> {
  readonly written?: { readonly file: string; readonly text: string; readonly path: PropertyPath };
}

interface OfModel {
  /** The model file's path. */
  readonly file: string;
  readonly defines: readonly SetValue[];
}

/** A task of each kind. */
export interface Tasks {
  /** Reads and checks the configuration file. */
  readonly config: { readonly file: string };
  /** Makes everything that a build writes but the manifest's stamp. */
  readonly compile: OfModel & {
    readonly name: string;
    readonly targets: readonly TargetName[];
    readonly inline: boolean;
    readonly relaxed: boolean;
    readonly standalone: boolean;
    readonly debug: boolean;
  };
  readonly print: OfModel & { readonly name: string; readonly stage: string };
  readonly explain: OfModel & { readonly name: string };
  readonly check: OfModel & Required<Pick<CheckOptions, "seed" | "runs">>;
}

export type Kind = keyof Tasks;

/** What comes of a task of each kind. */
export interface Results {
  readonly config: {
    /** The file's real path. */
    readonly path: string;
    readonly text: string;
    readonly config: Config;
    /** Absolute paths and hashes of what it was read from. */
    readonly sources: ReadonlyMap<string, string | null>;
  };
  readonly compile: Pick<Compiled, "javascript" | "files" | "declaration" | "summary"> & {
    readonly manifest: MemoryNeeds & { readonly name?: string };
    readonly values: Values | undefined;
    readonly warnings: readonly Diagnostic[];
    readonly sources: readonly Source[];
  };
  readonly print: { readonly text: string };
  readonly explain: { readonly text: string; readonly summary: readonly string[]; readonly manifest: object };
  readonly check: Omit<Report, "findings"> & { readonly findings: readonly Diagnostic[] };
}

/** What the file's own code is doing, told to whoever waits. */
export interface Progress extends Partial<Running> {
  readonly onSource?: ((path: string, sha256: string | null) => void) | undefined;
}
