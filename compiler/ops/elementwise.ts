/** The two forms of nearly all elementwise operations, so that the file of each holds only its own formulas. */
import type { AbstractValue } from "../ir/abstractValue.js";
import type { Each } from "../ir/tensorType.js";
import type {
  ArgsOf,
  Dense,
  ElementType,
  Expression,
  GradientContext,
  Op,
  OpDefinition,
  Operand,
  Rewritable,
  TensorType,
} from "../ir/op.js";
import { defineOp, shapeFault, typeFault } from "../ir/op.js";
import { binary as binaryScalar, unary as unaryScalar } from "../ir/scalar.js";
import type { BinaryOperator, Scalar, UnaryOperator } from "../ir/scalar.js";
import { equal, one, printShape, type Size } from "../ir/size.js";
import { broadcastTo } from "./broadcast.js";
import { cast } from "./cast.js";

/** The shape of two operands broadcast together, right-aligned, as NumPy and PyTorch have it. */
export function broadcastShapes(name: string, shapes: readonly (readonly Size[])[]): readonly Size[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    let found = one;
    for (const shape of shapes) {
      const extent = shape[axis - rank + shape.length] ?? one;
      if (equal(extent, one) || equal(extent, found)) continue;
      if (!equal(found, one)) {
        shapeFault(
          `${name}: shapes do not broadcast: ${shapes.map(printShape).join(" and ")}`,
          `sizes that are equal or 1 along each axis, counted from the last`,
          `${found.key} against ${extent.key}`,
          missingAxis(shapes),
        );
      }
      found = extent;
    }
    return found;
  });
}

/** Where the sizes of one shape are the first ones of the other: the axes that it lacks stand at its end. */
function missingAxis(shapes: readonly (readonly Size[])[]): string | undefined {
  const [short, long] = [...shapes].sort((a, b) => a.length - b.length) as [readonly Size[], readonly Size[]];
  if (short.length === long.length || !short.every((extent, axis) => equal(extent, long[axis] as Size)))
    return undefined;
  const ones = long.slice(short.length).map(() => one);
  return `unsqueeze(${short.length}) makes ${printShape([...short, ...ones.slice(0, 1)])} of ${printShape(short)}`;
}

/**
 * Broadcasts operands that differ in shape. Host scalars become tensors first if the others are tensors, and doubles if
 * the others are doubles that kernels compute.
 */
export function alignOperands(name: string, operands: readonly Expression[]): readonly Expression[] {
  const shape = broadcastShapes(
    name,
    operands.map((operand) => operand.shape),
  );
  const elements = new Set(operands.map(({ element }) => element));
  if (elements.size === 1) return operands.map((operand) => broadcastTo(operand, shape));
  const to = elements.has("double") && !elements.has("float") ? "double" : "float";
  const converted = (operand: Expression): Expression =>
    operand.element === "scalar" || operand.element === "double" ? convertedTo(operand, to) : operand;
  return operands.map((operand) => broadcastTo(converted(operand), shape));
}

const convertedTo = (operand: Expression, to: ElementType): Expression =>
  operand.element === to ? operand : cast.node([operand], { to });

/** A host scalar as a float tensor of rank 0; any other expression as it is. */
export function toDevice(operand: Expression): Expression {
  return operand.element === "scalar" ? convertedTo(operand, "float") : operand;
}

const conversions = [
  { to: "float", hint: "toFloat() makes a float tensor of it" },
  { to: "int32", hint: "toInt() makes an int32 tensor of it, cutting off fractions" },
  { to: "bool", hint: "compare it, such as x.ne(0)" },
] as const;

export function requireElement(name: string, type: TensorType, allowed: readonly ElementType[]): void {
  // Kernels can compute in double all that the host can.
  if (allowed.includes(type.element === "double" ? "scalar" : type.element)) return;
  const wanted = allowed.filter((element) => element !== "scalar");
  typeFault(
    `${name}: wrong element type`,
    `elements of type ${wanted.join(" or ")}`,
    [type],
    conversions.find(({ to }) => to !== type.element && wanted.includes(to))?.hint,
  );
}

/** Loops, because the interpreter spends its time here. */
function mapDense(args: readonly [Dense, Dense?], f: (x: number, y: number) => number): Float64Array {
  const [{ data: first }, { data: other } = { data: first }] = args;
  const result = new Float64Array(first.length);
  for (let i = 0; i < result.length; i++) result[i] = f(first[i] as number, other[i] as number);
  return result;
}

type Known = Pick<OpDefinition, "noun" | "strict" | "exactOnIntegers">;

interface UnaryRule extends Known {
  readonly name: string;
  readonly scalar: UnaryOperator | ((x: Scalar) => Scalar);
  readonly evaluate: (x: number) => number;
  /** The cotangent of x. */
  gradient?(cotangent: Expression, x: Expression, result: Expression): Expression;
  readonly elements?: readonly ElementType[];
  abstract?(x: AbstractValue): AbstractValue;
  simplify?(x: Rewritable, node: Rewritable): Expression | undefined;
  /** Whether a result that is not negative stays so, however it is rounded. */
  readonly staysNonNegative?: boolean;
}

/** The facts about an operation, however many operands it has. */
const knownOf = ({ noun, strict = false, exactOnIntegers = false }: Known): Known => ({
  ...(noun !== undefined && { noun }),
  strict,
  exactOnIntegers,
});

/** A primitive of one operand. */
export function unaryOp(rule: UnaryRule): Op<[x: Operand], Record<string, never>> {
  const { gradient, scalar, abstract, simplify, staysNonNegative = false } = rule;
  return defineOp<[x: Operand], Record<string, never>>({
    name: rule.name,
    parse: (x) => ({ args: [x] }),
    infer([x]) {
      requireElement(rule.name, x, rule.elements ?? ["float", "scalar"]);
      return x;
    },
    ...(gradient && { gradient: ({ args: [x], cotangent, result }) => [gradient(cotangent, x, result)] }),
    lowering: {
      kind: "elementwise",
      scalar: ([x]) => (typeof scalar === "string" ? unaryScalar(scalar, x) : scalar(x)),
    },
    ...(abstract && { abstract: ([x]) => abstract(x) }),
    ...(simplify && { simplify: (node) => simplify(node.args[0], node) }),
    staysNonNegative: () => staysNonNegative,
    ...knownOf(rule),
    evaluate: (args) => mapDense(args, rule.evaluate),
  });
}

type Two = ArgsOf<[x: Operand, y: Operand]>;

interface BinaryRule extends Known {
  readonly name: string;
  readonly symbol?: string;
  readonly scalar: BinaryOperator | ((x: Scalar, y: Scalar) => Scalar);
  readonly evaluate: (x: number, y: number) => number;
  /** The same for int32, where `evaluate` cut to 32 bits would be wrong: a product may have more than 53 bits. */
  readonly evaluateInteger?: (x: number, y: number) => number;
  /** The cotangents of x and y; un-broadcasting happens elsewhere. */
  gradient?(
    context: GradientContext<Record<string, never>, Two>,
    x: Expression,
    y: Expression,
  ): Each<Two, Expression | null>;
  readonly elements?: readonly ElementType[];
  /** The result's element type, if it is not that of the operands. */
  readonly result?: "bool";
  /** `isSame` where both operands are one and the same. */
  abstract?(x: AbstractValue, y: AbstractValue, isSame: boolean): AbstractValue;
  simplify?(x: Rewritable, y: Rewritable): Rewritable | undefined;
  staysNonNegative?(x: boolean, y: boolean): boolean;
}

/** A primitive of two operands, which are broadcast together. */
export function binaryOp(rule: BinaryRule): Op<[x: Operand, y: Operand], Record<string, never>> {
  const { gradient, scalar, abstract, simplify, staysNonNegative } = rule;
  return defineOp<[x: Operand, y: Operand], Record<string, never>>({
    name: rule.name,
    ...(rule.symbol ? { symbol: rule.symbol } : {}),
    parse: (x, y) => ({ args: [x, y] }),
    align: (args) => alignOperands(rule.name, args),
    infer([left, right]) {
      for (const operand of [left, right])
        requireElement(rule.name, operand, rule.elements ?? ["float", "int32", "scalar"]);
      if (left.element !== right.element) {
        typeFault(
          `${rule.name}: the operands have different element types`,
          "operands of one element type",
          [left, right],
          "toFloat() and toInt() convert a tensor; a number goes with floats unless it is whole",
        );
      }
      const element = rule.result && left.element !== "scalar" ? rule.result : left.element;
      return { shape: left.shape, element };
    },
    ...(gradient && { gradient: (context) => gradient(context, ...context.args) }),
    lowering: {
      kind: "elementwise",
      scalar: ([x, y]) => (typeof scalar === "string" ? binaryScalar(scalar, x, y) : scalar(x, y)),
    },
    ...(abstract && { abstract: ([x, y], { args }) => abstract(x, y, args[0] === args[1]) }),
    ...(simplify && { simplify: ({ args: [x, y] }) => simplify(x, y)?.expression }),
    ...(staysNonNegative && { staysNonNegative: ([x, y]) => staysNonNegative(x, y) }),
    ...knownOf(rule),
    evaluate: (args, { element }) =>
      mapDense(args, element === "int32" ? (rule.evaluateInteger ?? rule.evaluate) : rule.evaluate),
  });
}
