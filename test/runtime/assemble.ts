/** Small WebAssembly modules, written by hand as the emitter's are shaped. */

const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
const section = (id: number, ...content: number[]): number[] => [id, content.length, ...content];

export interface Shape {
  /** In pages of 64 KiB. */
  readonly pages?: number;
  /** Whether `run` stores its number with the other sign. */
  readonly negated?: boolean;
  /** The exports; by default all that the runtime needs. */
  readonly names?: readonly [memory: string, initialize: string, run: string];
  readonly imports?: boolean;
}

/** A module that exports its memory, a function without parameters, and one that stores a float at address 0. */
export function assemble({
  pages = 1,
  negated = false,
  names = ["optimc.memory", "optimc.strict.b1", "run"],
  imports = false,
}: Shape = {}): Uint8Array<ArrayBuffer> {
  const [memory, initialize, run] = names;
  const [i32, f32] = [0x7f, 0x7d];
  const initializeBody = [0, 0x41, 4, 0x41, 7, 0x36, 2, 0, 0x0b]; // i32.store(4, 7)
  const runBody = [0, 0x41, 0, 0x20, 0, ...(negated ? [0x8c] : []), 0x38, 2, 0, 0x0b]; // f32.store(0, ±x)
  const bodies = [initializeBody, runBody].flatMap((body) => [body.length, ...body]);
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, 3, 0x60, 0, 0, 0x60, 1, f32, 0, 0x60, 1, i32, 0),
    ...(imports ? section(2, 1, ...text("env"), ...text("memory2"), 3, i32, 0) : []),
    ...section(3, 2, 0, 1),
    ...section(5, 1, 1, pages, pages),
    ...section(7, 3, ...text(memory), 2, 0, ...text(initialize), 0, 0, ...text(run), 0, 1),
    ...section(10, 2, ...bodies),
  ]);
}
