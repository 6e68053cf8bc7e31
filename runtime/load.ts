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

interface Exports {
  readonly "optimc.memory": { readonly buffer: ArrayBuffer };
  readonly "optimc.initialize": Kernels["initialize"];
}

type Variant = "strict" | "relaxed";
const variantOf = ({ relaxed }: CreateOptions): Variant => (relaxed && hasRelaxedSimd() ? "relaxed" : "strict");

export function wasmLoader(program: Program, host: Host): Loader {
  const { name, wasm, javascript, functions, bytes } = program;
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
  const stale = (found: string): never => fail(`the WebAssembly has ${found}: rebuild both with optimc build`);

  const fallback = ({ target }: CreateOptions): Loaded =>
    javascript && target !== "wasm" ? inJavascript(program) : fail(blocked + (javascript ? "" : `, or ${forBoth}`));

  /** JavaScript, if WebAssembly is not allowed. Chromium and Firefox then refuse to compile, Safari to instantiate. */
  const afterError = (error: unknown, options: CreateOptions): Loaded => {
    // It is not the bytes that are refused: they are those that were built.
    if (!/^(Compile|Eval)E/.test((error as Error).name)) throw error;
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

  /** Refuses a module that lacks what is called. */
  const complete = (module: object): object => {
    if (kindOf(module) !== "WebAssembly.Module") fail(`module: expected a WebAssembly.Module, found ${kindOf(module)}`);
    const names = engine()!
      .Module.exports(module)
      .map(({ name }) => name);
    for (const name of ["optimc.memory", "optimc.initialize", ...Object.keys(functions)])
      if (!names.includes(name)) stale(`no '${name}'`);
    return module;
  };

  const bound = ({ exports }: WasmInstance, variant: Variant): Loaded => {
    const { "optimc.memory": memory, "optimc.initialize": initialize } = exports as unknown as Exports;
    const { buffer } = memory;
    if (buffer.byteLength < bytes) stale(`${buffer.byteLength} bytes of memory, not ${bytes}`);
    const kernels = { initialize, functions: exports as Kernels["functions"] };
    return [buffer, kernels, variant === "relaxed" ? "wasm-relaxed" : "wasm"];
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

  return {
    async load(options) {
      try {
        const other = instead(options);
        if (other) return other;
        const variant = variantOf(options);
        const module = options.module ?? modules[variant] ?? (await compileOnce(variant));
        return bound(await engine()!.instantiate(complete(module)), variant);
      } catch (error) {
        return afterError(error, options);
      }
    },
    loadSync(options) {
      try {
        const other = instead(options);
        if (other) return other;
        const variant = variantOf(options);
        const module = options.module ?? modules[variant] ?? compileSync(variant);
        return bound(new (engine()!.Instance)(complete(module)), variant);
      } catch (error) {
        return afterError(error, options);
      }
    },
  };
}
