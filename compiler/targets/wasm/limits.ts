/**
 * The limits of the WebAssembly JavaScript interface for one module. A module beyond one of them is valid, but compiles
 * in no engine.
 */
export const limits = {
  parameters: 1000,
  "local variables": 50_000,
  "bytes of code": 7_654_321,
  "bytes of module": 2 ** 30,
  "types of functions": 1_000_000,
  functions: 1_000_000,
  exports: 1_000_000,
  "pieces of data": 100_000,
  "bytes of name": 100_000,
} as const;

export type Limit = keyof typeof limits;
