/** Bytes as text: of inline WebAssembly, and of arrays in a state that becomes JSON. */

declare const atob: (text: string) => string;
declare const btoa: (bytes: string) => string;

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = letters.charCodeAt(i);
  return bytes;
}

export function toBase64({ buffer }: { readonly buffer: ArrayBuffer }): string {
  let text = "";
  // In pieces of whole groups of three: the bytes of a piece are arguments of one call.
  for (let at = 0; at < buffer.byteLength; at += 3e4)
    text += btoa(Reflect.apply(String.fromCharCode, null, new Uint8Array(buffer.slice(at, at + 3e4))));
  return text;
}
