/** The types of a declaration as data, their text, and the runtime's exports that the text mentions. */
import { propertyName } from "../ir/identifier.js";
import { suffixed } from "../targets/js/text.js";
import { indented, wrapped } from "./text.js";

/** The columns that a declaration keeps to. */
export const width = 110;

/** The runtime's types of tensors, by which a declaration says what a function takes and returns. */
const tensorTypes = ["Bool", "BoolInput", "Float32", "Float64", "FloatInput", "Int32", "Int32Input"] as const;

/** The runtime's other types that a declaration mentions. */
const otherTypes = ["LoadOptions", "LoadReport", "ModelState", "Module", "Shapes"] as const;

/** The runtime's exports that a declaration may import. */
export const importable: readonly string[] = [...tensorTypes, ...otherTypes];

export type RuntimeType = (typeof tensorTypes)[number] | (typeof otherTypes)[number];

/** One of the runtime's types, and the text of its argument if it has one: a shape, an interface. */
export interface Reference {
  readonly runtime: RuntimeType;
  readonly of?: string;
}

/** A type: its text, one of the runtime's, or the members of an object type. */
export type Type = string | Reference | readonly Member[];

/** A property of an object type. */
export interface Member {
  readonly name: string;
  readonly type: Type;
  readonly optional?: boolean;
  readonly readonly?: boolean;
  readonly doc?: string;
}

const isReference = (type: Reference | readonly Member[]): type is Reference => "runtime" in type;

/** Prints types, and gathers the runtime's exports that they mention. */
export class TypePrinter {
  readonly #used = new Set<RuntimeType>();

  /** What was mentioned so far, sorted: the names to import. */
  used(): string[] {
    return [...this.#used].sort();
  }

  reference({ runtime, of }: Reference): string {
    this.#used.add(runtime);
    return of === undefined ? runtime : `${runtime}<${of}>`;
  }

  /** A type as lines: an object type on one line if it is short and none of its members has a comment. */
  type(type: Type): string[] {
    if (typeof type === "string") return [type];
    if (isReference(type)) return [this.reference(type)];
    if (type.length === 0) return ["{}"];
    const lines = type.map((each) => this.member(each));
    const short = `{ ${lines.map(([line]) => (line as string).replace(/;$/, "")).join("; ")} }`;
    if (lines.every((each) => each.length === 1) && short.length < width - 20) return [short];
    return ["{", ...indented(lines.flat()), "}"];
  }

  member({ name, type, optional, readonly, doc }: Member): string[] {
    const head = `${readonly ? "readonly " : ""}${propertyName(name)}${optional ? "?" : ""}: `;
    return [...(doc === undefined ? [] : docOf([doc])), ...suffixed(prefixed(head, this.type(type)), ";")];
  }
}

/** The lines with a text before the first. */
export const prefixed = (text: string, [first, ...rest]: readonly string[]): string[] => [
  text + (first ?? ""),
  ...rest,
];

/** A doc comment; nothing in it can end it. */
export function docOf(sentences: readonly string[]): string[] {
  const safe = sentences.map((each) => each.replaceAll("*/", "* /"));
  const [only = ""] = safe;
  if (safe.length === 1 && only.length < width - 10) return [`/** ${only} */`];
  const lines = safe.flatMap((each) => wrapped(each, width - 6).map((line) => line.trim()));
  return ["/**", ...lines.map((line) => ` * ${line}`), " */"];
}
