/** Checks the outputs of a build before they are written: every script must parse. Each target checks its own files. */
import { notValid } from "../diagnostics.js";

interface Message {
  readonly text: string;
  readonly location: { readonly line: number; readonly lineText: string } | null;
}

/** Throws unless a module or a declaration can be parsed; `name` is its file's. */
export async function proveScript(name: string, text: string): Promise<void> {
  // esbuild is loaded only here, because a build that is up to date must not pay for it; any other build uses it
  // anyway.
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
