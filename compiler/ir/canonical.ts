/**
 * Finds one scalar for all that compute the same. It compares part by part: a text of the whole would double with every
 * part that is used twice.
 */
import { operandsOf, type Scalar } from "./scalar.js";

/** The text that distinguishes a scalar from others of its kind and type with the same operands. */
function own(scalar: Scalar): string {
  switch (scalar.kind) {
    case "constant":
      return `${Object.is(scalar.value, -0) ? "-0" : scalar.value}`;
    case "variable":
      return scalar.name;
    case "unary":
    case "binary":
      return scalar.operator;
    case "call":
      return scalar.function.name;
    case "load":
      return `${scalar.buffer}[${scalar.index.key}]`;
    case "index":
      return scalar.value.key;
    case "select":
    case "convert":
    case "unsigned":
      return "";
  }
}

export class Canonical {
  readonly #of = new Map<Scalar, Scalar>();
  readonly #byKey = new Map<string, Scalar>();
  readonly #numbers = new Map<Scalar, number>();

  /**
   * The first scalar seen, on its own or inside another, that computes the same. Iterative, because the user's file
   * decides the depth.
   */
  of(root: Scalar): Scalar {
    const stack = [root];
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as Scalar;
      const missing = this.#of.has(top) ? [] : operandsOf(top).filter((each) => !this.#of.has(each));
      if (missing.length > 0) {
        stack.push(...missing.reverse());
        continue;
      }
      stack.pop();
      if (!this.#of.has(top)) this.#add(top);
    }
    return this.#of.get(root) as Scalar;
  }

  /** Adds a scalar whose operands have been added. */
  #add(scalar: Scalar): void {
    const operands = operandsOf(scalar).map((each) => this.numberOf(each));
    const key = [scalar.kind, scalar.type, own(scalar), ...operands].join(" ");
    const found = this.#byKey.get(key) ?? scalar;
    if (found === scalar) {
      this.#byKey.set(key, scalar);
      this.#numbers.set(scalar, this.#numbers.size);
    }
    this.#of.set(scalar, found);
  }

  /** A number that is the same for scalars that compute the same, and for no others. */
  numberOf(scalar: Scalar): number {
    return this.#numbers.get(this.of(scalar)) as number;
  }
}
