/** The services of a kernel's printer for the printers of single kinds of statements. */
import type { Statement } from "../../ir/kernel.js";
import type { Index, Size } from "../../ir/size.js";

export interface StatementPrinter {
  /** The identifier of a buffer, local, loop index, host scalar or dimension. */
  nameOf(id: string): string;
  /** A new identifier for an id. */
  define(id: string, wanted: string): string;
  /** Gives another id to something that has an identifier. */
  alias(id: string, as: string): void;
  defineIndex(index: Index): string;
  size(size: Size): string;
  statements(statements: readonly Statement[]): string[];
  /** Runs `print` indented by one more loop; names that it takes are free again afterwards. */
  inside<T>(print: () => T): T;
}

export const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);
