/** optimc/config: the types of `optimc.config.ts`. It does not load the compiler. */
import type { TargetName } from "../compiler/targets/targets.js";

/**
 * How a model is built. The options of the command line have the same meaning (`--out-dir build` is `outDir: "build"`)
 * and override these.
 */
export interface BuildSettings {
  /** The folder of the outputs, relative to the configuration file. Default: the folder of the model file. */
  readonly outDir?: string;
  /**
   * A second folder for the declaration, relative to the configuration file: that of the TypeScript sources that import
   * the module.
   */
  readonly typesDir?: string;
  /** The targets to build. Default: all. */
  readonly targets?: readonly TargetName[];
  /** Puts the WebAssembly into the module instead of files beside it. Default false. */
  readonly inline?: boolean;
  /**
   * Also builds the WebAssembly that may fuse multiplications with additions, for `create({ relaxed: true })`. Default
   * true.
   */
  readonly relaxed?: boolean;
  /** Puts the runtime into the module, so that it imports nothing. Default false. */
  readonly standalone?: boolean;
  /** The most memory that an instance may need: "2MB", "512KiB", or bytes. */
  readonly budget?: string | number;
  /** Values for models made by `configurable`, by name. */
  readonly define?: Readonly<Record<string, number | string | boolean>>;
  /** Runs TypeScript's type check over the model file. Default false. */
  readonly typecheck?: boolean;
  /** The most seconds that the model file may run, above 0. Default 60. */
  readonly timeLimit?: number;
}

/** Model files, with settings of their own. */
export interface ModelSettings extends BuildSettings {
  /** A file or a pattern, relative to the configuration file. */
  readonly file: string;
}

/**
 * The default export of `optimc.config.ts`, made by `defineConfig`: the settings of every build, and the files to
 * build.
 */
export interface Config extends BuildSettings {
  /**
   * The files that `optimc build` builds if none is named, relative to the configuration file. In a pattern `*` stands
   * for any part of a name and `**` for folders at any depth, other than node_modules and those whose name begins with
   * a dot. Of several entries that match a file, each overrides those before it; `define` is merged.
   */
  readonly models?: readonly (string | ModelSettings)[];
}

/** Gives the configuration its type: `export default defineConfig({ models: ["*.model.ts"], outDir: "build" })`. */
export const defineConfig = (config: Config): Config => config;
