/** Initial values of parameters and state, as PyTorch's `torch.nn.init` computes them. */
import { fail } from "../diagnostics.js";
import { checkOptions, describeValue, entry, guarded, requireOption } from "../ir/guards.js";
import { literal, toShape, type Expression } from "../ir/op.js";
import { constantOf, type Size } from "../ir/size.js";
import { broadcastTo } from "./broadcast.js";
import { randomNormal, randomUniform } from "./random.js";

/** Makes the initial value of a tensor; `stream` is its name. */
export type Initializer = (shape: readonly Size[], stream: string) => Expression;

/** An initializer, which users may call themselves. */
const initializer = (name: string, make: Initializer): Initializer => entry(`${name}(...)`, make);

/** Sets every element to the same number: any for a `state`, such as Infinity for a best loss; finite for a `param`. */
export function full(value: number): Initializer {
  if (typeof value !== "number") {
    fail({
      code: "invalid-argument",
      message: "full: value is not a number",
      expected: "a number",
      found: describeValue(value),
    });
  }
  return initializer("full", (shape) => broadcastTo(literal(value, "float"), toShape("full", shape)));
}
/** Every element 0. */
export const zeros = (): Initializer => full(0);
/** Every element 1. */
export const ones = (): Initializer => full(1);

/** Uniform in [from, to). Defaults 0 and 1. */
export function uniform(from = 0, to = 1): Initializer {
  checkFinite("uniform", "from", from);
  checkFinite("uniform", "to", to);
  if (from > to) {
    fail({
      code: "invalid-argument",
      message: "uniform: from is above to",
      expected: "an interval from `from` to `to`",
      found: `from ${from} to ${to}`,
    });
  }
  return initializer("uniform", (shape, stream) => randomUniform(shape, { low: from, high: to, name: stream }));
}

/** Normal with the given mean and standard deviation, which is at least 0. Defaults 0 and 1. */
export function normal(mean = 0, deviation = 1): Initializer {
  checkFinite("normal", "mean", mean);
  checkFromZero("normal", "deviation", deviation);
  return initializer("normal", (shape, stream) => randomNormal(shape, { mean, std: deviation, name: stream }));
}

/** U(-b, b) with b = gain sqrt(6 / (fanIn + fanOut)). Glorot and Bengio 2010. Default gain 1. */
export function xavierUniform(gain = 1): Initializer {
  checkFromZero("xavierUniform", "gain", gain);
  return initializer("xavierUniform", (shape, stream) => {
    const { fanIn, fanOut } = fans("xavierUniform", shape);
    const bound = gain * Math.sqrt(6 / (fanIn + fanOut));
    return uniform(-bound, bound)(shape, stream);
  });
}

/** N(0, gain^2 2 / (fanIn + fanOut)). Glorot and Bengio 2010. Default gain 1. */
export function xavierNormal(gain = 1): Initializer {
  checkFromZero("xavierNormal", "gain", gain);
  return initializer("xavierNormal", (shape, stream) => {
    const { fanIn, fanOut } = fans("xavierNormal", shape);
    return normal(0, gain * Math.sqrt(2 / (fanIn + fanOut)))(shape, stream);
  });
}

/** The options of `kaimingUniform` and `kaimingNormal`. */
export interface KaimingOptions {
  /** Slope of the leaky relu that follows; the gain is sqrt(2 / (1 + slope^2)). Default 0, a relu. */
  readonly slope?: number;
  /** Whether to preserve the variance in the forward ("fanIn") or the backward pass ("fanOut"). Default "fanIn". */
  readonly mode?: "fanIn" | "fanOut";
}

function checkKaiming(name: string, options: KaimingOptions): void {
  checkOptions(name, options, ["slope", "mode"]);
  const { slope = 0, mode = "fanIn" } = options;
  checkFinite(name, "slope", slope);
  if (mode === "fanIn" || mode === "fanOut") return;
  fail({
    code: "invalid-argument",
    message: `${name}: unknown mode`,
    expected: '"fanIn" or "fanOut"',
    found: describeValue(mode),
  });
}

function kaimingDeviation(name: string, shape: readonly Size[], { slope = 0, mode = "fanIn" }: KaimingOptions): number {
  return Math.sqrt(2 / (1 + slope * slope) / fans(name, shape)[mode]);
}

/** U(-b, b) with b = gain sqrt(3 / fan). He et al. 2015. */
export function kaimingUniform(options: KaimingOptions = {}): Initializer {
  guarded("kaimingUniform", [options], () => checkKaiming("kaimingUniform", options));
  return initializer("kaimingUniform", (shape, stream) => {
    const bound = Math.sqrt(3) * kaimingDeviation("kaimingUniform", shape, options);
    return uniform(-bound, bound)(shape, stream);
  });
}

/** N(0, gain^2 / fan). He et al. 2015. */
export function kaimingNormal(options: KaimingOptions = {}): Initializer {
  guarded("kaimingNormal", [options], () => checkKaiming("kaimingNormal", options));
  return initializer("kaimingNormal", (shape, stream) =>
    normal(0, kaimingDeviation("kaimingNormal", shape, options))(shape, stream),
  );
}

/** Fan-in and fan-out of a weight [out, in, ...kernel], as PyTorch counts them. */
function fans(name: string, shape: readonly Size[]): { fanIn: number; fanOut: number } {
  const [out, into, ...kernel] = toShape(name, shape).map((extent) => constantOf(extent) as number);
  if (out === undefined || into === undefined) {
    return fail({
      code: "invalid-argument",
      message: `${name}: the tensor has fewer than 2 axes`,
      expected: "a weight [out, in, ...]",
      found: `rank ${shape.length}`,
      hint: "uniform(from, to) and normal(mean, deviation) fit any shape",
    });
  }
  const field = kernel.reduce((a, b) => a * b, 1);
  return { fanIn: into * field, fanOut: out * field };
}

function checkFromZero(name: string, what: string, value: number): void {
  checkFinite(name, what, value);
  requireOption(name, what, value, value >= 0, "a number from 0");
}

function checkFinite(name: string, what: string, value: number): void {
  if (typeof value === "number" && Number.isFinite(value)) return;
  fail({
    code: "invalid-argument",
    message: `${name}: ${what} is not a finite number`,
    expected: "a finite number",
    found: describeValue(value),
  });
}
