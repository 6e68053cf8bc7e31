/** What a check says of a model: proofs, faults and notes, gathered while it runs. */
import { OptimcError } from "../diagnostics.js";
import type { Fault } from "./locate.js";

/** One thing that was proved of one function. */
export interface Proof {
  readonly function: string;
  /** `gradients`, or the target. */
  readonly subject: string;
  /** `undecided`: nothing is wrong, and most of it could not be told. */
  readonly verdict: "ok" | "failed" | "undecided";
  /** What was compared, and the worst difference. */
  readonly text: string;
}

export interface Report {
  readonly model: string;
  readonly proofs: readonly Proof[];
  /** The faults. */
  readonly findings: readonly OptimcError[];
  /** Undecided cases and assumptions. */
  readonly notes: readonly string[];
}

export class Findings {
  readonly #proofs: Proof[] = [];
  /** The faults by kind and place, with the functions that have them. */
  readonly #faults = new Map<string, { readonly error: OptimcError; readonly functions: string[] }>();
  readonly #notes = new Set<string>();

  prove(name: string, subject: string, verdict: Proof["verdict"], parts: readonly string[]): void {
    this.#proofs.push({ function: name, subject, verdict, text: parts.join(": ") });
  }

  /** A fault of several functions at one place is one. */
  find(name: string, { node, error }: Fault): void {
    const { code, place } = error;
    const key = `${code} ${node} ${place?.file}:${place?.line}:${place?.column}`;
    const found = this.#faults.get(key);
    if (found) found.functions.push(name);
    else this.#faults.set(key, { error, functions: [name] });
  }

  note(text: string): void {
    this.#notes.add(text);
  }

  reportOn(model: string): Report {
    const findings = [...this.#faults.values()].map(({ error, functions }) =>
      functions.length === 1
        ? error
        : new OptimcError({ ...error, message: `${error.message}, in ${functions.join(" and ")}` }),
    );
    return { model, proofs: this.#proofs, findings, notes: [...this.#notes] };
  }
}
