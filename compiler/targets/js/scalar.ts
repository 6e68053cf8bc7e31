/**
 * Scalars as JavaScript expressions: an f32 operation is wrapped in Math.fround, an i32 operation ends in `| 0`, a bool
 * is a JavaScript boolean. The elementary functions are calls of their definitions.
 */
import { mathFunction, type MathOperator } from "../../ir/math.js";
import type { BinaryOperator, Scalar, ScalarFunction, ScalarType, UnaryOperator } from "../../ir/scalar.js";
import type { Size } from "../../ir/size.js";
import { isWord } from "./size.js";

export interface ScalarContext {
  /** The text of a scalar that the context has already computed, such as a const or a kernel's local. */
  known(scalar: Scalar): string | undefined;
  variable(name: string): string;
  load?(buffer: string, index: Size): string;
  index?(size: Size): string;
}

/** An expression and how tightly its outermost operator binds. */
type Text = readonly [text: string, binds: number];

const TERNARY = 1;
const AND_LOGICAL = 3;
const OR_LOGICAL = 2;
const OR = 4;
const EQUALITY = 7;
const SHIFT = 9;
const UNARY = 12;
const ATOM = 13;

const symbols: { readonly [operator in BinaryOperator]?: Text } = {
  or: ["|", OR],
  xor: ["^", 5],
  and: ["&", 6],
  eq: ["===", EQUALITY],
  ne: ["!==", EQUALITY],
  lt: ["<", 8],
  le: ["<=", 8],
  shl: ["<<", SHIFT],
  shr: [">>>", SHIFT],
  add: ["+", 10],
  sub: ["-", 10],
  mul: ["*", 11],
  div: ["/", 11],
};

const bitwise: ReadonlySet<BinaryOperator> = new Set(["or", "xor", "and", "shl", "shr"]);

export function printScalar(scalar: Scalar, context: ScalarContext): string {
  return print(scalar, context)[0];
}

/** In parentheses unless it is a name, a number, a call or a load. */
export const printOperand = (scalar: Scalar, context: ScalarContext): string => within(print(scalar, context), ATOM);

/** In parentheses if it could not follow `&&` without them. */
export const printCondition = (scalar: Scalar, context: ScalarContext): string =>
  within(print(scalar, context), AND_LOGICAL);

/** The definition that a scalar calls, if its operator is an elementary function: that of f64, whatever the type. */
export function definitionOf(scalar: Scalar): ScalarFunction | undefined {
  if (scalar.kind === "call") return scalar.function;
  if (scalar.kind === "unary") return mathFunction(scalar.operator, "f64");
  return scalar.kind === "binary" && scalar.operator === "pow" ? mathFunction("pow", "f64") : undefined;
}

export function printNumber(value: number, type: ScalarType): string {
  if (type === "bool") return value !== 0 ? "true" : "false";
  if (Object.is(value, -0)) return "-0";
  const plain = String(value).replace("e+", "e");
  const scientific = value.toExponential().replace("e+", "e");
  return scientific.length < plain.length ? scientific : plain;
}

function within([text, binds]: Text, least: number): string {
  return binds >= least ? text : `(${text})`;
}

function infix(operator: BinaryOperator, x: Text, y: Text): Text {
  const [symbol, binds] = symbols[operator] as Text;
  // Operands of bit operators are atoms or of the same operator; others get parentheses, because few readers know that
  // `|` binds looser than `+`.
  if (bitwise.has(operator)) {
    return [`${within(x, x[1] === binds ? binds : UNARY)} ${symbol} ${within(y, UNARY)}`, binds];
  }
  // `a - (b + c)` keeps its parentheses: floating-point addition is not associative.
  return [`${within(x, binds)} ${symbol} ${within(y, binds + 1)}`, binds];
}

/** An exact result of an operation on `type`, rounded to it. */
function rounded(text: Text, type: ScalarType): Text {
  if (type === "f32") return [`Math.fround(${text[0]})`, ATOM];
  return type === "i32" ? [`${within(text, UNARY)} | 0`, OR] : text;
}

function print(scalar: Scalar, context: ScalarContext): Text {
  const known = context.known(scalar);
  if (known !== undefined) return [known, ATOM];
  const of = (each: Scalar): Text => print(each, context);
  switch (scalar.kind) {
    case "constant":
      return ofConstant(scalar.value, scalar.type);
    case "variable":
      return [context.variable(scalar.name), ATOM];
    case "unary":
      return printUnary(scalar.operator, scalar.type, of(scalar.x));
    case "binary":
      return printBinary(scalar, of(scalar.x), of(scalar.y));
    case "select":
      return [
        `${within(of(scalar.condition), TERNARY + 1)} ? ${within(of(scalar.x), TERNARY)} : ${within(of(scalar.y), TERNARY)}`,
        TERNARY,
      ];
    case "convert":
      return printConvert(scalar.x.type, scalar.type, of(scalar.x));
    case "unsigned":
      return [`${within(of(scalar.x), UNARY)} >>> 0`, SHIFT];
    case "load":
      if (!context.load) throw new Error(`print: no memory to load '${scalar.buffer}' from`);
      // A bool is 1 or 0 in memory and true or false in an expression.
      return scalar.type === "bool"
        ? [`${context.load(scalar.buffer, scalar.index)} !== 0`, EQUALITY]
        : [context.load(scalar.buffer, scalar.index), ATOM];
    case "index":
      if (!context.index) throw new Error(`print: no text for the index ${scalar.value.key}`);
      return [isWord(scalar.value) ? context.index(scalar.value) : `(${context.index(scalar.value)})`, ATOM];
    case "call":
      return printCall(scalar.function, scalar.args.map(of));
  }
}

const ofConstant = (value: number, type: ScalarType): Text => [
  printNumber(value, type),
  value < 0 || Object.is(value, -0) ? UNARY : ATOM,
];

function printCall(called: ScalarFunction, args: readonly Text[]): Text {
  return [`${called.name}(${args.map(([text]) => text).join(", ")})`, ATOM];
}

function printDefinition(operator: MathOperator, type: ScalarType, args: readonly Text[]): Text {
  const definition = type === "f32" || type === "f64" ? mathFunction(operator, "f64") : undefined;
  if (!definition) throw new Error(`scalar ${operator} has no meaning for ${type}`);
  return rounded(printCall(definition, args), type);
}

function printUnary(operator: UnaryOperator, type: ScalarType, x: Text): Text {
  switch (operator) {
    case "neg": {
      const text: Text = [`-${within(x, ATOM)}`, UNARY];
      return type === "i32" ? rounded(text, type) : text;
    }
    case "abs": {
      const text: Text = [`Math.abs(${x[0]})`, ATOM];
      return type === "i32" ? rounded(text, type) : text;
    }
    case "floor":
      return [`Math.floor(${x[0]})`, ATOM];
    case "sqrt":
      return rounded([`Math.sqrt(${x[0]})`, ATOM], type);
    case "not":
      return [`${type === "bool" ? "!" : "~"}${within(x, UNARY)}`, UNARY];
    case "exponent":
    case "mantissa":
    case "exp2i":
      return [`${operator}(${x[0]})`, ATOM];
    case "exp":
    case "log":
    case "tanh":
    case "sin":
    case "cos":
    case "erf":
      return printDefinition(operator, type, [x]);
    default:
      throw operator satisfies never;
  }
}

function printBinary(scalar: Scalar & { kind: "binary" }, x: Text, y: Text): Text {
  const { operator, type } = scalar;
  switch (operator) {
    case "lt":
    case "le":
    case "eq":
    case "ne":
    case "shl":
      return infix(operator, x, y);
    case "shr": {
      const by = scalar.y.kind === "constant" ? scalar.y.value & 31 : 0;
      return by === 0 ? rounded(infix(operator, x, y), "i32") : infix(operator, x, y);
    }
    case "mul":
      if (type === "i32") return [`Math.imul(${x[0]}, ${y[0]})`, ATOM];
      return rounded(infix(operator, x, y), type);
    case "add": {
      const { y: second } = scalar;
      const isNegative = second.kind === "constant" && second.value < 0;
      return rounded(isNegative ? infix("sub", x, ofConstant(-second.value, type)) : infix("add", x, y), type);
    }
    case "sub":
    case "div":
      return rounded(infix(operator, x, y), type);
    case "power":
      return [`power(${x[0]}, ${y[0]})`, ATOM];
    case "pow":
      return printDefinition(operator, type, [x, y]);
    case "and":
    case "or":
    case "xor":
      return type === "bool" ? printLogical(operator, x, y) : infix(operator, x, y);
    default:
      throw operator satisfies never;
  }
}

function printLogical(operator: "and" | "or" | "xor", x: Text, y: Text): Text {
  if (operator === "xor") return infix("ne", x, y);
  const [symbol, binds] = operator === "and" ? ["&&", AND_LOGICAL] : ["||", OR_LOGICAL];
  // Both are associative.
  return [`${within(x, binds)} ${symbol} ${within(y, binds)}`, binds];
}

function printConvert(from: ScalarType, to: ScalarType, x: Text): Text {
  if (to === "bool") return [`${within(x, EQUALITY)} !== 0`, EQUALITY];
  if (from === "bool") return [`${within(x, TERNARY + 1)} ? 1 : 0`, TERNARY];
  // Takes the nearest int32 beyond the range, where `| 0` alone would wrap. Both make 0 of NaN.
  if (to === "i32") return rounded([`Math.max(-2147483648, Math.min(2147483647, ${x[0]}))`, ATOM], to);
  return to === "f32" ? rounded(x, to) : x;
}
