/**
 * WebAssembly as trees: expressions that give one value or none, structured control, calls. One tree is printed as text
 * and encoded as bytes. Everything here is frozen data. An expression that is placed twice is evaluated twice.
 */
import { resultOf, type LaneName, type MemoryName, type PlainName, type ValueType } from "./opcodes.js";

/** A parameter or a local variable; its identity is the object's. */
export interface Local {
  readonly type: ValueType;
  readonly name: string;
}

/**
 * A place in memory that is known when the module is assembled: the start of a buffer, by its number among those that
 * the function is given; of a piece of scratch memory; or address 0.
 */
export type Base = number | Scratch | "zero";

/** The pieces of scratch memory in which contractions keep sums and packed operands. */
export type Scratch = "sums" | "panels";

export type Code =
  | { readonly kind: "constant"; readonly type: "i32" | "f32" | "f64"; readonly value: number }
  /** A v128, as four int32. */
  | { readonly kind: "vector"; readonly words: readonly [number, number, number, number] }
  | { readonly kind: "get"; readonly local: Local }
  | { readonly kind: "set"; readonly local: Local; readonly value: Code }
  | { readonly kind: "plain"; readonly name: PlainName; readonly args: readonly Code[] }
  | { readonly kind: "lane"; readonly name: LaneName; readonly lane: number; readonly args: readonly Code[] }
  /** Sixteen byte positions in the 32 bytes of two vectors. */
  | { readonly kind: "shuffle"; readonly bytes: readonly number[]; readonly args: readonly [Code, Code] }
  /** At base + offset + address. A lane instruction has a lane and takes the vector as value. */
  | {
      readonly kind: "memory";
      readonly name: MemoryName;
      readonly base: Base;
      readonly offset: number;
      readonly address: Code | null;
      readonly value: Code | null;
      readonly lane: number | null;
    }
  /** The address base + offset. */
  | { readonly kind: "address"; readonly base: Base; readonly offset: number }
  | { readonly kind: "call"; readonly function: FunctionCode; readonly args: readonly Code[] }
  /** A call whose results become the values of these locals. */
  | {
      readonly kind: "receive";
      readonly locals: readonly Local[];
      readonly function: FunctionCode;
      readonly args: readonly Code[];
    }
  /** The body, again while the condition holds. */
  | { readonly kind: "loop"; readonly body: readonly Code[]; readonly condition: Code }
  | {
      readonly kind: "if";
      readonly condition: Code;
      readonly then: readonly Code[];
      readonly otherwise: readonly Code[];
    };

export interface FunctionCode {
  readonly name: string;
  readonly parameters: readonly Local[];
  readonly body: readonly Code[];
  /** Its results: none, one, or two. */
  readonly results: readonly Code[];
}

export const i32 = (value: number): Code => ({ kind: "constant", type: "i32", value: value | 0 });
export const f32 = (value: number): Code => ({ kind: "constant", type: "f32", value: Math.fround(value) });
export const f64 = (value: number): Code => ({ kind: "constant", type: "f64", value });
export const words = (...each: readonly [number, number, number, number]): Code => ({ kind: "vector", words: each });
export const get = (local: Local): Code => ({ kind: "get", local });
export const set = (local: Local, value: Code): Code => ({ kind: "set", local, value });
export const plain = (name: PlainName, ...args: readonly Code[]): Code => ({ kind: "plain", name, args });
export const lane = (name: LaneName, lane: number, ...args: readonly Code[]): Code => ({
  kind: "lane",
  name,
  lane,
  args,
});
export const address = (base: Base, offset = 0): Code => ({ kind: "address", base, offset });
export const call = (called: FunctionCode, ...args: readonly Code[]): Code => ({
  kind: "call",
  function: called,
  args,
});
export const loop = (body: readonly Code[], condition: Code): Code => ({ kind: "loop", body, condition });
export const when = (condition: Code, then: readonly Code[], otherwise: readonly Code[] = []): Code => ({
  kind: "if",
  condition,
  then,
  otherwise,
});

/** Four 32-bit lanes chosen from the eight of two vectors. */
export function shuffle32(lanes: readonly [number, number, number, number], x: Code, y: Code): Code {
  const bytes = lanes.flatMap((each) => [0, 1, 2, 3].map((byte) => 4 * each + byte));
  return { kind: "shuffle", bytes, args: [x, y] };
}

/** Two 64-bit lanes chosen from the four of two vectors. */
export const shuffle64 = ([a, b]: readonly [number, number], x: Code, y: Code): Code =>
  shuffle32([2 * a, 2 * a + 1, 2 * b, 2 * b + 1], x, y);

/** Where a load or store goes. */
export interface Address {
  readonly base: Base;
  readonly offset: number;
  readonly address: Code | null;
}

export const load = (name: MemoryName, place: Address): Code => ({
  kind: "memory",
  name,
  ...place,
  value: null,
  lane: null,
});
export const loadLane = (name: MemoryName, place: Address, lane: number, value: Code): Code => ({
  kind: "memory",
  name,
  ...place,
  value,
  lane,
});
export const store = (name: MemoryName, place: Address, value: Code): Code => ({
  kind: "memory",
  name,
  ...place,
  value,
  lane: null,
});
export const storeLane = loadLane;

const isConstant = (code: Code, value: number): boolean => code.kind === "constant" && code.value === value;

/** i32 addition and multiplication, constants folded. */
export function add(x: Code, y: Code): Code {
  if (isConstant(x, 0)) return y;
  if (isConstant(y, 0)) return x;
  if (x.kind === "constant" && y.kind === "constant") return i32(x.value + y.value);
  return plain("i32.add", x, y);
}

export function sub(x: Code, y: Code): Code {
  if (isConstant(y, 0)) return x;
  if (x.kind === "constant" && y.kind === "constant") return i32(x.value - y.value);
  return plain("i32.sub", x, y);
}

export function mul(x: Code, y: Code): Code {
  if (isConstant(x, 0) || isConstant(y, 0)) return i32(0);
  if (isConstant(x, 1)) return y;
  if (isConstant(y, 1)) return x;
  if (x.kind === "constant" && y.kind === "constant") return i32(Math.imul(x.value, y.value));
  const [value, by] = x.kind === "constant" ? [y, x] : [x, y];
  if (by.kind === "constant" && by.value > 0 && (by.value & (by.value - 1)) === 0) {
    return plain("i32.shl", value, i32(31 - Math.clz32(by.value)));
  }
  return plain("i32.mul", x, y);
}

/** The type of the value that a tree leaves; null if it leaves none. */
export function typeOf(code: Code): ValueType | null {
  switch (code.kind) {
    case "constant":
      return code.type;
    case "vector":
    case "shuffle":
      return "v128";
    case "get":
      return code.local.type;
    case "address":
      return "i32";
    case "plain":
      return code.name === "select" ? typeOf(code.args[0] as Code) : resultOf(code.name);
    case "lane":
    case "memory":
      return resultOf(code.name);
    case "call":
      return code.function.results[0] ? typeOf(code.function.results[0]) : null;
    case "receive":
    case "set":
    case "loop":
    case "if":
      return null;
  }
}

/** The trees directly inside a tree, in the order of evaluation. */
export function partsOf(code: Code): readonly Code[] {
  switch (code.kind) {
    case "constant":
    case "vector":
    case "get":
    case "address":
      return [];
    case "set":
      return [code.value];
    case "plain":
    case "lane":
    case "shuffle":
    case "call":
    case "receive":
      return code.args;
    case "memory":
      return [...(code.address ? [code.address] : []), ...(code.value ? [code.value] : [])];
    case "loop":
      return [...code.body, code.condition];
    case "if":
      return [code.condition, ...code.then, ...code.otherwise];
  }
}

/** Calls back for every tree, outer ones first. */
export function visitCode(codes: readonly Code[], visit: (code: Code) => void): void {
  for (const code of codes) {
    visit(code);
    visitCode(partsOf(code), visit);
  }
}

/** All trees of a function, its results included. */
export const codesOf = ({ body, results }: FunctionCode): readonly Code[] => [...body, ...results];

/** The locals of a function that are not parameters, in the order of their first mention. */
export function localsOf(made: FunctionCode): readonly Local[] {
  const parameters = new Set(made.parameters);
  const found = new Set<Local>();
  visitCode(codesOf(made), (code) => {
    const named =
      code.kind === "receive" ? code.locals : code.kind === "get" || code.kind === "set" ? [code.local] : [];
    for (const local of named) if (!parameters.has(local)) found.add(local);
  });
  return [...found];
}

/** The functions that a function calls, directly or not, callees first. */
export function calledFunctions(roots: readonly FunctionCode[]): readonly FunctionCode[] {
  const done = new Set<FunctionCode>();
  const visit = (made: FunctionCode): void => {
    if (done.has(made)) return;
    visitCode(codesOf(made), (code) => {
      if (code.kind === "call" || code.kind === "receive") visit(code.function);
    });
    done.add(made);
  };
  roots.forEach(visit);
  return [...done];
}
