/** Checks WebAssembly before a build writes it: engines must accept it. */
import { engine } from "../../../runtime/webassembly.js";
import { notValid } from "../../diagnostics.js";
import { encodeModule, type ModuleParts } from "./encode.js";
import { opcodeAlike } from "./opcodes.js";

/**
 * Whether the engine has relaxed SIMD, tested with a module whose function is f32x4.relaxed_madd of its vector, taken
 * three times.
 */
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

/**
 * The bytes of a module that the engine accepts; a refusal is a defect of the compiler. An engine without relaxed SIMD
 * gets the module with other instructions of the same types in the place of relaxed ones.
 */
export function provenWasm(name: string, parts: ModuleParts, relaxed: boolean): Uint8Array<ArrayBuffer> {
  const bytes = encodeModule(parts);
  const own = engine();
  if (!own) return bytes;
  const known = relaxed && !hasRelaxedSimd() ? { ...parts, opcodeOf: opcodeAlike } : parts;
  if (own.validate(known === parts ? bytes : encodeModule(known))) return bytes;
  let found = "";
  try {
    new own.Module(encodeModule({ ...known, named: true }));
  } catch (error) {
    found = (error as Error).message;
  }
  throw notValid(`the WebAssembly of ${name}`, found);
}
