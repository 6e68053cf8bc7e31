/** What is used of WebAssembly's API, and what the engine's can do. */

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

/** The engine's, where it has one now. */
export const engine = (): Engine | undefined => (typeof WebAssembly === "undefined" ? undefined : WebAssembly);

/** Whether it has relaxed SIMD: a function that is f32x4.relaxed_madd of its vector, three times. */
export const hasRelaxedSimd = (): boolean =>
  engine()!.validate(
    // prettier-ignore
    Uint8Array.of(
      0, 97, 115, 109, 1, 0, 0, 0, // \0asm, version 1
      1, 6, 1, 96, 1, 123, 1, 123, // type: v128 -> v128
      3, 2, 1, 0, // one function of it
      10, 13, 1, 11, 0, 32, 0, 32, 0, 32, 0, 253, 133, 2, 11, // local.get 0 three times, the operation, end
    ),
  );
