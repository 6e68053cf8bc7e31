/** The instructions that the target uses: opcodes of the WebAssembly core specification 2.0, and of relaxed SIMD. */

export type ValueType = "i32" | "f32" | "f64" | "v128";

/** Instructions without immediates: operands in, one value out. */
const plain = {
  "i32.eqz": 0x45,
  "i32.eq": 0x46,
  "i32.ne": 0x47,
  "i32.lt_s": 0x48,
  "i32.gt_s": 0x4a,
  "i32.le_s": 0x4c,
  "i32.ge_s": 0x4e,
  "f32.eq": 0x5b,
  "f32.ne": 0x5c,
  "f32.lt": 0x5d,
  "f32.le": 0x5f,
  "f64.eq": 0x61,
  "f64.ne": 0x62,
  "f64.lt": 0x63,
  "f64.le": 0x65,
  "i32.add": 0x6a,
  "i32.sub": 0x6b,
  "i32.mul": 0x6c,
  "i32.div_s": 0x6d,
  "i32.div_u": 0x6e,
  "i32.and": 0x71,
  "i32.or": 0x72,
  "i32.xor": 0x73,
  "i32.shl": 0x74,
  "i32.shr_s": 0x75,
  "i32.shr_u": 0x76,
  "f32.abs": 0x8b,
  "f32.neg": 0x8c,
  "f32.floor": 0x8e,
  "f32.sqrt": 0x91,
  "f32.add": 0x92,
  "f32.sub": 0x93,
  "f32.mul": 0x94,
  "f32.div": 0x95,
  "f64.abs": 0x99,
  "f64.neg": 0x9a,
  "f64.floor": 0x9c,
  "f64.sqrt": 0x9f,
  "f64.add": 0xa0,
  "f64.sub": 0xa1,
  "f64.mul": 0xa2,
  "f64.div": 0xa3,
  "f32.convert_i32_s": 0xb2,
  "f32.demote_f64": 0xb6,
  "f64.convert_i32_s": 0xb7,
  "f64.convert_i32_u": 0xb8,
  "f64.promote_f32": 0xbb,
  select: 0x1b,
  "i32.trunc_sat_f32_s": 0xfc00,
  "i32.trunc_sat_f64_s": 0xfc02,
  "i32x4.splat": 0xfd11,
  "f32x4.splat": 0xfd13,
  "f64x2.splat": 0xfd14,
  "i32x4.eq": 0xfd37,
  "i32x4.ne": 0xfd38,
  "i32x4.lt_s": 0xfd39,
  "i32x4.le_s": 0xfd3d,
  "f32x4.eq": 0xfd41,
  "f32x4.ne": 0xfd42,
  "f32x4.lt": 0xfd43,
  "f32x4.le": 0xfd45,
  "f64x2.eq": 0xfd47,
  "f64x2.ne": 0xfd48,
  "f64x2.lt": 0xfd49,
  "f64x2.le": 0xfd4b,
  "v128.not": 0xfd4d,
  "v128.and": 0xfd4e,
  "v128.andnot": 0xfd4f,
  "v128.or": 0xfd50,
  "v128.xor": 0xfd51,
  "v128.bitselect": 0xfd52,
  "f32x4.demote_f64x2_zero": 0xfd5e,
  "f64x2.promote_low_f32x4": 0xfd5f,
  "i16x8.narrow_i32x4_u": 0xfd86,
  "i8x16.narrow_i16x8_u": 0xfd66,
  "f32x4.floor": 0xfd68,
  "f64x2.floor": 0xfd75,
  "i16x8.extend_low_i8x16_u": 0xfd89,
  "i32x4.neg": 0xfda1,
  "i32x4.abs": 0xfda0,
  "i32x4.extend_low_i16x8_u": 0xfda9,
  "i32x4.shl": 0xfdab,
  "i32x4.shr_u": 0xfdad,
  "i32x4.add": 0xfdae,
  "i32x4.sub": 0xfdb1,
  "i32x4.mul": 0xfdb5,
  "i64x2.shl": 0xfdcb,
  "i64x2.shr_u": 0xfdcd,
  "i64x2.eq": 0xfdd6,
  "f32x4.abs": 0xfde0,
  "f32x4.neg": 0xfde1,
  "f32x4.sqrt": 0xfde3,
  "f32x4.add": 0xfde4,
  "f32x4.sub": 0xfde5,
  "f32x4.mul": 0xfde6,
  "f32x4.div": 0xfde7,
  "f32x4.pmin": 0xfdea,
  "f32x4.pmax": 0xfdeb,
  "f64x2.abs": 0xfdec,
  "f64x2.neg": 0xfded,
  "f64x2.sqrt": 0xfdef,
  "f64x2.add": 0xfdf0,
  "f64x2.sub": 0xfdf1,
  "f64x2.mul": 0xfdf2,
  "f64x2.div": 0xfdf3,
  "f64x2.pmin": 0xfdf6,
  "f64x2.pmax": 0xfdf7,
  "i32x4.trunc_sat_f32x4_s": 0xfdf8,
  "f32x4.convert_i32x4_s": 0xfdfa,
  "i32x4.trunc_sat_f64x2_s_zero": 0xfdfc,
  "f64x2.convert_low_i32x4_s": 0xfdfe,
  "f64x2.convert_low_i32x4_u": 0xfdff,
  "f32x4.relaxed_madd": 0xfd105,
  "f64x2.relaxed_madd": 0xfd107,
} as const;

/** Instructions that name a lane. */
const lanes = {
  "i32x4.extract_lane": 0xfd1b,
  "i32x4.replace_lane": 0xfd1c,
  "f32x4.extract_lane": 0xfd1f,
  "f32x4.replace_lane": 0xfd20,
  "f64x2.extract_lane": 0xfd21,
  "f64x2.replace_lane": 0xfd22,
} as const;

/** Loads and stores: opcode, and the bytes that they touch. */
const memory = {
  "i32.load": [0x28, 4],
  "f32.load": [0x2a, 4],
  "f64.load": [0x2b, 8],
  "i32.load8_u": [0x2d, 1],
  "i32.store": [0x36, 4],
  "f32.store": [0x38, 4],
  "f64.store": [0x39, 8],
  "i32.store8": [0x3a, 1],
  "v128.load": [0xfd00, 16],
  "v128.load32_splat": [0xfd09, 4],
  "v128.load64_splat": [0xfd0a, 8],
  "v128.load32_zero": [0xfd5c, 4],
  "v128.load64_zero": [0xfd5d, 8],
  "v128.store": [0xfd0b, 16],
  "v128.load32_lane": [0xfd56, 4],
  "v128.load64_lane": [0xfd57, 8],
  "v128.store8_lane": [0xfd58, 1],
  "v128.store32_lane": [0xfd5a, 4],
  "v128.store64_lane": [0xfd5b, 8],
} as const;

export type PlainName = keyof typeof plain;
export type LaneName = keyof typeof lanes;
export type MemoryName = keyof typeof memory;

/** The opcode's bytes: one, or a prefix and a LEB128 number. */
export function opcodeOf(name: PlainName | LaneName | MemoryName): readonly number[] {
  const code =
    name in plain ? plain[name as PlainName] : name in lanes ? lanes[name as LaneName] : memory[name as MemoryName][0];
  if (code < 0x100) return [code];
  const text = code.toString(16);
  const prefix = parseInt(text.slice(0, 2), 16);
  const rest = parseInt(text.slice(2), 16);
  return [prefix, ...unsigned(rest)];
}

/** The opcode of a plain instruction, or of one with the same operands and result where it is relaxed SIMD's. */
export const opcodeAlike = (name: PlainName): readonly number[] =>
  opcodeOf(name.endsWith(".relaxed_madd") ? "v128.bitselect" : name);

/** How many bytes of memory a load or store touches. */
export const touchedBytes = (name: MemoryName): number => memory[name][1];

/** LEB128 of a whole number >= 0. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value >>> 0; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** LEB128 of an int32. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const last = rest >= -64 && rest < 64;
    bytes.push((rest & 0x7f) | (last ? 0 : 0x80));
    if (last) return bytes;
  }
}

/** The type of an instruction's result; a store has none. */
export function resultOf(name: PlainName | LaneName | MemoryName): ValueType | null {
  if (name.includes(".store")) return null;
  if (name === "select") throw new Error("select has the type of its operands");
  const [prefix, operation = ""] = name.split(".") as [string, string];
  if (operation === "extract_lane") return prefix === "i32x4" ? "i32" : prefix === "f32x4" ? "f32" : "f64";
  if (/x/.test(prefix) || prefix === "v128") return "v128";
  if (/^(eqz|eq|ne|lt|gt|le|ge)(_[su])?$/.test(operation)) return "i32";
  return prefix as ValueType;
}
