/** A build proves what it is about to write: that every script parses, and that engines take the WebAssembly. */
import { engine, hasRelaxedSimd } from "../../runtime/webassembly.js";

const defect = (what: string, found: string): Error =>
  new Error(`${what} is not valid (a defect of optimc; nothing was written): ${found}`);

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
    throw defect(name, `${first?.text ?? String(error)}${at}`);
  }
}

/**
 * Throws unless the engine takes these bytes. `relaxed`: the variant whose instructions for fused multiplication and
 * addition it may not know; `alike` then gives the same module with known ones of the same types in their places.
 */
export function proveWasm(name: string, bytes: Uint8Array, relaxed?: { readonly alike: () => Uint8Array }): void {
  const own = engine();
  if (!own) return;
  const known = relaxed && !hasRelaxedSimd() ? relaxed.alike() : bytes;
  if (own.validate(known)) return;
  let found = "";
  try {
    new own.Module(known);
  } catch (error) {
    found = (error as Error).message;
  }
  throw defect(`the WebAssembly of ${name}`, found);
}
