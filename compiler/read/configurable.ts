/** Models that are made of named values, which a build may set. */
import { fail, nearest, type Fault } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import type { Place } from "../ir/place.js";
import { isIdentifier } from "../ir/identifier.js";
import type { Model } from "../model/model.js";

export type Value = number | string | boolean;
export type Values = Readonly<Record<string, Value>>;

/** The values that a function of the defaults `D` gets: any number, string or boolean where the default is one. */
export type ValuesLike<D extends Values> = {
  readonly [Name in keyof D]: D[Name] extends number ? number : D[Name] extends boolean ? boolean : string;
};

/** A model as a function of values; values that are left out have their defaults. */
export interface Configurable<V extends Values = Values> {
  (values?: Partial<V>): Model;
  readonly defaults: V;
}

const brand = Symbol.for("optimc.configurable");

export interface MakeConfigurable {
  /**
   * A model made from named values: the default export of a model file whose values `optimc build --define hidden=64`
   * or the configuration file sets. In a program, call it: `net({ hidden: 64 })` is the model.
   *
   * @param defaults - each value's name and default: a finite number, a string or a boolean, which is also its type
   * @param make - makes the model from the values
   */
  <const D extends Values>(defaults: D, make: (values: ValuesLike<D>) => Model): Configurable<ValuesLike<D>>;
}

export function configurable<const D extends Values>(
  defaults: D,
  make: (values: ValuesLike<D>) => Model,
): Configurable<ValuesLike<D>> {
  if (typeof defaults !== "object" || defaults === null || Array.isArray(defaults)) {
    fail({
      code: "invalid-argument",
      message: "configurable: the defaults are not an object",
      expected: "each value's name and default, such as { hidden: 100 }",
      found: describeValue(defaults),
    });
  }
  if (typeof make !== "function") {
    fail({
      code: "invalid-argument",
      message: "configurable: the second argument is not a function",
      expected: "a function of the values, such as ({ hidden }) => model(...)",
      found: describeValue(make),
    });
  }
  for (const [name, value] of Object.entries(defaults)) {
    if (!isIdentifier(name)) {
      fail({
        code: "invalid-name",
        message: "configurable: a value has no usable name",
        expected: "a JavaScript identifier",
        found: JSON.stringify(name),
      });
    }
    if (!isValue(value)) {
      fail({
        code: "invalid-argument",
        message: `configurable: the default of '${name}' is not usable`,
        expected: "a finite number, a string or a boolean",
        found: describeValue(value),
      });
    }
  }
  const own = Object.freeze({ ...defaults }) as ValuesLike<D>;
  const configured = (given: Partial<ValuesLike<D>> = {}): Model => {
    if (typeof given !== "object" || given === null) {
      fail({
        code: "invalid-argument",
        message: "configurable: the model's argument is not an object of values",
        expected: `values by name: ${Object.keys(own).join(", ")}`,
        found: describeValue(given),
      });
    }
    const set = Object.entries(given).filter(([, value]) => value !== undefined) as [string, Value][];
    return make(
      valuesOf(
        own,
        set.map(([name, value]) => ({ name, value })),
      ) as ValuesLike<D>,
    );
  };
  return Object.freeze(Object.assign(configured, { defaults: own, [brand]: true }));
}

export const isConfigurable = (value: unknown): value is Configurable => typeof value === "function" && brand in value;

const isValue = (value: unknown): value is Value =>
  typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));

/** A value that a build sets. */
export interface Define {
  readonly name: string;
  readonly value: Value;
  /** Whether the value is text whose type the default decides, as on a command line. */
  readonly isText?: boolean;
  /** Where it is set, for errors. */
  readonly place?: () => Place | undefined;
}

/** The defaults with what is set; the last of a name counts. */
export function valuesOf(defaults: Values, defines: readonly Define[]): Values {
  const values: Record<string, Value> = { ...defaults };
  for (const define of defines) {
    const { name } = define;
    const like = Object.hasOwn(defaults, name) ? defaults[name] : undefined;
    if (like === undefined) {
      const near = nearest(name, Object.keys(defaults));
      refuse(define, {
        message: `the model has no value '${name}' to set`,
        expected: Object.keys(defaults).join(", ") || "no values",
        found: name,
        hint: near && `did you mean ${near}?`,
      });
    }
    const value = define.isText ? parsed(String(define.value), like) : define.value;
    if (typeof value !== typeof like || !isValue(value)) {
      refuse(define, {
        message: `the value of '${name}' does not have the type of its default, ${JSON.stringify(like)}`,
        expected: kinds[typeof like as keyof typeof kinds],
        found: JSON.stringify(define.value) ?? String(define.value),
      });
    }
    values[name] = value;
  }
  return values;
}

const kinds = { number: "a finite number", boolean: "true or false", string: "a string" } as const;

function parsed(text: string, like: Value): Value | undefined {
  if (typeof like === "string") return text;
  if (typeof like === "boolean") return text === "true" ? true : text === "false" ? false : undefined;
  return text.trim() === "" ? undefined : Number(text);
}

/** The model that a file exports, made of its values if it has any, and those values. */
export function configure(
  exported: unknown,
  defines: readonly Define[],
): { readonly model: unknown; readonly values?: Values } {
  if (isConfigurable(exported)) {
    const values = valuesOf(exported.defaults, defines);
    return { model: exported(values), values };
  }
  const [first] = defines;
  if (first === undefined) return { model: exported };
  return refuse(first, {
    message: `the model has no values, but '${first.name}' is set`,
    expected: "a model made by configurable, or no values to set",
    found: "a model without values",
    hint: "export default configurable({ hidden: 100 }, ({ hidden }) => model(...))",
  });
}

function refuse({ place }: Define, diagnostic: Omit<Fault, "code" | "place">): never {
  return fail({ code: "invalid-define", ...diagnostic, place: place?.() });
}
