/** Arithmetic on single values: an f32 operation rounds by itself, a bool is 0 or 1. */
import type { BinaryOperator, ScalarType, UnaryOperator } from "../../ir/scalar.js";
import { f32, f64, i32, lane, plain, type Code } from "./code.js";
import { unaryParts, type Hold } from "./lanes.js";
import type { PlainName, ValueType } from "./opcodes.js";

export const valueTypes: Readonly<Record<ScalarType, ValueType>> = { f32: "f32", f64: "f64", i32: "i32", bool: "i32" };

const named = (type: ScalarType, operation: string): PlainName => `${valueTypes[type]}.${operation}` as PlainName;

export function constantCode(type: ScalarType, value: number): Code {
  return type === "f32" ? f32(value) : type === "f64" ? f64(value) : i32(value);
}

export function unaryCode(operator: UnaryOperator, type: ScalarType, x: Code, hold: Hold): Code | null {
  switch (operator) {
    case "neg":
      return type === "i32" ? plain("i32.sub", i32(0), x) : plain(named(type, "neg"), x);
    case "abs": {
      if (type !== "i32") return plain(named(type, "abs"), x);
      const held = hold(x);
      return plain("select", plain("i32.sub", i32(0), held), held, plain("i32.lt_s", held, i32(0)));
    }
    case "floor":
    case "sqrt":
      return plain(named(type, operator), x);
    case "not":
      return type === "bool" ? plain("i32.eqz", x) : plain("i32.xor", x, i32(-1));
    case "exponent":
    case "mantissa":
    case "exp2i": {
      // Bits are extracted in a vector, whose lanes need no reinterpretation.
      const [splat, extract] =
        type === "f32"
          ? (["f32x4.splat", "f32x4.extract_lane"] as const)
          : (["f64x2.splat", "f64x2.extract_lane"] as const);
      const [result] = unaryParts(operator, type, [plain(splat, x)]) ?? [];
      return lane(extract, 0, result as Code);
    }
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
export function binaryCode(operator: BinaryOperator, type: ScalarType, x: Code, y: Code, hold: Hold): Code | null {
  switch (operator) {
    case "add":
    case "sub":
    case "mul":
      return plain(named(type, operator), x, y);
    case "div": {
      if (type !== "i32") return plain(named(type, operator), x, y);
      // Division by zero is 0 and no trap.
      const [a, b] = [hold(plain("f64.convert_i32_s", x)), hold(plain("f64.convert_i32_s", y))];
      const quotient = plain("i32.trunc_sat_f64_s", plain("f64.div", a, b));
      return plain("select", quotient, i32(0), plain("f64.ne", b, f64(0)));
    }
    case "lt":
    case "le":
      return plain(named(type, valueTypes[type] === "i32" ? `${operator}_s` : operator), x, y);
    case "eq":
    case "ne":
      return plain(named(type, operator), x, y);
    case "and":
    case "or":
    case "xor":
      return plain(`i32.${operator}`, x, y);
    case "shl":
      return plain("i32.shl", x, y);
    case "shr":
      return plain("i32.shr_u", x, y);
    case "pow":
    case "power":
      return null;
    default:
      throw operator satisfies never;
  }
}

export function convertCode(from: ScalarType, to: ScalarType, x: Code): Code {
  if (from === to) return x;
  if (to === "bool") return plain(named(from, "ne"), x, constantCode(from, 0));
  if (to === "f64") return plain(from === "f32" ? "f64.promote_f32" : "f64.convert_i32_s", x);
  if (to === "f32") return plain(from === "f64" ? "f32.demote_f64" : "f32.convert_i32_s", x);
  if (from === "bool") return x;
  return plain(from === "f32" ? "i32.trunc_sat_f32_s" : "i32.trunc_sat_f64_s", x);
}
