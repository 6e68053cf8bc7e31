/** A build proves what it is about to write: that engines take the WebAssembly. */
import { engine } from "../../../runtime/webassembly.js";
import { notValid } from "../../diagnostics.js";
import { encodeModule, type ModuleParts } from "./encode.js";
import { opcodeAlike } from "./opcodes.js";

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

/**
 * The bytes of a module that the engine takes; anything else is a defect. Where it knows no relaxed SIMD, it is shown
 * the module with other instructions of the same types in the places of relaxed ones.
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
