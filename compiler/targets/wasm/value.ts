/** Scalars as code: once where all lanes have one value, four lanes at a time where each has its own. */
import { mathFunction, type MathOperator } from "../../ir/math.js";
import { smallestNormal } from "../../ir/math/normal.js";
import { operandsOf, type Scalar, type ScalarFunction, type ScalarType } from "../../ir/scalar.js";
import type { Size } from "../../ir/size.js";
import { get, plain, set, type Code, type Local } from "./code.js";
import {
  belowNormalParts,
  binaryParts,
  boundParts,
  convertParts,
  extract,
  gather,
  selectParts,
  unaryParts,
  unsignedParts,
  type Hold,
  type Parts,
} from "./lanes.js";
import type { ValueType } from "./opcodes.js";
import { binaryCode, constantCode, convertCode, unaryCode, valueTypes } from "./scalarCode.js";

export type Value =
  /** The same in all lanes. */
  | { readonly type: ScalarType; readonly uniform: true; readonly code: Code }
  | { readonly type: ScalarType; readonly uniform: false; readonly parts: Parts };

export const single = (type: ScalarType, code: Code): Value => ({ type, uniform: true, code });
export const laned = (type: ScalarType, parts: Parts): Value => ({ type, uniform: false, parts });

/** The place for code that must run before a value. */
export interface Writer {
  fresh(type: ValueType): Local;
  push(code: Code): void;
}

/** A tree that may be placed often: the value stands in a local. */
export function hold(code: Code, type: ValueType, writer: Writer): Code {
  if (code.kind === "get" || code.kind === "constant" || code.kind === "vector") return code;
  const local = writer.fresh(type);
  writer.push(set(local, code));
  return get(local);
}

/** The names that scalars may use. */
export interface Surroundings extends Writer {
  variable(name: string): Value;
  load(scalar: Scalar & { readonly kind: "load" }): Value;
  /** Two vectors of f64 from the float32 values of a load, if that is cheaper than loading one vector first. */
  loadWide(scalar: Scalar & { readonly kind: "load" }): Value | null;
  index(size: Size): Value;
  /** The value in every lane. */
  spread(value: Value): Parts;
}

/** The value, so that it may be placed more than once. */
export function held(value: Value, writer: Writer): Value {
  if (value.uniform) return single(value.type, hold(value.code, valueTypes[value.type], writer));
  return laned(
    value.type,
    value.parts.map((part) => hold(part, "v128", writer)),
  );
}

/** How often each part of a scalar is used. */
function countUses(root: Scalar): ReadonlyMap<Scalar, number> {
  const uses = new Map<Scalar, number>();
  const count = (scalar: Scalar): void => {
    const before = uses.get(scalar) ?? 0;
    uses.set(scalar, before + 1);
    if (before === 0) operandsOf(scalar).forEach(count);
  };
  count(root);
  return uses;
}

/** Whether a select is y < x ? x : y or the like: an instruction of its own, which keeps NaN as the select does. */
function boundOf({ type, condition, x, y }: Scalar & { readonly kind: "select" }): "pmin" | "pmax" | null {
  if ((type !== "f32" && type !== "f64") || condition.kind !== "binary" || condition.operator !== "lt") return null;
  const same = (a: Scalar, b: Scalar): boolean =>
    a === b || (a.kind === "constant" && b.kind === "constant" && Object.is(a.value, b.value));
  if (same(condition.x, y) && same(condition.y, x)) return "pmax";
  return same(condition.x, x) && same(condition.y, y) ? "pmin" : null;
}

/** The x of |x| < the smallest normal number, which a test of bits answers. */
function belowNormal({ operator, x, y }: Scalar & { readonly kind: "binary" }): Scalar | null {
  if (operator !== "lt" || x.kind !== "unary" || x.operator !== "abs" || y.kind !== "constant") return null;
  return (y.type === "f32" || y.type === "f64") && y.value === smallestNormal[y.type] ? x.x : null;
}

/** The value of a scalar; `call` is how functions are called. */
export function evaluate(
  root: Scalar,
  around: Surroundings,
  call: (called: ScalarFunction, args: readonly Value[], around: Surroundings) => Value,
): Value {
  const uses = countUses(root);
  const known = new Map<Scalar, Value>();
  const holdVector: Hold = (code) => hold(code, "v128", around);
  const holdSingle =
    (type: ScalarType): Hold =>
    (code) =>
      hold(code, valueTypes[type], around);

  const valueOf = (scalar: Scalar): Value => {
    const before = known.get(scalar);
    if (before) return before;
    let value = make(scalar);
    const plainValue = scalar.kind === "constant" || scalar.kind === "variable";
    if ((uses.get(scalar) as number) > 1 && !plainValue) value = held(value, around);
    known.set(scalar, value);
    return value;
  };

  /** An operation on operands, by the available way: single, in lanes, or lane by lane. */
  const operate = (
    type: ScalarType,
    operands: readonly Value[],
    one: (codes: readonly Code[]) => Code | null,
    four: (parts: readonly Parts[]) => Parts | null,
  ): Value | null => {
    if (operands.every((each) => each.uniform)) {
      const code = one(operands.map((each) => (each as Value & { uniform: true }).code));
      return code === null ? null : single(type, code);
    }
    const parts = operands.map((each) => around.spread(each));
    const made = four(parts);
    if (made) return laned(type, made);
    const again = operands.map((each, at) => held(laned(each.type, parts[at] as Parts), around));
    const lanes = [0, 1, 2, 3].map((lane) =>
      one(again.map((each) => extract(each.type, (each as Value & { uniform: false }).parts, lane))),
    );
    return lanes.includes(null) ? null : laned(type, gather(type, lanes as readonly Code[], holdVector));
  };

  const define = (operator: MathOperator, type: ScalarType, args: readonly Value[]): Value => {
    const definition = mathFunction(operator, type);
    if (!definition) throw new Error(`wasm: ${operator} has no meaning for ${type}`);
    return call(definition, args, around);
  };

  const make = (scalar: Scalar): Value => {
    switch (scalar.kind) {
      case "constant":
        return single(scalar.type, constantCode(scalar.type, scalar.value));
      case "variable":
        return around.variable(scalar.name);
      case "load":
        return around.load(scalar);
      case "index":
        return around.index(scalar.value);
      case "call":
        return call(scalar.function, scalar.args.map(valueOf), around);
      case "unary": {
        const { operator, type } = scalar;
        const x = valueOf(scalar.x);
        const made = operate(
          type,
          [x],
          ([code]) => unaryCode(operator, type, code as Code, holdSingle(type)),
          ([parts]) => unaryParts(operator, type, parts as Parts),
        );
        return made ?? define(operator, type, [x]);
      }
      case "binary": {
        const { operator, type } = scalar;
        const from = scalar.x.type;
        const tested = belowNormal(scalar);
        const small = tested && uses.get(scalar.x) === 1 ? valueOf(tested) : null;
        if (small?.uniform === false && (from === "f32" || from === "f64")) {
          const infinity = around.spread(single(from, constantCode(from, Infinity)));
          return laned(type, belowNormalParts(from, small.parts, infinity));
        }
        const [x, y] = [valueOf(scalar.x), valueOf(scalar.y)];
        if ((operator === "shl" || operator === "shr") && !x.uniform && y.uniform) {
          const [part] = x.parts as [Code];
          return laned(type, [plain(operator === "shl" ? "i32x4.shl" : "i32x4.shr_u", part, y.code)]);
        }
        const made = operate(
          type,
          [x, y],
          ([a, b]) => binaryCode(operator, from, a as Code, b as Code, holdSingle(from)),
          ([a, b]) => binaryParts(operator, from, a as Parts, b as Parts, holdVector),
        );
        if (made) return made;
        if (operator !== "pow") throw new Error(`wasm: ${operator} has no meaning for ${type}`);
        return define(operator, type, [x, y]);
      }
      case "select": {
        const { type } = scalar;
        const bound = boundOf(scalar);
        if (bound && uses.get(scalar.condition) === 1) {
          const [x, y] = [valueOf(scalar.y), valueOf(scalar.x)];
          if (!x.uniform || !y.uniform) return laned(type, boundParts(bound, type, around.spread(x), around.spread(y)));
        }
        return operate(
          type,
          [valueOf(scalar.condition), valueOf(scalar.x), valueOf(scalar.y)],
          ([condition, x, y]) => plain("select", x as Code, y as Code, condition as Code),
          ([condition, x, y]) => selectParts(type, condition as Parts, x as Parts, y as Parts, holdVector),
        ) as Value;
      }
      case "convert": {
        const from = scalar.x.type;
        if (scalar.x.kind === "load" && from === "f32" && scalar.type === "f64" && uses.get(scalar.x) === 1) {
          const wide = around.loadWide(scalar.x);
          if (wide) return wide;
        }
        return operate(
          scalar.type,
          [valueOf(scalar.x)],
          ([x]) => convertCode(from, scalar.type, x as Code),
          ([x]) => convertParts(from, scalar.type, x as Parts, holdVector),
        ) as Value;
      }
      case "unsigned":
        return operate(
          "f64",
          [valueOf(scalar.x)],
          ([x]) => plain("f64.convert_i32_u", x as Code),
          ([x]) => unsignedParts(x as Parts, holdVector),
        ) as Value;
    }
  };
  return valueOf(root);
}
