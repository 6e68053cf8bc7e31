/** The services of a kernel's emitter for the emission of single kinds of statements. */
import type { Statement } from "../../ir/kernel.js";
import type { Index, Size } from "../../ir/size.js";
import type { Base, Code, Local } from "./code.js";
import type { ValueType } from "./opcodes.js";

export interface Emitter {
  /** Whether contractions may multiply and add in one rounding. */
  readonly relaxed: boolean;
  /** Appends to the code that is being written. */
  push(...codes: readonly Code[]): void;
  /** The code that `write` pushes, without appending it. */
  collect(write: () => void): readonly Code[];
  /** A fresh local; names serve the text form only. */
  local(type: ValueType, name: string): Local;
  /** A fresh local that has this value from here on; a constant or a local is returned as it is. */
  hold(value: Code, name: string): Code;
  /** The value of a size as an i32: dimensions and bound indices must have one. */
  size(size: Size): Code;
  /** The most that a size can be: dimensions at capacity. */
  capacity(size: Size): number;
  baseOf(buffer: string): Base;
  /** From here on the index has this value, which is a local or a constant. */
  bindIndex(index: Index, value: Code): void;
  /** Emits statements; loops among them are vectorized where that is legal and pays. */
  statements(statements: readonly Statement[]): void;
  /**
   * Emits statements for each index from `from` to before `to`, i32 locals or constants; `to` may be at most the
   * index's extent. Vectorized over the index where that is legal and pays.
   */
  range(index: Index, from: Code, to: Code, body: readonly Statement[]): void;
}
