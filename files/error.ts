/** The one error of this entry: what a file, a name or an array had to be, and what it is. */

/** How a FileError came about. */
export interface FileErrorOptions {
  /** What the system, the browser or the net said, where it was they who refused. */
  readonly cause?: unknown;
}

/**
 * What every function of `optimc/files` throws, or rejects with, for what it cannot read, write or take. Its message names
 * the part, what was expected and what was found: `tensor 'hidden.weight': expected 4000 bytes, found 3996`.
 */
export class FileError extends Error {
  declare readonly name: "FileError";
  /** The file, the part of it, or the argument. */
  declare readonly part: string;
  /** What had to be there. */
  declare readonly expected: string;
  /** What is there. */
  declare readonly found: string;

  constructor(part: string, expected: string, found: string, options?: FileErrorOptions) {
    super(`${part}: expected ${expected}, found ${found}`, options);
    Object.assign(this, { name: "FileError", part, expected, found });
  }
}

export function fail(part: string, expected: string, found: unknown): never {
  throw new FileError(part, expected, `${found}`);
}

/** What was refused already stays as it is; anything else that was thrown is the cause of a FileError. */
export function refused(part: string, expected: string, cause: unknown): never {
  throw cause instanceof FileError ? cause : new FileError(part, expected, String(cause), { cause });
}

/** Waits for what the system or the browser does; what it says against it is the cause of a FileError. */
export async function attempt<T>(part: string, expected: string, act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (cause) {
    return refused(part, expected, cause);
  }
}

/** A value in an error: text in quotes, numbers as they are, arrays by their elements, else its kind. */
export const shown = (value: unknown): string =>
  typeof value === "string"
    ? `'${value}'`
    : Array.isArray(value)
      ? `[${value.map(shown).join(", ")}]`
      : typeof value === "object"
        ? {}.toString.call(value).slice(8, -1)
        : String(value);

/** A tensor of a file in an error. */
export const tensorPart = (name: string): string => `tensor '${name}'`;
