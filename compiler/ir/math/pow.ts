/**
 * pow: x^y = exp(y log x), with log x as an unevaluated sum of two numbers that is right to about 2^-65, because y log x
 * reaches 745 and its absolute error is the result's relative error.
 *
 * The scheme is that of fdlibm's published description: log m = (2/3) s (3 + s^2 + s^4 Q(s^2)) with
 * s = (m - 1) / (m + 1), where s, s^2, the bracket and their product each are a short head, whose products are exact, and
 * a tail. Heads are cut by Veltkamp's splitting (Dekker 1971): there is no fused multiply-add to count on.
 */
import {
  add,
  and,
  call,
  constant,
  convert,
  div,
  eq,
  lt,
  mul,
  ne,
  or,
  select,
  sub,
  unary,
  type Scalar,
  type ScalarFunction,
} from "../scalar.js";
import { define, polynomial, type Local } from "./define.js";
import { clamp, expSum64 } from "./exp.js";
import { decompose } from "./log.js";

/** The first 40 bits of ln 2 (times an exponent exact), the rest; the first 26 bits of 2/3, the rest. */
const LN2 = [0.6931471805592082, 7.371002565167799e-13] as const;
const TWO_THIRDS = [0.6666666567325592, 9.934107462565104e-9] as const;

/** ((3/2) log((1 + s) / (1 - s)) / s - 3 - s^2) / s^4 in s^2: minimax, 2^-64.3 after the digits were cut. */
const Q = [0.6000000000000341, 0.428571428551358, 0.3333333378247, 0.27272676315, 0.230801472, 0.1988496, 0.19797];

/** The first 26 bits of x. */
function head(x: Scalar, local: Local, name: string): Scalar {
  const scaled = local(`${name}Scaled`, mul(x, 2 ** 27 + 1));
  return local(`${name}Head`, sub(scaled, sub(scaled, x)));
}

/** x, near 3, to a multiple of 2^-24. */
function round24(x: Scalar): Scalar {
  return sub(add(x, 1.5 * 2 ** 28), 1.5 * 2 ** 28);
}

/** log x for positive finite x as a sum of two. */
function logParts(x: Scalar, local: Local): { sum: Scalar; rest: Scalar } {
  const { k, m } = decompose(x, local);
  const f = local("f", sub(m, 1));
  const g = local("g", add(m, 1));
  const gHead = local("gHead", round24(g));
  const gTail = sub(m, sub(gHead, 1));
  const s = local("s", div(f, g));
  const sHead = head(s, local, "s");
  const sTail = local("sTail", div(sub(sub(f, mul(sHead, gHead)), mul(sHead, gTail)), g));

  const zHead = local("zHead", mul(sHead, sHead));
  const zTail = local("zTail", mul(sTail, add(sHead, s)));
  const z = local("z", add(zHead, zTail));
  const higher = local("higher", add(zTail, mul(mul(z, z), polynomial(z, Q))));
  const bracket = local("bracket", round24(add(add(3, zHead), higher)));
  const bracketTail = sub(higher, sub(sub(bracket, 3), zHead));

  const product = local("product", mul(sHead, bracket));
  const productTail = local("productTail", add(mul(sTail, bracket), mul(s, bracketTail)));
  const pHead = head(local("p", add(product, productTail)), local, "p");
  const pTail = sub(productTail, sub(pHead, product));

  const mantissaLog = local("mantissaLog", mul(TWO_THIRDS[0], pHead));
  const mantissaTail = add(mul(TWO_THIRDS[1], pHead), mul(2 / 3, pTail));
  const exponentLog = local("exponentLog", mul(k, LN2[0]));
  const sum = local("sum", add(exponentLog, mantissaLog));
  const rounded = sub(mantissaLog, sub(sum, exponentLog));
  return { sum, rest: local("rest", add(rounded, add(mantissaTail, mul(k, LN2[1])))) };
}

export const pow64: ScalarFunction = define(
  "pow",
  ["x", "y"],
  "f64",
  "x^y within 1 ulp, as IEEE 754 has it (so 1^NaN = 1 and (-1)^Infinity = 1): exp(y log x), log x as a sum of two.",
  (local, base, exponent) => {
    const [x, given] = [base as Scalar, exponent as Scalar];
    const size = local("size", unary("abs", x));
    const { sum, rest } = logParts(size, local);

    // Any |y| of 2^70 is as good as infinite: log x is 0 or at least 2^-53.
    const y = local("bounded", clamp(given, -(2 ** 70), 2 ** 70));
    const yHead = head(y, local, "y");
    const sumHead = head(sum, local, "sum");
    const sumTail = add(sub(sum, sumHead), rest);
    const exact = local("exact", mul(yHead, sumHead));
    const tail = local("tail", add(mul(sub(y, yHead), sumHead), mul(y, sumTail)));
    const total = local("total", add(exact, tail));

    // log 0 and log Infinity are infinite; then the power is 0, Infinity, or NaN for y = NaN. NaN stays.
    const ordinary = and(lt(0, size), lt(size, Infinity));
    const edge = mul(y, select(eq(size, 0), constant(-Infinity), size));
    const argument = local("argument", select(ordinary, total, edge));
    const bounds = and(lt(-746, argument), lt(argument, 710));
    const lost = select(bounds, sub(tail, sub(total, exact)), constant(0));
    const magnitude = local("magnitude", call(expSum64, argument, lost));

    // 1 / -0 < 0: the sign of x, zeros included.
    const negative = or(lt(x, 0), lt(div(1, x), 0));
    const whole = eq(unary("floor", given), given);
    const halfY = local("halfY", mul(given, 0.5));
    const odd = and(whole, ne(unary("floor", halfY), halfY));
    const signed = select(and(negative, odd), unary("neg", magnitude), magnitude);
    const undefinedHere = and(and(lt(x, 0), lt(-Infinity, x)), lt(unary("floor", given), given));
    return select(or(eq(x, 1), eq(given, 0)), constant(1), select(undefinedHere, constant(NaN), signed));
  },
);

/** y log x would need three f32 numbers; two lanes of f64 cost less. */
export const pow32: ScalarFunction = define(
  "pow32",
  ["x", "y"],
  "f32",
  "x^y of float32 numbers within 0.51 ulp, in f64 and rounded once.",
  (_, x, y) => convert(call(pow64, convert(x as Scalar, "f64"), convert(y as Scalar, "f64")), "f32"),
);
