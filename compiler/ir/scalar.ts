/**
 * Scalar expressions: the computation of one element in a kernel, or of a number on the host before a call.
 *
 * A scalar is a frozen tree (a graph, where parts are shared) with a machine type. Rounding is visible: an operation
 * of type f32 rounds its result to float32, one of type f64 does not.
 */
import type { Size } from "./size.js";

export type ScalarType = "f32" | "f64" | "i32" | "bool";

export type UnaryOperator =
  | "neg"
  | "abs"
  | "sqrt"
  | "floor"
  | "exp"
  | "log"
  | "tanh"
  | "sin"
  | "cos"
  | "erf"
  /** Bitwise not for i32, logical not for bool. */
  | "not"
  /** On f64 and f32. The exponent e of x = m * 2^e with 1 <= m < 2, as a whole number; x is normal and positive. */
  | "exponent"
  /** On f64 and f32. The m above. */
  | "mantissa"
  /** 2^x for a whole x: in [-1022, 1023] for f64, in [-126, 127] for f32. Any number for another x, NaN included. */
  | "exp2i";

export type BinaryOperator =
  | "add"
  | "sub"
  | "mul"
  | "div"
  | "pow"
  /** f64 only. x^y for a whole y >= 0. */
  | "power"
  | "lt"
  | "le"
  | "eq"
  | "ne"
  /** On bool and i32. */
  | "and"
  | "or"
  | "xor"
  /** On i32; the shift is taken modulo 32. `shr` is the unsigned shift. */
  | "shl"
  | "shr";

export type Scalar =
  | { readonly kind: "constant"; readonly type: ScalarType; readonly value: number }
  /** A local of the kernel, a parameter of a scalar function, or a host scalar, by name. */
  | { readonly kind: "variable"; readonly type: ScalarType; readonly name: string }
  | { readonly kind: "unary"; readonly type: ScalarType; readonly operator: UnaryOperator; readonly x: Scalar }
  | {
      readonly kind: "binary";
      readonly type: ScalarType;
      readonly operator: BinaryOperator;
      readonly x: Scalar;
      readonly y: Scalar;
    }
  | {
      readonly kind: "select";
      readonly type: ScalarType;
      readonly condition: Scalar;
      readonly x: Scalar;
      readonly y: Scalar;
    }
  /** f64 to f32 rounds; float to i32 truncates, and beyond i32 takes the nearest one, of NaN 0; i32 or bool to float is the number; anything to bool is `!= 0`. */
  | { readonly kind: "convert"; readonly type: ScalarType; readonly x: Scalar }
  /** The i32 read as unsigned, as a float. */
  | { readonly kind: "unsigned"; readonly type: "f64"; readonly x: Scalar }
  | { readonly kind: "load"; readonly type: ScalarType; readonly buffer: string; readonly index: Size }
  /** An integer expression as an i32. */
  | { readonly kind: "index"; readonly type: "i32"; readonly value: Size }
  | {
      readonly kind: "call";
      readonly type: ScalarType;
      readonly function: ScalarFunction;
      readonly args: readonly Scalar[];
    };

/** A function of scalars, emitted once in each module that calls it. Shared parts of `result` are computed once. */
export interface ScalarFunction {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: ScalarType }[];
  readonly result: Scalar;
  /** The method and its source, printed above the emitted function. */
  readonly doc: string;
  /** Names for parts of `result`, for printing: a named part is computed once, under that name; two may share one. */
  readonly names?: ReadonlyMap<Scalar, string>;
}

export function constant(value: number, type: ScalarType = "f64"): Scalar {
  return { kind: "constant", type, value: type === "f32" ? Math.fround(value) : value };
}

export function variable(name: string, type: ScalarType): Scalar {
  return { kind: "variable", name, type };
}

export function unary(operator: UnaryOperator, x: Scalar): Scalar {
  return { kind: "unary", type: x.type, operator, x };
}

const comparisons: ReadonlySet<BinaryOperator> = new Set(["lt", "le", "eq", "ne"]);

/** `x operator y`; a plain number takes the other operand's type. Both operands have one type. */
export function binary(operator: BinaryOperator, a: Scalar | number, b: Scalar | number): Scalar {
  const type = typeof a === "number" ? (typeof b === "number" ? "f64" : b.type) : a.type;
  const x = typeof a === "number" ? constant(a, type) : a;
  const y = typeof b === "number" ? constant(b, type) : b;
  if (x.type !== y.type) throw new Error(`scalar ${operator}: operands of types ${x.type} and ${y.type}`);
  // -x + y and y - x are the same number, rounded once.
  if (operator === "add" && x.kind === "unary" && x.operator === "neg") return binary("sub", y, x.x);
  return { kind: "binary", type: comparisons.has(operator) ? "bool" : type, operator, x, y };
}

type Operand = Scalar | number;

export const add = (x: Operand, y: Operand): Scalar => binary("add", x, y);
export const sub = (x: Operand, y: Operand): Scalar => binary("sub", x, y);
export const mul = (x: Operand, y: Operand): Scalar => binary("mul", x, y);
export const div = (x: Operand, y: Operand): Scalar => binary("div", x, y);
export const lt = (x: Operand, y: Operand): Scalar => binary("lt", x, y);
export const le = (x: Operand, y: Operand): Scalar => binary("le", x, y);
export const eq = (x: Operand, y: Operand): Scalar => binary("eq", x, y);
export const ne = (x: Operand, y: Operand): Scalar => binary("ne", x, y);
export const and = (x: Operand, y: Operand): Scalar => binary("and", x, y);
export const or = (x: Operand, y: Operand): Scalar => binary("or", x, y);
export const xor = (x: Operand, y: Operand): Scalar => binary("xor", x, y);

/** `condition ? x : y`; both sides are computed. */
export function select(condition: Scalar, x: Scalar, y: Scalar): Scalar {
  if (x.type !== y.type) throw new Error(`scalar select: sides of types ${x.type} and ${y.type}`);
  return { kind: "select", type: x.type, condition, x, y };
}

export function convert(x: Scalar, type: ScalarType): Scalar {
  // A float32 read as a double and rounded back is itself.
  if (x.kind === "convert" && x.x.type === type && type === "f32" && x.type === "f64") return x.x;
  if (x.type === type) return x;
  // A truth value as a number, and back.
  if (x.kind === "convert" && x.x.type === "bool" && type === "bool") return x.x;
  if (x.kind === "constant" && type !== "i32") {
    return constant(type === "bool" ? Number(x.value !== 0) : x.value, type);
  }
  return { kind: "convert", type, x };
}

export function unsigned(x: Scalar): Scalar {
  return { kind: "unsigned", type: "f64", x };
}

export function load(buffer: string, index: Size, type: ScalarType): Scalar {
  return { kind: "load", type, buffer, index };
}

export function indexValue(value: Size): Scalar {
  return { kind: "index", type: "i32", value };
}

export function call(callee: ScalarFunction, ...args: readonly Scalar[]): Scalar {
  return { kind: "call", type: callee.result.type, function: callee, args };
}

/** The scalars directly inside a scalar. */
export function operandsOf(scalar: Scalar): readonly Scalar[] {
  switch (scalar.kind) {
    case "constant":
    case "variable":
    case "load":
    case "index":
      return [];
    case "unary":
    case "convert":
    case "unsigned":
      return [scalar.x];
    case "binary":
      return [scalar.x, scalar.y];
    case "select":
      return [scalar.condition, scalar.x, scalar.y];
    case "call":
      return scalar.args;
  }
}

/** The scalar with its direct operands replaced; the same object if none changed. */
export function mapOperands(scalar: Scalar, map: (operand: Scalar) => Scalar): Scalar {
  switch (scalar.kind) {
    case "constant":
    case "variable":
    case "load":
    case "index":
      return scalar;
    case "unary":
    case "convert":
    case "unsigned": {
      const x = map(scalar.x);
      return x === scalar.x ? scalar : { ...scalar, x };
    }
    case "binary": {
      const [x, y] = [map(scalar.x), map(scalar.y)];
      return x === scalar.x && y === scalar.y ? scalar : { ...scalar, x, y };
    }
    case "select": {
      const [condition, x, y] = [map(scalar.condition), map(scalar.x), map(scalar.y)];
      return condition === scalar.condition && x === scalar.x && y === scalar.y
        ? scalar
        : { ...scalar, condition, x, y };
    }
    case "call": {
      const args = scalar.args.map(map);
      return args.every((each, position) => each === scalar.args[position]) ? scalar : { ...scalar, args };
    }
  }
}
