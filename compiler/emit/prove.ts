/** A build proves what it is about to write: that every script parses. What else is written, its target proves. */
import { notValid } from "../diagnostics.js";

interface Message {
  readonly text: string;
  readonly location: { readonly line: number; readonly lineText: string } | null;
}

/** Throws unless a module or a declaration can be parsed; `name` is its file's. */
export async function proveScript(name: string, text: string): Promise<void> {
  // A build that is up to date must never pay for esbuild; any other has it running.
  const { transform } = await import("esbuild");
  try {
    await transform(text, { loader: name.endsWith(".d.ts") ? "ts" : "js", logLevel: "silent" });
  } catch (error) {
    const { errors = [] } = error as { readonly errors?: readonly Message[] };
    const [first] = errors;
    const at = first?.location
      ? ` at line ${first.location.line}, ${first.location.lineText.slice(0, 200).trim()}`
      : "";
    throw notValid(name, `${first?.text ?? String(error)}${at}`);
  }
}
