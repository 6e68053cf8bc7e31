/** optimc/config: what `optimc.config.ts` exports. It loads nothing of the compiler. */
import type { TargetName } from "../compiler/targets/targets.js";

/** How a model is built. On the command line, `--out-dir build` is `outDir: "build"`, and so on; it overrides what stands here. */
export interface BuildSettings {
  /** The folder of the outputs, from the configuration file. Default: that of the model file. */
  readonly outDir?: string;
  /** A folder that gets the declaration too, from the configuration file: that of TypeScript sources that import the module. */
  readonly typesDir?: string;
  /** What to compile to. Default: all. */
  readonly targets?: readonly TargetName[];
  /** Puts the WebAssembly into the module instead of files beside it. Default false. */
  readonly inline?: boolean;
  /** Brings the WebAssembly that may fuse, for `create({ relaxed: true })`, as well. Default true. */
  readonly relaxed?: boolean;
  /** Puts the runtime into the module, so that it imports nothing. Default false. */
  readonly standalone?: boolean;
  /** The most memory that an instance may need: "2MB", "512KiB", or bytes. */
  readonly budget?: string | number;
  /** Values of models that are made by `configurable`, by name. */
  readonly define?: Readonly<Record<string, number | string | boolean>>;
  /** Runs TypeScript's type check over the model file. Default false. */
  readonly typecheck?: boolean;
  /** For how many seconds the model file may run, above 0. Default 60. */
  readonly timeLimit?: number;
}

/** Model files, with settings of their own. */
export interface ModelSettings extends BuildSettings {
  /** A file or a pattern, from the configuration file. */
  readonly file: string;
}

/** What `optimc.config.ts` exports by default, through `defineConfig`: the settings of every build, and what to build. */
export interface Config extends BuildSettings {
  /**
   * The files that `optimc build` builds where none is named, from the configuration file. In a pattern `*` stands for
   * any part of a name and `**` for folders at any depth, other than node_modules and those whose name begins with a dot.
   * Of several entries that match a file, each overrides those before it; `define` is merged.
   */
  readonly models?: readonly (string | ModelSettings)[];
}

/** Gives the configuration its type: `export default defineConfig({ models: ["*.model.ts"], outDir: "build" })`. */
export const defineConfig = (config: Config): Config => config;
