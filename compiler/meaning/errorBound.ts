/**
 * Bounds of the error of a program that rounds each primitive to the model's float type. The interpreter carries a
 * bound beside every value. Leaves are exact. `u` is the unit of rounding of the element type, `a` that of the
 * accumulator of reductions, `c` that of contractions:
 *
 * - elementwise: `u |r|` (several times that for an elementary function, where the target says so), and the largest of
 *   |f(x + e, y + e') - f(x, y)|, |f(x + e, y - e') - f(x, y)|, ..., e being the bound of x and e' that of y, with 0
 *   for an argument that may be 0. The conditioning is therefore measured, not derived, at every order: a jump within
 *   reach counts in full, and a quotient whose denominator may be 0 has no bound. A value that cannot be negative is
 *   not moved below 0.
 * - views, padding, reading at indices: the bounds move as the values do.
 * - reductions of n values, and accumulations along an axis of n: the reduction of the bounds, `n a` times that of the
 *   magnitudes, and `u |r|`.
 * - contractions of depth n: `dot(e, |y|) + dot(|x|, e') + dot(e, e') + (n + 1) c dot(|x|, |y|) + u |r|`.
 * - scatters of n values: the sums of the bounds, and `n u` times those of the magnitudes, since each addition rounds.
 * - integers have no bound: an argmax or an order is exact only where its argument has no near tie.
 *
 * Every `u` has a small addition for the elementary functions (within an ulp) and for the interpreter's own rounding.
 */
import { visitScalars } from "../ir/kernel.js";
import { isOp } from "../ir/graph.js";
import { literal, type Attributes, type Dense, type Op, type TensorType } from "../ir/op.js";
import { double, type Precision, type Rounding } from "../ir/rounding.js";
import { variable } from "../ir/scalar.js";
import { mul } from "../ops/mul.js";

export interface Value extends Dense {
  /** For each element, the bound of a program's error; null if no bound was asked for. */
  readonly bound: Float64Array | null;
  /** Whether rounding makes no element negative: it is a square, a root, an exponential, a sum of such, ... */
  readonly isNonNegative?: boolean;
  /**
   * The only factor of a product that may be negative. The product times this factor is never negative, as a square is.
   */
  readonly signOf?: Value;
}

/** An addition for elementary functions, which may be an ulp off, and for the interpreter's own rounding. */
const slack = 2 ** -51;

/** Below the smallest normal number rounding is absolute. */
const least: Readonly<Record<Precision, number>> = { float32: 2 ** -149, float64: 2 ** -1073 };

/** The error of a correct value that is rounded once; 0 is exact in every type. */
export function roundingOf(value: number, unit: number, precision: Precision): number {
  return Number.isFinite(value) && value !== 0 ? (unit + slack) * Math.abs(value) + least[precision] : 0;
}

/** The distance of two numbers; 0 for equal ones, infinities and NaN included. */
function distance(a: number, b: number): number {
  if (Object.is(a, b) || a === b) return 0;
  const apart = Math.abs(a - b);
  return Number.isNaN(apart) ? Infinity : apart;
}

const isZero = (bound: Float64Array): boolean => bound.every((each) => each === 0);

function plus(a: Float64Array, b: Float64Array, factor = 1): Float64Array {
  const sum = new Float64Array(a.length);
  for (let i = 0; i < sum.length; i++) sum[i] = (a[i] as number) + factor * (b[i] as number);
  return sum;
}

const boundOf = (arg: Value): Dense => ({ shape: arg.shape, data: arg.bound as Float64Array });
const magnitudeOf = (arg: Value): Dense => ({ shape: arg.shape, data: magnitudes(arg.data) });

function magnitudes(data: Float64Array): Float64Array {
  const result = new Float64Array(data.length);
  for (let i = 0; i < result.length; i++) result[i] = Math.abs(data[i] as number);
  return result;
}

export interface Computed {
  readonly op: Op;
  readonly attributes: Attributes;
  readonly element: TensorType["element"];
  readonly types: readonly TensorType[];
  readonly args: readonly Value[];
  /** The result, and how it is computed from other arguments. */
  readonly data: Float64Array;
  run(args: readonly Dense[]): Float64Array;
  readonly unit: number;
  readonly rounding: Rounding;
  readonly precision: Precision;
}

/** The bound beside the result of one primitive, from those of its arguments. */
export function errorBound(computed: Computed): Float64Array {
  const { op, attributes, element, types, args, data, run, unit, rounding, precision } = computed;
  const { lowering, perturbation } = op.definition;
  const none = new Float64Array(data.length);
  if (element === "scalar") return none;
  const kept = element === "double" ? "float64" : precision;
  const base = element === "double" ? double.element : unit;
  const own = isElementary(op, attributes, types) ? base * rounding.elementary : base;
  const rounded = new Float64Array(data.length);
  if (element === "float" || element === "double") {
    for (let i = 0; i < rounded.length; i++) rounded[i] = roundingOf(data[i] as number, own, kept);
  }
  switch (lowering?.kind) {
    case "elementwise":
      return plus(rounded, reached(computed));
    case "view":
    case "point":
      // Most literals are exact in both types.
      if (isOp(computed, literal))
        return precision === "float64" || data.every((each) => Math.fround(each) === each) ? none : rounded;
      if (args.every((arg) => isZero(arg.bound as Float64Array))) return none;
      // Integer arguments are indices; the others are the values that are read.
      return run(args.map((arg, position) => (types[position]?.element === "int32" ? arg : boundOf(arg))));
    case "row":
    case "reduce": {
      if (element !== "float" && element !== "double") return none;
      const [{ shape, data: folded, bound }] = args as [Value];
      if (!perturbation) throw new Error(`${op.definition.name} does not say how far its result moves`);
      const most =
        lowering.kind === "row" ? shape[lowering.axis(attributes)] : folded.length / Math.max(1, data.length);
      const count = Math.max(1, most as number);
      return plus(
        plus(
          rounded,
          perturbation((argument) => run([argument]), { shape, data: folded }, { shape, data: bound as Float64Array }),
        ),
        run(args.map(magnitudeOf)),
        count * (rounding.accumulator + slack),
      );
    }
    case "contract": {
      const [x, y] = args as [Value, Value];
      const { contract } = lowering.dimensions(attributes);
      const depth = contract.reduce((product, [axis]) => product * (x.shape[axis] as number), 1);
      const terms: readonly (readonly [Dense, Dense, number])[] = [
        [boundOf(x), magnitudeOf(y), 1],
        [magnitudeOf(x), boundOf(y), 1],
        [boundOf(x), boundOf(y), 1],
        [magnitudeOf(x), magnitudeOf(y), (depth + 1) * (rounding.contraction + slack)],
      ];
      return terms.reduce<Float64Array>((sum, [a, b, factor]) => plus(sum, run([a, b]), factor), rounded);
    }
    case "scatter": {
      if (element !== "float") return none;
      const updates = args[args.length - 1] as Value;
      const each = (of: (value: Value) => Dense): Dense[] =>
        args.map((arg, position) => (types[position]?.element === "int32" ? arg : of(arg)));
      return plus(run(each(boundOf)), run(each(magnitudeOf)), updates.data.length * (unit + slack));
    }
    default:
      return rounded;
  }
}

const mathOperators: ReadonlySet<string> = new Set(["exp", "log", "tanh", "sin", "cos", "erf", "pow"]);

/** Whether an elementwise operation evaluates an elementary function. */
function isElementary({ definition: { lowering } }: Op, attributes: Attributes, types: readonly TensorType[]): boolean {
  if (lowering?.kind !== "elementwise") return false;
  const machine = { float: "f64", int32: "i32", bool: "bool", scalar: "f64", double: "f64" } as const;
  const args = types.map(({ element }, position) => variable(`x${position}`, machine[element]));
  let found = false;
  visitScalars(lowering.scalar(args, attributes, "f64"), (scalar) => {
    if (scalar.kind === "unary" || scalar.kind === "binary") found ||= mathOperators.has(scalar.operator);
  });
  return found;
}

/** The most that the result of an elementwise operation moves while all its arguments move within their bounds. */
function reached(computed: Computed): Float64Array {
  const { args, data, run } = computed;
  const result = new Float64Array(data.length);
  const sides = args.map(sidesOf);
  if (sides.every(({ length }) => length === 1)) return result;
  for (const operands of [...combinations(sides), ...meetings(computed)]) {
    const side = run(operands);
    for (let i = 0; i < data.length; i++) {
      const moved = distance(side[i] as number, data[i] as number);
      if (moved > (result[i] as number)) result[i] = moved;
    }
  }
  return result;
}

/** The ends of the elements' intervals, and 0 for intervals that contain it. */
function sidesOf(arg: Value): readonly Dense[] {
  const bound = arg.bound as Float64Array;
  if (isZero(bound)) return [arg];
  const { data, shape } = arg;
  const [after, before] = [plus(data, bound), plus(data, bound, -1)];
  if (arg.isNonNegative) for (let i = 0; i < before.length; i++) before[i] = Math.max(0, before[i] as number);
  const sides = [after, before];
  if (before.some((each, i) => each < 0 && (after[i] as number) > 0)) {
    sides.push(data.map((each, i) => ((before[i] as number) < 0 && (after[i] as number) > 0 ? 0 : each)));
  }
  return sides.map((each) => ({ shape, data: each }));
}

const combinations = (sides: readonly (readonly Dense[])[]): readonly (readonly Dense[])[] =>
  sides.reduce<readonly (readonly Dense[])[]>(
    (all, each) => all.flatMap((some) => each.map((one) => [...some, one])),
    [[]],
  );

/** Two compared arguments of one shape may be equal where their intervals overlap. */
function meetings({ args, element }: Computed): readonly (readonly Dense[])[] {
  const [x, y] = args;
  if (element !== "bool" || args.length !== 2 || x?.data.length !== y?.data.length) return [];
  const [a, b] = [x as Value, y as Value];
  const reach = plus(a.bound as Float64Array, b.bound as Float64Array);
  const overlaps = (i: number): boolean =>
    Math.abs((a.data[i] as number) - (b.data[i] as number)) <= (reach[i] as number);
  return [[a, { shape: b.shape, data: b.data.map((each, i) => (overlaps(i) ? (a.data[i] as number) : each)) }]];
}

const signBearer = (value: Value): Value => value.signOf ?? value;

/** The factor that gives a product its sign; undefined if both factors may be negative. */
export function signOf({ op, args }: Pick<Computed, "op" | "args">): Value | undefined {
  const [x, y] = args as [Value, Value];
  if (!isOp({ op }, mul)) return undefined;
  return y.isNonNegative ? signBearer(x) : x.isNonNegative ? signBearer(y) : undefined;
}

/** Whether rounding, which is monotone, keeps every element of a result from being negative. */
export function isNonNegative(
  { op, args, data }: Pick<Computed, "op" | "args" | "data">,
  bound: Float64Array,
): boolean {
  if (!data.every((each) => each >= 0)) return false;
  const { staysNonNegative, lowering } = op.definition;
  if (isZero(bound)) return true;
  if (isOp({ op }, mul) && signBearer(args[0] as Value) === signBearer(args[1] as Value)) return true;
  const known = args.map((arg) => arg.isNonNegative === true);
  return lowering?.kind === "view" ? known.every((each) => each) : staysNonNegative?.(known) === true;
}
