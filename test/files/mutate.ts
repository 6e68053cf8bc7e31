/** Mutations of safetensors files: of their bytes, and of what their headers say. */

/** Marsaglia's xorshift, so that a failure comes again. */
export function randomly(seed: number) {
  let word = seed | 1;
  const below = (bound: number): number => {
    word ^= word << 13;
    word ^= word >>> 17;
    word ^= word << 5;
    return (word >>> 0) % bound;
  };
  return { below, pick: <T>(of: ArrayLike<T>): T => of[below(of.length)] as T };
}
export type Random = ReturnType<typeof randomly>;

/** A file of this header and these data, the header filled up with spaces or not. */
export function fileOf(header: string, data: Uint8Array, fills = true): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(header);
  const room = fills ? (8 - (text.length % 8)) % 8 : 0;
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length + room));
  return new Uint8Array(Buffer.concat([length, text, Buffer.alloc(room, " "), data]));
}

const partsOf = (file: Uint8Array): readonly [header: string, data: Uint8Array] => {
  const length = new DataView(file.buffer, file.byteOffset).getUint32(0, true);
  return [
    Buffer.from(file.subarray(8, 8 + length))
      .toString()
      .trimEnd(),
    file.subarray(8 + length),
  ];
};

const spliced = (file: Uint8Array, at: number, without: number, added: readonly number[] = []): Uint8Array =>
  new Uint8Array([...file.subarray(0, at), ...added, ...file.subarray(at + without)]);

const numbers = ["0", "-1", "1", "0.5", "1e1", "4294967296", "9007199254740993", "1e400", "null", '"1"', "[]", "true"];
const tokens = [",", "{", "}", "[", "]", ":", '"', "\\", "0", "-", " ", "\n", "\0", "é", "\\ud800"];
const dtypes = [
  "F64",
  "F32",
  "F16",
  "BF16",
  "I64",
  "I32",
  "I16",
  "I8",
  "U64",
  "U8",
  "BOOL",
  "F8_E4M3",
  "F4",
  "C64",
  "f32",
  "",
];

type Mutation = (file: Uint8Array, random: Random) => Uint8Array;

/** Of the header's text, whose length stands before it as it then is. */
const ofText =
  (change: (text: string, random: Random) => string): Mutation =>
  (file, random) => {
    const [header, data] = partsOf(file);
    return fileOf(change(header, random), data, random.below(8) > 0);
  };

/** Replaces one of the places where a pattern is found. */
const replacing = (pattern: RegExp, by: (random: Random, found: string) => string): Mutation =>
  ofText((text, random) => {
    const places = [...text.matchAll(pattern)];
    if (places.length === 0) return text;
    const { 0: found, index } = random.pick(places);
    return text.slice(0, index) + by(random, found) + text.slice(index + found.length);
  });

const mutations: readonly Mutation[] = [
  // A bit, a byte, or some, anywhere.
  (file, { below }) => file.with(below(file.length), below(256)),
  (file, { below }) => {
    const at = below(file.length);
    return file.with(at, file[at]! ^ (1 << below(8)));
  },
  (file, { below }) => file.subarray(0, below(file.length)),
  (file, { below }) => spliced(file, below(file.length), 1 + below(4)),
  (file, { below }) => spliced(file, below(file.length), 0, [below(256)]),
  (file, { below }) =>
    spliced(
      file,
      file.length,
      0,
      Array.from({ length: 1 + below(8) }, () => below(256)),
    ),
  // The length of the header.
  (file, { below }) => file.with(below(8), below(4) ? below(16) : 255),
  // What the header says.
  ofText((text, { below, pick }) => {
    const at = below(text.length);
    return text.slice(0, at) + pick(tokens) + text.slice(at + below(2));
  }),
  ofText((text, { below }) => {
    const at = below(text.length);
    return text.slice(0, at) + text.slice(at + 1 + below(10));
  }),
  replacing(/\d+/g, ({ pick }) => pick(numbers)),
  replacing(/\d+/g, ({ below }, found) => String(Number(found) + below(17) - 8)),
  replacing(/"(?:F|I|U|BOOL)\w*"/g, ({ pick }) => `"${pick(dtypes)}"`),
  replacing(
    /"\w+":/g,
    ({ pick }) => `"${pick(["dtype", "shape", "data_offsets", "a", "__metadata__", "__proto__"])}":`,
  ),
  replacing(/\[[\d,]*\]/g, ({ below }, found) =>
    below(2) ? found.replace("[", "[0,") : found.replace(/,?\d+\]/, "]"),
  ),
  replacing(/\{[^{}]*\}/g, ({ pick }, found) => pick([`${found},"b":${found}`, "{}", "null", `[${found}]`])),
];

/** A file with one to three of them. */
export function mutated(file: Uint8Array, random: Random): Uint8Array<ArrayBuffer> {
  let made = file;
  for (let more = 1 + (random.below(3) && random.below(3)); more > 0; more--) {
    try {
      made = random.pick(mutations)(made, random);
    } catch {
      // There is too little left of it.
    }
  }
  return new Uint8Array(made);
}
