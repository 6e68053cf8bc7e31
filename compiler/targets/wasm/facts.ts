/** What is known of the WebAssembly target before anything is printed. */
import type { TargetFacts } from "../target.js";
import { limits } from "./limits.js";

/** The export that is no function of the model, nor its initialization; theirs have no dot. */
export const memoryName = "optimc.memory";

/** Every module of ours exports its memory under this name. */
const isOurs = (content: Uint8Array): boolean => {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return bytes.subarray(0, 4).equals(Buffer.from("\0asm")) && bytes.includes(memoryName);
};

/** What follows the base name of the files, by variant. */
export const endings = { strict: ".wasm", relaxed: ".relaxed.wasm" } as const;

export const facts: TargetFacts = {
  name: "wasm",
  title: "WebAssembly",
  mostNumbers: limits.parameters,
  instances: { wasm: null, "wasm-relaxed": "may fuse multiplications with additions" },
  files: Object.values(endings).map((ending) => ({ ending, isOurs })),
  stageNames: ["wat"],
};
