/**
 * Evaluates scalars exactly as a target must: f32 operations round once, i32 operations wrap, and the elementary
 * functions are their definitions. The oracle of the targets, and the arithmetic of the host at build time.
 *
 * A bool is 0 or 1. Both sides of a select are computed.
 */
import { mathFunction } from "./math.js";
import { wholePower } from "./power.js";
import type { BinaryOperator, Scalar, ScalarFunction, ScalarType, UnaryOperator } from "./scalar.js";
import type { Size } from "./size.js";

export interface ScalarEnvironment {
  variable(name: string): number;
  load?(buffer: string, index: number): number;
  index?(size: Size): number;
}

export function evaluateScalar(scalar: Scalar, environment: ScalarEnvironment): number {
  const known = new Map<Scalar, number>();
  const valueOf = (each: Scalar): number => {
    let value = known.get(each);
    if (value === undefined) known.set(each, (value = evaluateNode(each, valueOf, environment)));
    return value;
  };
  return valueOf(scalar);
}

/** The value of a scalar function for arguments that already have its parameters' types. */
export function callScalarFunction(called: ScalarFunction, ...args: readonly number[]): number {
  const values = new Map(called.parameters.map(({ name }, position) => [name, args[position]]));
  return evaluateScalar(called.result, {
    variable(name) {
      const value = values.get(name);
      if (value === undefined) throw new Error(`${called.name}: no argument '${name}'`);
      return value;
    },
  });
}

function evaluateNode(scalar: Scalar, valueOf: (scalar: Scalar) => number, environment: ScalarEnvironment): number {
  switch (scalar.kind) {
    case "constant":
      return scalar.value;
    case "variable":
      return environment.variable(scalar.name);
    case "unary":
      return evaluateUnary(scalar.operator, scalar.type, valueOf(scalar.x));
    case "binary":
      return evaluateBinary(scalar.operator, scalar.x.type, valueOf(scalar.x), valueOf(scalar.y));
    case "select": {
      const [condition, x, y] = [valueOf(scalar.condition), valueOf(scalar.x), valueOf(scalar.y)];
      return condition !== 0 ? x : y;
    }
    case "convert":
      return scalar.type === "i32" ? integerOf(valueOf(scalar.x)) : convertValue(valueOf(scalar.x), scalar.type);
    case "unsigned":
      return valueOf(scalar.x) >>> 0;
    case "load":
      if (!environment.load || !environment.index)
        throw new Error(`evaluate: no memory to load '${scalar.buffer}' from`);
      return environment.load(scalar.buffer, environment.index(scalar.index));
    case "index":
      if (!environment.index) throw new Error(`evaluate: no value for the index ${scalar.value.key}`);
      return environment.index(scalar.value);
    case "call":
      return callScalarFunction(scalar.function, ...scalar.args.map(valueOf));
  }
}

/** Converts a number to int32: cuts it toward zero, takes the nearest int32 beyond the range, and 0 for NaN. */
export const integerOf = (x: number): number => (x > 2147483647 ? 2147483647 : x < -2147483648 ? -2147483648 : x | 0);

/** The result of an operation on `type`; integers wrap. */
function convertValue(x: number, type: ScalarType): number {
  if (type === "bool") return Number(x !== 0);
  return type === "i32" ? x | 0 : type === "f32" ? Math.fround(x) : x;
}

const view = new DataView(new ArrayBuffer(8));

/** `exponent`, `mantissa` and `exp2i`, on the bits of a double or of a float32. */
const bitPrimitives = {
  f64: {
    exponent(x: number): number {
      view.setFloat64(0, x);
      return ((view.getInt32(0) >>> 20) & 2047) - 1023;
    },
    mantissa(x: number): number {
      view.setFloat64(0, x);
      view.setInt32(0, (view.getInt32(0) & 0xfffff) | (1023 << 20));
      return view.getFloat64(0);
    },
    exp2i(x: number): number {
      view.setInt32(0, (x + 1023) << 20);
      view.setInt32(4, 0);
      return view.getFloat64(0);
    },
  },
  f32: {
    exponent(x: number): number {
      view.setFloat32(0, x);
      return ((view.getInt32(0) >>> 23) & 255) - 127;
    },
    mantissa(x: number): number {
      view.setFloat32(0, x);
      view.setInt32(0, (view.getInt32(0) & 0x7fffff) | (127 << 23));
      return view.getFloat32(0);
    },
    exp2i(x: number): number {
      view.setInt32(0, (x + 127) << 23);
      return view.getFloat32(0);
    },
  },
};

function unsupported(operator: string, type: ScalarType): Error {
  return new Error(`scalar ${operator} has no meaning for ${type}`);
}

function evaluateUnary(operator: UnaryOperator, type: ScalarType, x: number): number {
  const float = type === "f32" || type === "f64";
  switch (operator) {
    case "not":
      if (float) throw unsupported(operator, type);
      return type === "bool" ? 1 - x : ~x;
    case "neg":
    case "abs":
      if (type === "bool") throw unsupported(operator, type);
      return convertValue(operator === "neg" ? -x : Math.abs(x), type);
    case "floor":
    case "sqrt":
      if (!float) throw unsupported(operator, type);
      return convertValue(operator === "floor" ? Math.floor(x) : Math.sqrt(x), type);
    case "exponent":
    case "mantissa":
    case "exp2i":
      if (!float) throw unsupported(operator, type);
      return bitPrimitives[type][operator](x);
    case "exp":
    case "log":
    case "tanh":
    case "sin":
    case "cos":
    case "erf":
      return evaluateDefinition(operator, type, x);
    default:
      throw operator satisfies never;
  }
}

/**
 * An f32 elementary function is the f64 one, rounded once, as on JavaScript. A target that calls the definitions of
 * type f32 instead is compared with `callScalarFunction` on these definitions.
 */
function evaluateDefinition(operator: UnaryOperator | "pow", type: ScalarType, ...args: number[]): number {
  const definition = type === "f32" || type === "f64" ? mathFunction(operator, "f64") : undefined;
  if (!definition) throw unsupported(operator, type);
  return convertValue(callScalarFunction(definition, ...args), type);
}

/** `type` is that of the operands. */
function evaluateBinary(operator: BinaryOperator, type: ScalarType, x: number, y: number): number {
  switch (operator) {
    case "lt":
      return Number(x < y);
    case "le":
      return Number(x <= y);
    case "eq":
      return Number(x === y);
    case "ne":
      return Number(x !== y);
    case "add":
    case "sub":
    case "mul":
    case "div":
      if (type === "bool") throw unsupported(operator, type);
      if (operator === "mul" && type === "i32") return Math.imul(x, y);
      return convertValue(
        operator === "add" ? x + y : operator === "sub" ? x - y : operator === "mul" ? x * y : x / y,
        type,
      );
    case "pow":
      return evaluateDefinition("pow", type, x, y);
    case "power":
      return wholePower(x, y);
    case "and":
    case "or":
    case "xor":
      if (type !== "i32" && type !== "bool") throw unsupported(operator, type);
      return operator === "and" ? x & y : operator === "or" ? x | y : x ^ y;
    case "shl":
    case "shr":
      if (type !== "i32") throw unsupported(operator, type);
      return operator === "shl" ? x << y : (x >>> y) | 0;
    default:
      throw operator satisfies never;
  }
}
