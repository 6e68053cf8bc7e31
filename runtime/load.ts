/**
 * Loads the target of an instance: WebAssembly, compiled once for all instances, or the JavaScript that was built with
 * it if the engine has no WebAssembly or refuses it, or if a policy forbids it. The reason is kept. A missing or wrong
 * file and a lack of memory are errors, never reasons to run JavaScript.
 */

import type { Kernels, Program } from "./abi.js";
import { enter, kindOf, refuse } from "./refuse.js";
import { bytesLater, bytesNow, type Host } from "./source.js";
import type { CreateOptions, Instance } from "./types.js";
import { engine, isForbidden, type WasmInstance } from "./webassembly.js";

/**
 * An instance's memory, zero except for constants, the kernels bound to it, their target, and the reason if it is not
 * the preferred one.
 */
export type Loaded = readonly [
  memory: ArrayBuffer,
  kernels: Kernels,
  target: Instance["target"],
  fallback?: string | undefined,
];

export interface Loader {
  load(options: CreateOptions): Promise<Loaded>;
  loadSync(options: CreateOptions): Loaded;
}

const forBoth = "build with --target js,wasm";

function inJavascript({ bytes, javascript }: Program, fallback?: string): Loaded {
  const memory = new ArrayBuffer(bytes);
  return [memory, javascript!(memory), "js", fallback];
}

/** For modules built with JavaScript alone. */
export const javascriptLoader = (program: Program): Loader => {
  const loadSync = ({ target = "js", module }: CreateOptions) =>
    target !== "js" || module ? refuse(`built without WebAssembly: ${forBoth}`) : inJavascript(program);
  return { load: async (options) => loadSync(options), loadSync };
};

type Variant = "strict" | "relaxed";

export function wasmLoader(program: Program, host: Host): Loader {
  const { name, wasm, javascript } = program;
  let { blocked } = host;
  /** Compiled modules, and compilations in progress. */
  const modules: { [variant in Variant]?: object } = {};
  const loading: { [variant in Variant]?: Promise<object> } = {};
  /** Why relaxed code was refused, if it was. */
  let unfused: string | undefined;
  /** The number of instances that run on WebAssembly. */
  let made = 0;

  const fail = (message: string): never => {
    // Other calls may have begun since this one did.
    enter(`${name}.create`);
    return refuse(message);
  };
  /**
   * Whether an error is a refusal of the file, of its bytes or of all WebAssembly, by a policy or by the engine. The
   * file is known to be the one that was built.
   */
  const isRefusal = (error: unknown): boolean => /^(Compile|Eval)E/.test((error as Error).name);

  const lost = (error: unknown): never => {
    if (isRefusal(error)) throw error;
    return fail(
      `cannot load ${(error as Error).message}: put the file there that optimc build wrote, or build with --inline`,
    );
  };

  const fallback = ({ target }: CreateOptions): Loaded =>
    javascript && target !== "wasm"
      ? inJavascript(program, blocked)
      : fail(blocked + (javascript ? "" : `, or ${forBoth}`));

  /**
   * Strict code if relaxed code is refused, and JavaScript if all WebAssembly is. Under a policy Chromium and Firefox
   * refuse to compile, Safari to instantiate.
   */
  const afterError = <Result>(error: unknown, options: CreateOptions, again: (options: CreateOptions) => Result) => {
    const { message } = error as Error;
    if (isRefusal(error)) {
      if (options.relaxed && !unfused) {
        unfused = message;
        return again(options);
      }
      blocked = message + (isForbidden() ? ": allow 'wasm-unsafe-eval' in the content security policy" : "");
      return fallback(options);
    }
    if (/memory/i.test(message)) fail(`${message}, after ${made} instances: drop some, or create({ target: "js" })`);
    throw error;
  };

  /** JavaScript, if it is asked for or nothing else can run. */
  const instead = (options: CreateOptions): Loaded | undefined => {
    const { target = "wasm", module } = options;
    if (target === "js") return javascript ? inJavascript(program) : fail(`built without JavaScript: ${forBoth}`);
    if (!engine()) blocked = "this engine has no WebAssembly: use another";
    return blocked && !(module && engine()) ? fallback(options) : undefined;
  };

  const variantOf = ({ relaxed }: CreateOptions): Variant =>
    relaxed && wasm!.relaxed && !unfused ? "relaxed" : "strict";

  const markOf = (variant: Variant): string => `optimc.${variant}.${wasm!.build}`;

  /** Refuses a module of another build. */
  const complete = (module: object): object => {
    if (kindOf(module) !== "WebAssembly.Module") fail(`module: expected a WebAssembly.Module, found ${kindOf(module)}`);
    const exports = engine()!.Module.exports(module);
    if (!exports.some(({ name }) => name.split(".")[2] === wasm!.build))
      fail("the WebAssembly is of another build: rebuild both with optimc build");
    return module;
  };

  const bound = ({ exports }: WasmInstance, options: CreateOptions): Loaded => {
    made++;
    const functions = exports as Kernels["functions"];
    const { buffer } = exports["optimc.memory"] as { readonly buffer: ArrayBuffer };
    const relaxed = functions[markOf("relaxed")];
    if (relaxed) return [buffer, { initialize: relaxed, functions }, "wasm-relaxed"];
    const fallback = options.relaxed && (unfused ?? "no relaxed code");
    return [buffer, { initialize: functions[markOf("strict")]!, functions }, "wasm", fallback || undefined];
  };

  const compile = async (variant: Variant): Promise<object> => {
    const bytes = await bytesLater(wasm![variant]!, host).catch(lost);
    return (modules[variant] = await engine()!.compile(bytes));
  };

  const compileSync = (variant: Variant): object => {
    let bytes;
    try {
      bytes = bytesNow(wasm![variant]!, host);
    } catch (error) {
      lost(error);
    }
    bytes ??= fail("not loaded yet: await create() first, or build with --inline");
    return (modules[variant] = new (engine()!.Module)(bytes));
  };

  /** One compilation for all callers that ask while it runs; a failed one is not kept. */
  const compileOnce = (variant: Variant): Promise<object> =>
    (loading[variant] ??= compile(variant).finally(() => delete loading[variant]));

  const loader: Loader = {
    async load(options) {
      try {
        const other = instead(options);
        if (other) return other;
        const variant = variantOf(options);
        const module = options.module ?? modules[variant] ?? (await compileOnce(variant));
        return bound(await engine()!.instantiate(complete(module)), options);
      } catch (error) {
        return afterError(error, options, loader.load);
      }
    },
    loadSync(options) {
      try {
        const other = instead(options);
        if (other) return other;
        const variant = variantOf(options);
        const module = options.module ?? modules[variant] ?? compileSync(variant);
        return bound(new (engine()!.Instance)(complete(module)), options);
      } catch (error) {
        return afterError(error, options, loader.loadSync);
      }
    },
  };
  return loader;
}
