/** One scalar for all that compute the same: parts by parts, since their text would double with every part used twice. */
import { operandsOf, type Scalar } from "./scalar.js";

/** What distinguishes a scalar from others of its kind and type with the same operands. */
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

  /** The first scalar that was asked about, or stood in one that was, and computes the same. Iterative: depth is the user's. */
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

  /** Adds a scalar whose operands are there. */
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
