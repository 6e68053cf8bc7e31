/**
 * What an instance runs on: WebAssembly, compiled once for all instances, or the JavaScript that was built with it where
 * there is no WebAssembly or a policy forbids it. That a file is missing or another one is an error, never a reason for
 * JavaScript.
 */

import type { Kernels, Program } from "./abi.js";
import { enter, kindOf, refuse } from "./refuse.js";
import { bytesLater, bytesNow, type Host } from "./source.js";
import type { CreateOptions, Instance } from "./types.js";
import { engine, hasRelaxedSimd, type WasmInstance } from "./webassembly.js";

/** An instance's memory, zeroed but for constants, the kernels on it, and what they are. */
export type Loaded = readonly [memory: ArrayBuffer, kernels: Kernels, target: Instance["target"]];

export interface Loader {
  load(options: CreateOptions): Promise<Loaded>;
  loadSync(options: CreateOptions): Loaded;
}

const forBoth = "build with --target js,wasm";

function inJavascript({ bytes, javascript }: Program): Loaded {
  const memory = new ArrayBuffer(bytes);
  return [memory, javascript!(memory), "js"];
}

/** Where nothing but JavaScript was built. */
export const javascriptLoader = (program: Program): Loader => {
  const loadSync = ({ target = "js", module }: CreateOptions) =>
    target !== "js" || module ? refuse(`built without WebAssembly: ${forBoth}`) : inJavascript(program);
  return { load: async (options) => loadSync(options), loadSync };
};

const variants = ["strict", "relaxed"] as const;
type Variant = (typeof variants)[number];
const variantOf = ({ relaxed }: CreateOptions): Variant => (relaxed && hasRelaxedSimd() ? "relaxed" : "strict");

export function wasmLoader(program: Program, host: Host): Loader {
  const { name, wasm, javascript } = program;
  let { blocked } = host;
  /** Compiled, and about to be. */
  const modules: { [variant in Variant]?: object } = {};
  const loading: { [variant in Variant]?: Promise<object> } = {};

  const fail = (message: string): never => {
    // Other calls may have begun since this one did.
    enter(`${name}.create`);
    return refuse(message);
  };
  const lost = (error: unknown): never =>
    fail(`cannot load ${(error as Error).message}: put the file there that optimc build wrote, or build with --inline`);

  const fallback = ({ target }: CreateOptions): Loaded =>
    javascript && target !== "wasm" ? inJavascript(program) : fail(blocked + (javascript ? "" : `, or ${forBoth}`));

  /** Not the bytes are refused: they are those that were built. */
  const isRefusal = (error: unknown): boolean => /^(Compile|Eval)E/.test((error as Error).name);

  /** JavaScript, if WebAssembly is not allowed. Chromium and Firefox then refuse to compile, Safari to instantiate. */
  const afterError = (error: unknown, options: CreateOptions): Loaded => {
    if (!isRefusal(error)) throw error;
    blocked = `${(error as Error).message}: allow 'wasm-unsafe-eval' in the content security policy`;
    return fallback(options);
  };

  /** JavaScript where it is asked for, or nothing else can be had. */
  const instead = (options: CreateOptions): Loaded | undefined => {
    const { target = "wasm", module } = options;
    if (target === "js") return javascript ? inJavascript(program) : fail(`built without JavaScript: ${forBoth}`);
    if (target !== "wasm") fail(`target: expected js or wasm, found ${target as string}`);
    if (!engine()) blocked = "this engine has no WebAssembly: use another";
    return blocked && !(module && engine()) ? fallback(options) : undefined;
  };

  const markOf = (variant: Variant): string => `optimc.${variant}.${wasm!.build}`;

  /** Refuses a module of another build. */
  const complete = (module: object): object => {
    if (kindOf(module) !== "WebAssembly.Module") fail(`module: expected a WebAssembly.Module, found ${kindOf(module)}`);
    const names = engine()!
      .Module.exports(module)
      .map(({ name }) => name);
    if (!variants.some((variant) => names.includes(markOf(variant))))
      fail("the WebAssembly is of another build: rebuild both with optimc build");
    return module;
  };

  const bound = ({ exports }: WasmInstance): Loaded => {
    const functions = exports as Kernels["functions"];
    const { buffer } = exports["optimc.memory"] as { readonly buffer: ArrayBuffer };
    const relaxed = functions[markOf("relaxed")];
    const initialize = relaxed ?? functions[markOf("strict")]!;
    return [buffer, { initialize, functions }, relaxed ? "wasm-relaxed" : "wasm"];
  };

  const compile = async (variant: Variant): Promise<object> => {
    const bytes = await bytesLater(wasm![variant], host).catch(lost);
    return (modules[variant] = await engine()!.compile(bytes));
  };

  const compileSync = (variant: Variant): object => {
    let bytes;
    try {
      bytes = bytesNow(wasm![variant], host);
    } catch (error) {
      lost(error);
    }
    bytes ??= fail("not loaded yet: await create() first, or build with --inline");
    return (modules[variant] = new (engine()!.Module)(bytes));
  };

  /** One compilation for all that ask meanwhile; a failed one is not kept. */
  const compileOnce = (variant: Variant): Promise<object> =>
    (loading[variant] ??= compile(variant).finally(() => delete loading[variant]));

  const loader: Loader = {
    async load(options) {
      try {
        const other = instead(options);
        if (other) return other;
        const variant = variantOf(options);
        const module = options.module ?? modules[variant] ?? (await compileOnce(variant));
        return bound(await engine()!.instantiate(complete(module)));
      } catch (error) {
        // What is refused may be relaxed code alone.
        if (options.relaxed && isRefusal(error)) return loader.load({ ...options, relaxed: false });
        return afterError(error, options);
      }
    },
    loadSync(options) {
      try {
        const other = instead(options);
        if (other) return other;
        const variant = variantOf(options);
        const module = options.module ?? modules[variant] ?? compileSync(variant);
        return bound(new (engine()!.Instance)(complete(module)));
      } catch (error) {
        if (options.relaxed && isRefusal(error)) return loader.loadSync({ ...options, relaxed: false });
        return afterError(error, options);
      }
    },
  };
  return loader;
}
