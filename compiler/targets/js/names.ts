/** Identifiers for the emitted JavaScript. */

const reserved = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield " +
    "Math Float32Array Float64Array Int32Array Uint8Array NaN Infinity"
  ).split(" "),
);

/** A JavaScript identifier in camel case from any text: `hidden.weight` becomes hiddenWeight. */
export function identifier(text: string): string {
  const words = text.split(/[^A-Za-z0-9$]+/).filter((word) => word !== "");
  const joined = words
    .map((word, position) => (position === 0 ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join("");
  const lower = /^[A-Z0-9]+$/.test(joined) ? joined.toLowerCase() : joined.charAt(0).toLowerCase() + joined.slice(1);
  const start = lower === "" ? "value" : /^[0-9]/.test(lower) ? `n${lower}` : lower;
  return (reserved.has(start) ? `${start}_` : start).slice(0, 60);
}

/** Hands out identifiers, each once. */
export class Names {
  readonly #taken: Set<string>;
  /** The taken names in order, for `release`. */
  readonly #order: string[];
  /** The number at which the search continues, by the requested name: all lower numbers are taken. */
  readonly #next = new Map<string, number>();

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
    this.#order = [...this.#taken];
  }

  /** A mark of the names that are taken now, for `release`. */
  mark(): number {
    return this.#order.length;
  }

  /** Frees every name taken since the mark: the scope that holds them has ended. */
  release(mark: number): void {
    for (const name of this.#order.splice(mark)) this.#taken.delete(name);
    this.#next.clear();
  }

  /** All names that are taken. */
  all(): Iterable<string> {
    return this.#order;
  }

  take(wanted: string): string {
    let name = wanted;
    let number = this.#next.get(wanted) ?? 2;
    while (this.#taken.has(name) || reserved.has(name)) name = `${wanted}${number++}`;
    if (name !== wanted) this.#next.set(wanted, number);
    this.#taken.add(name);
    this.#order.push(name);
    return name;
  }
}
