/**
 * Scalar functions as JavaScript functions, for tests that call one millions of times: every part is one statement, every
 * f32 operation rounds, and the bit primitives of f32 work on float32 bits, as in a SIMD target. Shares no code with the
 * printers of the targets.
 */
import { operandsOf, type Scalar, type ScalarFunction, type ScalarType } from "../../compiler/ir/scalar.js";

const prelude = `
  const floats = new Float32Array(1), words = new Int32Array(floats.buffer);
  const exponent_f32 = (x) => (floats[0] = x, ((words[0] >>> 23) & 255) - 127);
  const mantissa_f32 = (x) => (floats[0] = x, words[0] = (words[0] & 0x7fffff) | (127 << 23), floats[0]);
  const exp2i_f32 = (k) => (words[0] = (k + 127) << 23, floats[0]);
  const doubles = new Float64Array(1), pairs = new Int32Array(doubles.buffer);
  const exponent_f64 = (x) => (doubles[0] = x, ((pairs[1] >>> 20) & 2047) - 1023);
  const mantissa_f64 = (x) => (doubles[0] = x, pairs[1] = (pairs[1] & 0xfffff) | (1023 << 20), doubles[0]);
  const exp2i_f64 = (k) => (pairs[1] = (k + 1023) << 20, pairs[0] = 0, doubles[0]);
`;

export function compileScalarFunction(root: ScalarFunction): (...args: number[]) => number {
  const texts: string[] = [];
  const add = (called: ScalarFunction): void => {
    const text = functionText(called, add);
    if (!texts.includes(text)) texts.push(text);
  };
  add(root);
  return new Function(`"use strict";${prelude}${texts.join("\n")}\nreturn ${root.name};`)() as never;
}

function functionText(called: ScalarFunction, use: (callee: ScalarFunction) => void): string {
  const names = new Map<Scalar, string>();
  const lines: string[] = [];
  const nameOf = (scalar: Scalar): string => {
    const known = names.get(scalar);
    if (known !== undefined) return known;
    const operands = operandsOf(scalar).map(nameOf);
    if (scalar.kind === "call") use(scalar.function);
    const name = scalar.kind === "variable" ? scalar.name : `_${names.size}`;
    if (scalar.kind !== "variable") lines.push(`  const ${name} = ${operation(scalar, operands)};`);
    names.set(scalar, name);
    return name;
  };
  const result = nameOf(called.result);
  const parameters = called.parameters.map(({ name }) => name).join(", ");
  return `function ${called.name}(${parameters}) {\n${lines.join("\n")}\n  return ${result};\n}`;
}

const symbols = { add: "+", sub: "-", mul: "*", div: "/", lt: "<", le: "<=", eq: "===", ne: "!==", and: "&", or: "|" };

function operation(scalar: Scalar, [x, y, z]: readonly string[]): string {
  switch (scalar.kind) {
    case "constant":
      return Object.is(scalar.value, -0) ? "-0" : String(scalar.value);
    case "select":
      return `${x} ? ${y} : ${z}`;
    case "convert":
      return rounded(x as string, scalar.type);
    case "call":
      return `${scalar.function.name}(${[x, y, z].filter((each) => each !== undefined).join(", ")})`;
    case "binary": {
      const symbol = symbols[scalar.operator as keyof typeof symbols];
      if (symbol === undefined) throw new Error(`compiled: no ${scalar.operator}`);
      return rounded(`${x} ${symbol} ${y}`, scalar.type);
    }
    case "unary":
      switch (scalar.operator) {
        case "neg":
          return `-${x}`;
        case "abs":
        case "floor":
        case "sqrt":
          return rounded(`Math.${scalar.operator}(${x})`, scalar.type);
        case "exponent":
        case "mantissa":
        case "exp2i":
          return `${scalar.operator}_${scalar.type}(${x})`;
      }
  }
  throw new Error(`compiled: no ${scalar.kind}`);
}

function rounded(text: string, type: ScalarType): string {
  return type === "f32" ? `Math.fround(${text})` : type === "i32" ? `(${text}) | 0` : text;
}
