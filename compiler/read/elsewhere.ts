/**
 * Names from other libraries and their equivalents here, for cases in which the letters are too different to suggest
 * one.
 */
import { nearest } from "../diagnostics.js";

/** For the methods of others, in lower case without underscores: what stands after `x.`, or another way in words. */
const methods: Readonly<Record<string, string>> = {
  absolute: "abs()",
  addmm: "add(a.matmul(b))",
  all: "toInt().min(axes).ne(0)",
  amax: "max(axes)",
  amin: "min(axes)",
  any: "toInt().max(axes).ne(0)",
  astype: "toInt() or toFloat()",
  batchmatmul: "matmul(y), which takes leading axes",
  bmm: "matmul(y), which takes leading axes",
  bool: "ne(0)",
  broadcastto: "expand(shape)",
  cast: "toInt() or toFloat()",
  ceil: "neg().floor().neg()",
  chunk: "the function split(x, sizes, axis)",
  clampmax: "minimum(high)",
  clampmin: "maximum(low)",
  clip: "clamp(low, high)",
  clipbyvalue: "clamp(low, high)",
  clone: "the tensor itself, which never changes",
  contiguous: "the tensor itself",
  cosh: "exp().add(x.neg().exp()).mul(0.5)",
  cumprod: "log().cumsum(axis).exp(), where all elements are positive",
  detach: "the function stopGradient(x)",
  dot: "matmul(y)",
  equal: "eq(y)",
  expanddims: "unsqueeze(axis)",
  expm1: "exp().sub(1)",
  float: "toFloat()",
  greater: "gt(y)",
  greaterequal: "ge(y)",
  hardtanh: "clamp(-1, 1)",
  int: "toInt()",
  less: "lt(y)",
  lessequal: "le(y)",
  log10: "log().div(Math.log(10))",
  log1p: "add(1).log()",
  log2: "log().div(Math.log(2))",
  logicaland: "and(y)",
  logicalnot: "not()",
  logicalor: "or(y)",
  logicalxor: "xor(y)",
  long: "toInt()",
  maskedfill: "the function where(mask, value, x)",
  mm: "matmul(y)",
  multiply: "mul(y)",
  negative: "neg()",
  notequal: "ne(y)",
  permute: "transpose(permutation)",
  pow2: "square()",
  power: "pow(y)",
  reciprocal: "pow(-1)",
  reducemax: "max(axes)",
  reducemean: "mean(axes)",
  reducemin: "min(axes)",
  reducesum: "sum(axes)",
  relu6: "clamp(0, 6)",
  remainder: "sub(x.div(y).floor().mul(y))",
  mod: "sub(x.div(y).floor().mul(y))",
  repeat: "tile(repeats)",
  rsqrt: "pow(-0.5)",
  sinh: "exp().sub(x.neg().exp()).mul(0.5)",
  subtract: "sub(y)",
  swapaxes: "transpose(permutation)",
  swish: "silu()",
  t: "transpose()",
  tan: "sin().div(x.cos())",
  truediv: "div(y)",
  trunc: "sign().mul(x.abs().floor())",
  truncate: "sign().mul(x.abs().floor())",
  var: "variance(axes)",
  view: "reshape(shape)",
};

/** Operations that are not here, and whose names are near to some that are. */
const missing = new Set(["acos", "acosh", "asin", "asinh", "atan", "atan2", "atanh", "erfinv", "lgamma", "digamma"]);

/** What to write in place of a method that tensors do not have; `functions` are the names that optimc exports. */
export function insteadOf(method: string, methodNames: readonly string[], functions: readonly string[]): string {
  const plain = method.replaceAll("_", "").toLowerCase();
  const known = Object.hasOwn(methods, plain) ? methods[plain] : undefined;
  if (known !== undefined) return `${method} is written ${known.startsWith("the ") ? `with ${known}` : `x.${known}`}`;
  const changing = method.endsWith("_") ? method.replace(/_+$/, "") : undefined;
  if (changing !== undefined && methodNames.includes(changing))
    return `write ${changing}: tensors never change, and the result is a new one`;
  if (functions.includes(method)) return `${method} is a function: ${method}(x, ...)`;
  if (missing.has(plain)) return `there is no ${plain} among the operations`;
  const near = nearest(method, methodNames);
  return near === undefined
    ? "docs/reference.md and the types of optimc list the methods of tensors"
    : `did you mean ${near}?`;
}
