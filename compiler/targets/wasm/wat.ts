/** WebAssembly functions in the text format, folded. */
import { localsOf, typeOf, type Base, type Code, type FunctionCode, type Local } from "./code.js";

/** How the start of a buffer is written: an address where it is known, a parameter, or its symbol. */
export type BaseText = (base: Base) => number | string;

const floatText = (value: number): string => {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  return Object.is(value, -0) ? "-0" : String(value);
};

/** The name of a local. */
export type NameOf = (local: Local) => string;

/** The context in which the text of a function is made. */
interface Names {
  readonly baseText: BaseText;
  /** The identifier of a local: it holds no spaces and no quotes. */
  readonly name: (local: Local) => string;
}

/** One tree in one line. */
function expression(code: Code, names: Names): string {
  const { baseText, name } = names;
  const all = (codes: readonly Code[]): string => codes.map((each) => ` ${expression(each, names)}`).join("");
  switch (code.kind) {
    case "constant":
      return `(${code.type}.const ${code.type === "i32" ? code.value : floatText(code.value)})`;
    case "vector":
      return `(v128.const i32x4 ${code.words.join(" ")})`;
    case "get":
      return `(local.get ${name(code.local)})`;
    case "set":
      return `(local.set ${name(code.local)}${all([code.value])})`;
    case "plain":
      return `(${code.name}${all(code.args)})`;
    case "lane":
      return `(${code.name} ${code.lane}${all(code.args)})`;
    case "shuffle":
      return `(i8x16.shuffle ${code.bytes.join(" ")}${all(code.args)})`;
    case "address": {
      const base = baseText(code.base);
      if (typeof base === "number") return `(i32.const ${base + code.offset})`;
      return code.offset === 0 ? base : `(i32.add ${base} (i32.const ${code.offset}))`;
    }
    case "memory":
      return memory(code, baseText, all);
    case "call":
    case "receive": {
      const call = `(call ${functionSymbol(code.function.name)}${all(code.args)})`;
      if (code.kind === "call") return call;
      return [call, ...[...code.locals].reverse().map((local) => `(local.set ${name(local)})`)].join(" ");
    }
    case "loop":
    case "if":
      throw new Error("wasm: a statement inside an expression");
  }
}

function memory(
  code: Code & { readonly kind: "memory" },
  baseText: BaseText,
  all: (codes: readonly Code[]) => string,
): string {
  const base = baseText(code.base);
  let offset = code.offset;
  let address = code.address ? all([code.address]).trim() : null;
  if (typeof base === "number") offset += base;
  else address = address === null ? base : `(i32.add ${base} ${address})`;
  address ??= "(i32.const 0)";
  if (offset < 0) {
    address = `(i32.add ${address} (i32.const ${offset}))`;
    offset = 0;
  }
  const lane = code.lane === null ? "" : ` ${code.lane}`;
  const value = code.value ? all([code.value]) : "";
  return `(${code.name}${offset === 0 ? "" : ` offset=${offset}`}${lane} ${address}${value})`;
}

function statements(codes: readonly Code[], names: Names, depth: string, labels: { count: number }): readonly string[] {
  return codes.flatMap((code) => {
    const inner = (list: readonly Code[]): readonly string[] => statements(list, names, `${depth}  `, labels);
    if (code.kind === "loop") {
      const label = `$turn${++labels.count}`;
      return [
        `${depth}(loop ${label}`,
        ...inner(code.body),
        `${depth}  (br_if ${label} ${expression(code.condition, names)}))`,
      ];
    }
    if (code.kind === "if") {
      const otherwise = code.otherwise.length > 0 ? [`${depth} (else`, ...inner(code.otherwise), `${depth} )`] : [];
      return [
        `${depth}(if ${expression(code.condition, names)}`,
        `${depth} (then`,
        ...inner(code.then),
        `${depth} )`,
        ...otherwise,
        `${depth})`,
      ];
    }
    return [`${depth}${expression(code, names)}`];
  });
}

/** A function's name in the text, which has ASCII alone: 予測 becomes `$u4e88_u6e2c_`. */
export const functionSymbol = (name: string): string =>
  `$${name.replace(/[^\w.$-]/gu, (each) => `u${each.codePointAt(0)?.toString(16)}_`)}`;

/** A function's declarations and body, without its name. */
export function printFunction(
  made: FunctionCode,
  baseText: BaseText,
  nameOf: NameOf = (local) => local.name,
): readonly string[] {
  const name = (local: Local): string => `$${nameOf(local).replace(/[^\w.#:]/g, "_")}`;
  const names = { baseText, name };
  const parameters = made.parameters.map((local) => `(param ${name(local)} ${local.type})`);
  const results = made.results.map((each) => `(result ${typeOf(each)})`);
  const locals = localsOf(made).map((local) => `(local ${name(local)} ${local.type})`);
  const lines = [
    ...[...parameters, ...results].map((each) => `  ${each}`),
    ...(locals.length > 0 ? [`  ${locals.join(" ")}`] : []),
    ...statements(made.body, names, "  ", { count: 0 }),
    ...made.results.map((each) => `  ${expression(each, names)}`),
  ];
  return lines;
}
