/** Types of elements by the names that safetensors gives them, and their bytes as numbers. */

import { fail, shown } from "./error.js";
import { exact, type Numbers } from "./tensor.js";

/** How many bits an element takes, of a type that is called as those of the format are: "F32", "BF16", "F8_E4M3"; else NaN. */
export function bitsOf(dtype: unknown): number {
  const [found, bits] = /^'(?:BOOL|B?[CFIU](\d+)(?:_E\w+)?)'$/.exec(shown(dtype)) ?? [];
  return found ? Number(bits ?? 8) : NaN;
}

/**
 * The numbers that bytes hold, in order from the lowest byte: without a copy where JavaScript has an array of the type, so
 * that NaN keeps its bits. F16 and BF16 become float32, which holds all of them, and I64 float64.
 */
export function numbersOf(part: string, dtype: string, { buffer }: Uint8Array<ArrayBuffer>): Numbers {
  const Exact = exact[dtype as keyof typeof exact];
  if (Exact) return new Exact(buffer);
  if (dtype === "F16") return widened(new Uint16Array(buffer));
  if (dtype === "BF16") return new Float32Array(Uint32Array.from(new Uint16Array(buffer), (bits) => bits << 16).buffer);
  if (dtype === "I64")
    return Float64Array.from(new BigInt64Array(buffer) as Iterable<unknown>, (big, i) => {
      const value = Number(big);
      return Number.isSafeInteger(value)
        ? value
        : fail(`${part} at position ${i}`, "a whole number within 2^53", value);
    });
  return fail(part, "F64, F32, F16, BF16, I64, I32, U8 or BOOL", dtype);
}

/** Halves as floats: their exponents counted from 2^-15, so that what is not NaN or infinite is 2^112 times too small. */
function widened(halves: Uint16Array): Float32Array<ArrayBuffer> {
  const floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer);
  halves.forEach((half, i) => {
    bits[i] = (half & 0x7fff) << 13;
    if ((half & 0x7c00) < 0x7c00) floats[i]! *= 5.192296858534828e33;
    else bits[i]! |= 0x7f800000;
    bits[i]! |= (half & 0x8000) << 16;
  });
  return floats;
}
