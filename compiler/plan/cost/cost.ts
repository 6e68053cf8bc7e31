/**
 * The cost of a kernel with every dimension at its capacity: floating-point operations, and bytes moved. Both are
 * counted on the kernel itself, never on the graph that it was made from.
 *
 * An operation is an addition, subtraction, multiplication, division, negation, comparison, root, floor or absolute
 * value of floats; an elementary function counts the operations of its definition. Both sides of a selection count.
 * Conversions, selections, and the arithmetic of indices, integers and truth values count nothing. Bytes moved are the
 * different bytes that the kernel reads, plus the different bytes that it writes. Each counts once, however often it is
 * accessed.
 */
import { mathFunction, type MathOperator } from "../../ir/math.js";
import { extentOf, type Carried, type Kernel, type Statement } from "../../ir/kernel.js";
import { operandsOf, variable, type Scalar, type ScalarFunction } from "../../ir/scalar.js";
import { bytesOf, type Buffer } from "../memory/buffer.js";
import { footprintOf, most, type CapacityOf } from "./footprint.js";

export interface Cost {
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
}

/** The type in which a target evaluates elementary functions. */
type Elementary = (element: "f32" | "f64") => "f32" | "f64";

export const noCost: Cost = { flops: 0, bytesRead: 0, bytesWritten: 0 };

export function costOf(
  kernel: Pick<Kernel, "body">,
  capacityOf: CapacityOf,
  bufferOf: (id: string) => Pick<Buffer, "type" | "length">,
  elementary: Elementary = () => "f64",
): Cost {
  const { read, written } = footprintOf(kernel.body, capacityOf, (id) => bufferOf(id).length);
  const bytes = (elements: ReadonlyMap<string, number>): number =>
    [...elements].reduce((sum, [id, count]) => sum + count * bytesOf[bufferOf(id).type], 0);
  return { flops: flopsOf(kernel.body, capacityOf, elementary), bytesRead: bytes(read), bytesWritten: bytes(written) };
}

export function sumOfCosts(costs: readonly Cost[]): Cost {
  return costs.reduce(
    (sum, each) => ({
      flops: sum.flops + each.flops,
      bytesRead: sum.bytesRead + each.bytesRead,
      bytesWritten: sum.bytesWritten + each.bytesWritten,
    }),
    noCost,
  );
}

/** The operations of statements that run once; a bounded `while` counts as if it ran to its limit, an `if` as taken. */
function flopsOf(statements: readonly Statement[], capacityOf: CapacityOf, elementary: Elementary): number {
  const operations = counter(elementary);
  const sum = (each: readonly number[]): number => each.reduce((a, b) => a + b, 0);
  const all = (list: readonly Statement[]): number => sum(list.map(one));
  const first = (carried: readonly Carried[]): number => sum(carried.map(({ initial }) => operations(initial)));
  const next = (carried: readonly Carried[]): number => sum(carried.map((each) => operations(each.next)));
  const one = (statement: Statement): number => {
    switch (statement.kind) {
      case "let":
      case "bind":
        return operations(statement.value);
      case "store":
        return operations(statement.value) + (statement.accumulate && isFloat(statement.type) ? 1 : 0);
      case "if":
        return operations(statement.condition) + all(statement.then);
      case "loop": {
        const { extent, carried, body, merge } = statement;
        const merging = merge ? 3 * sum(merge.merge(...chainsOf(carried)).map(operations)) : 0;
        return first(carried) + most(extent, capacityOf) * (all(body) + next(carried)) + merging;
      }
      case "while": {
        const { limit, condition, carried, body } = statement;
        return first(carried) + most(limit, capacityOf) * (operations(condition) + all(body) + next(carried));
      }
      case "contract": {
        const { rows, columns, depths, epilogue } = statement;
        const elements = most(extentOf([...rows, ...columns]), capacityOf);
        return elements * (2 * most(extentOf(depths), capacityOf) + all(epilogue));
      }
    }
  };
  return all(statements);
}

/** Two chains of carried scalars, as variables. */
const chainsOf = (carried: readonly Carried[]): [Scalar[], Scalar[]] => {
  const chain = (label: string): Scalar[] => carried.map(({ name, type }) => variable(`${name}/${label}`, type));
  return [chain("left"), chain("right")];
};

const isFloat = (type: Scalar["type"]): boolean => type === "f32" || type === "f64";

/** Counts the operations of a scalar as it is printed: shared parts have names in a kernel, and so count once. */
function counter(elementary: Elementary): (scalar: Scalar) => number {
  const known = new Map<Scalar, number>();
  const count = (scalar: Scalar): number => {
    const before = known.get(scalar);
    if (before !== undefined) return before;
    const made = operandsOf(scalar).reduce((sum, operand) => sum + count(operand), ownFlops(scalar, elementary));
    known.set(scalar, made);
    return made;
  };
  return count;
}

/** The operations of a scalar without its operands. */
function ownFlops(scalar: Scalar, elementary: Elementary): number {
  switch (scalar.kind) {
    case "constant":
    case "variable":
    case "load":
    case "index":
    case "convert":
    case "unsigned":
    case "select":
      return 0;
    case "call":
      return flopsOfFunction(scalar.function);
    case "binary": {
      if (!isFloat(scalar.x.type)) return 0;
      const definition = scalar.operator === "pow" ? definitionOf("pow", scalar.type, elementary) : undefined;
      return definition ? flopsOfFunction(definition) : 1;
    }
    case "unary":
      switch (scalar.operator) {
        case "exponent":
        case "mantissa":
        case "exp2i":
        case "not":
          return 0;
        case "neg":
        case "abs":
        case "sqrt":
        case "floor":
          return isFloat(scalar.type) ? 1 : 0;
        case "exp":
        case "log":
        case "tanh":
        case "sin":
        case "cos":
        case "erf":
          return flopsOfFunction(definitionOf(scalar.operator, scalar.type, elementary) as ScalarFunction);
      }
  }
}

const definitionOf = (
  operator: MathOperator,
  type: Scalar["type"],
  elementary: Elementary,
): ScalarFunction | undefined => mathFunction(operator, elementary(type === "f32" ? "f32" : "f64"));

const functions = new WeakMap<ScalarFunction, number>();

/** The operations of one call of the function: each part of its definition counts once. */
export function flopsOfFunction(called: ScalarFunction): number {
  const known = functions.get(called);
  if (known !== undefined) return known;
  const seen = new Set<Scalar>([called.result]);
  for (const each of seen) for (const operand of operandsOf(each)) seen.add(operand);
  const made = [...seen].reduce((sum, each) => sum + ownFlops(each, (element) => element), 0);
  functions.set(called, made);
  return made;
}
