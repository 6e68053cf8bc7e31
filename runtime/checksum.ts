/** The checksum by which an emitted module recognizes its WebAssembly file: FNV-1a, as int32. */
export function checksum(bytes: Uint8Array): number {
  let sum = -2128831035;
  for (const byte of bytes) sum = Math.imul(sum ^ byte, 16777619);
  return sum;
}
