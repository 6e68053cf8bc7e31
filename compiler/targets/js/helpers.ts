/** Helpers of a module, put together from parts. */
import type { Helpers } from "../target.js";

export const noHelpers: Helpers = { text: "", names: [], scratch: [] };

/** One after another, with an empty line between. */
export const joined = (parts: readonly Helpers[]): Helpers => ({
  text: parts
    .map(({ text }) => text)
    .filter((text) => text !== "")
    .join("\n"),
  names: parts.flatMap(({ names }) => names),
  scratch: parts.flatMap(({ scratch }) => scratch),
});
