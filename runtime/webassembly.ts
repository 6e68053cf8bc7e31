/** The part of WebAssembly's API that the runtime uses, and checks of the engine's abilities. */

/** `WebAssembly`: neither Node's types nor the language's have it. */
export interface Engine {
  readonly Module: (new (bytes: Uint8Array) => object) & {
    exports(module: object): readonly { readonly name: string }[];
  };
  readonly Instance: new (module: object) => WasmInstance;
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object): Promise<WasmInstance>;
  validate(bytes: Uint8Array): boolean;
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

declare const WebAssembly: Engine | undefined;

/** The engine's WebAssembly, if it has one now. */
export const engine = (): Engine | undefined => (typeof WebAssembly === "undefined" ? undefined : WebAssembly);

/** Whether a policy forbids all WebAssembly: even the empty module, which every engine takes. */
export function isForbidden(): boolean {
  const { Module, Instance } = engine()!;
  try {
    new Instance(new Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));
    return false;
  } catch {
    return true;
  }
}
