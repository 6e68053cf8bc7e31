/**
 * Arithmetic on four lanes at once. A value of type f32 or i32 is one vector; an f64 is two, of two lanes each; a bool
 * is a mask of all ones or zeros, as wide as the compared values: one vector, or two.
 */
import type { BinaryOperator, ScalarType, UnaryOperator } from "../../ir/scalar.js";
import { f32, f64, i32, lane, plain, shuffle32, words, type Code } from "./code.js";
import type { PlainName } from "./opcodes.js";

/** One vector or two; each part is evaluated where it is placed. */
export type Parts = readonly Code[];

/** Makes a tree that may be placed more than once: it keeps the value in a local. */
export type Hold = (code: Code) => Code;

export const partCount = (type: ScalarType): number => (type === "f64" ? 2 : 1);

const shapes = { f32: "f32x4", f64: "f64x2", i32: "i32x4", bool: "v128" } as const;

const named = (type: ScalarType, operation: string): PlainName => `${shapes[type]}.${operation}` as PlainName;

const each = (name: PlainName, ...operands: readonly Parts[]): Parts =>
  (operands[0] as Parts).map((_, part) => plain(name, ...operands.map((parts) => parts[part] as Code)));

export const zeros = words(0, 0, 0, 0);

export function splat(type: ScalarType, value: Code, hold: Hold): Parts {
  if (type === "bool") return [plain("i32x4.splat", plain("i32.sub", i32(0), value))];
  if (value.kind === "constant" && value.value === 0 && !Object.is(value.value, -0)) {
    return Array.from({ length: partCount(type) }, () => zeros);
  }
  const one = plain(named(type, "splat"), value);
  if (type !== "f64") return [one];
  const held = hold(one);
  return [held, held];
}

/** One of the four lanes as a scalar. */
export function extract(type: ScalarType, parts: Parts, at: number): Code {
  switch (type) {
    case "f32":
      return lane("f32x4.extract_lane", at, parts[0] as Code);
    case "f64":
      return lane("f64x2.extract_lane", at % 2, parts[at >> 1] as Code);
    case "i32":
      return lane("i32x4.extract_lane", at, parts[0] as Code);
    case "bool":
      return plain("i32.and", lane("i32x4.extract_lane", at, parts[0] as Code), i32(1));
  }
}

/** The four lanes of scalars. */
export function gather(type: ScalarType, scalars: readonly Code[], hold: Hold): Parts {
  if (type === "f64") {
    return [0, 2].map((first) =>
      lane("f64x2.replace_lane", 1, plain("f64x2.splat", scalars[first] as Code), scalars[first + 1] as Code),
    );
  }
  const replace = type === "f32" ? "f32x4.replace_lane" : "i32x4.replace_lane";
  const [first, ...rest] = scalars as [Code, ...Code[]];
  const all = rest.reduce<Code>(
    (vector, scalar, position) => lane(replace, position + 1, vector, scalar),
    plain(type === "f32" ? "f32x4.splat" : "i32x4.splat", first),
  );
  return type === "bool" ? [plain("i32x4.ne", all, zeros)] : [hold(all)];
}

/** A mask for lanes of 32 bits. */
export function narrowMask(parts: Parts): Code {
  return parts.length === 1 ? (parts[0] as Code) : shuffle32([0, 2, 4, 6], parts[0] as Code, parts[1] as Code);
}

/** A mask as wide as values of so many parts. */
export function maskFor(count: number, parts: Parts, hold: Hold): Parts {
  if (parts.length === count) return parts;
  if (count === 1) return [narrowMask(parts)];
  const mask = hold(parts[0] as Code);
  return [shuffle32([0, 0, 1, 1], mask, mask), shuffle32([2, 2, 3, 3], mask, mask)];
}

/** Both masks in the width of the wider. */
function alike(x: Parts, y: Parts, hold: Hold): readonly [Parts, Parts] {
  const count = Math.max(x.length, y.length);
  return [maskFor(count, x, hold), maskFor(count, y, hold)];
}

const bits = { f32: words(0x7fffff, 0x7fffff, 0x7fffff, 0x7fffff), f64: words(-1, 0xfffff, -1, 0xfffff) } as const;

export function unaryParts(operator: UnaryOperator, type: ScalarType, x: Parts): Parts | null {
  switch (operator) {
    case "neg":
    case "abs":
      return each(named(type, operator), x);
    case "floor":
    case "sqrt":
      return each(named(type, operator), x);
    case "not":
      return each("v128.not", x);
    case "exponent":
      // In a positive number the exponent's bits are the highest that are set.
      return type === "f32"
        ? x.map((part) =>
            plain(
              "f32x4.convert_i32x4_s",
              plain("i32x4.sub", plain("i32x4.shr_u", part, i32(23)), words(127, 127, 127, 127)),
            ),
          )
        : // 2^52 + e has e as its lowest bits.
          x.map((part) =>
            plain(
              "f64x2.sub",
              plain("v128.or", plain("i64x2.shr_u", part, i32(52)), words(0, 0x43300000, 0, 0x43300000)),
              plain("f64x2.splat", f64(2 ** 52 + 1023)),
            ),
          );
    case "mantissa": {
      const [low, one] =
        type === "f32"
          ? [bits.f32, words(0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000)]
          : [bits.f64, words(0, 0x3ff00000, 0, 0x3ff00000)];
      return x.map((part) => plain("v128.or", plain("v128.and", part, low), one));
    }
    case "exp2i":
      // k + 1.5 * 2^23 + 127 has k + 127 as its lowest bits: shifted, they are the exponent of 2^k.
      return type === "f32"
        ? x.map((part) =>
            plain("i32x4.shl", plain("f32x4.add", part, plain("f32x4.splat", f32(1.5 * 2 ** 23 + 127))), i32(23)),
          )
        : x.map((part) =>
            plain("i64x2.shl", plain("f64x2.add", part, plain("f64x2.splat", f64(1.5 * 2 ** 52 + 1023))), i32(52)),
          );
    case "exp":
    case "log":
    case "tanh":
    case "sin":
    case "cos":
    case "erf":
      return null;
    default:
      throw operator satisfies never;
  }
}

/** `type` is that of the operands; null where there is no such instruction. */
export function binaryParts(operator: BinaryOperator, type: ScalarType, x: Parts, y: Parts, hold: Hold): Parts | null {
  switch (operator) {
    case "add":
    case "sub":
    case "mul":
      return each(named(type, operator), x, y);
    case "div":
      return type === "i32" ? null : each(named(type, operator), x, y);
    case "lt":
    case "le":
      return type === "bool" ? null : each(named(type, type === "i32" ? `${operator}_s` : operator), x, y);
    case "eq":
    case "ne":
      if (type !== "bool") return each(named(type, operator), x, y);
      return operator === "ne"
        ? each("v128.xor", ...alike(x, y, hold))
        : each("v128.not", each("v128.xor", ...alike(x, y, hold)));
    case "and":
    case "or":
    case "xor":
      return each(`v128.${operator}`, ...(type === "bool" ? alike(x, y, hold) : ([x, y] as const)));
    case "shl":
    case "shr":
    case "pow":
    case "power":
      return null;
    default:
      throw operator satisfies never;
  }
}

/**
 * A mask of the lanes where a number is 0 or subnormal: its exponent has no bit set. The bits of Infinity select the
 * exponent. The test costs half of |x| < y, and compares no floats, which takes long for subnormal ones. The 0 is
 * written in 4 bytes, a vector in 18.
 */
export const belowNormalParts = (type: "f32" | "f64", x: Parts, infinity: Parts): Parts =>
  each(
    type === "f32" ? "i32x4.eq" : "i64x2.eq",
    each("v128.and", x, infinity),
    x.map(() => plain("i32x4.splat", i32(0))),
  );

/** pmax(x, y) is x < y ? y : x, pmin(x, y) is y < x ? y : x. */
export const boundParts = (operation: "pmin" | "pmax", type: ScalarType, x: Parts, y: Parts): Parts =>
  each(named(type, operation), x, y);

const isZero = (parts: Parts): boolean =>
  parts.every((part) => part.kind === "vector" && part.words.every((word) => word === 0));

export function selectParts(type: ScalarType, condition: Parts, x: Parts, y: Parts, hold: Hold): Parts {
  if (type === "bool") {
    const count = Math.max(condition.length, x.length, y.length);
    const [mask, a, b] = [condition, x, y].map((parts) => maskFor(count, parts, hold)) as [Parts, Parts, Parts];
    return each("v128.bitselect", a, b, mask);
  }
  const mask = maskFor(partCount(type), condition, hold);
  if (isZero(x)) return each("v128.andnot", y, mask);
  if (isZero(y)) return each("v128.and", x, mask);
  return each("v128.bitselect", x, y, mask);
}

const ones = { f32: words(0x3f800000, 0x3f800000, 0x3f800000, 0x3f800000), f64: words(0, 0x3ff00000, 0, 0x3ff00000) };

export function convertParts(from: ScalarType, to: ScalarType, x: Parts, hold: Hold): Parts {
  if (from === to) return x;
  const [first] = x as [Code];
  if (to === "bool") {
    return each(
      named(from, "ne"),
      x,
      x.map(() => zeros),
    );
  }
  if (from === "bool") {
    if (to === "f64") return each("v128.and", maskFor(2, x, hold), [ones.f64, ones.f64]);
    return [plain("v128.and", narrowMask(x), to === "f32" ? ones.f32 : words(1, 1, 1, 1))];
  }
  if (to === "f64") {
    const held = hold(first);
    const name = from === "f32" ? "f64x2.promote_low_f32x4" : "f64x2.convert_low_i32x4_s";
    return [plain(name, held), plain(name, shuffle32([2, 3, 2, 3], held, held))];
  }
  if (from === "f64") {
    const name = to === "f32" ? "f32x4.demote_f64x2_zero" : "i32x4.trunc_sat_f64x2_s_zero";
    return [shuffle32([0, 1, 4, 5], plain(name, first), plain(name, x[1] as Code))];
  }
  return [plain(to === "f32" ? "f32x4.convert_i32x4_s" : "i32x4.trunc_sat_f32x4_s", first)];
}

/** The int32 lanes, read as unsigned, as f64. */
export function unsignedParts([x]: Parts, hold: Hold): Parts {
  const held = hold(x as Code);
  return [
    plain("f64x2.convert_low_i32x4_u", held),
    plain("f64x2.convert_low_i32x4_u", shuffle32([2, 3, 2, 3], held, held)),
  ];
}
