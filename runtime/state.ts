/** Saving and loading: one tree of live views and counters, copied out, or written once all that comes was checked. */

import { countOf, settled, takeArray } from "./arrays.js";
import { fromBase64, toBase64 } from "./base64.js";
import { checkNumber, checkValues, counts } from "./numbers.js";
import { kindOf, need, open, own, reading, refuseFound } from "./refuse.js";
import { arrays, type View } from "./tensor.js";
import type { LoadReport } from "./types.js";

export interface Tree {
  [name: string]: Tree | View | number | string;
}

const isView = (value: unknown): value is View => ArrayBuffer.isView(value);

export function save(live: Tree): Tree {
  const copy: Tree = {};
  for (const name in live) {
    const value = live[name]!;
    if (isView(value)) {
      const view = (copy[name] = value.slice());
      Object.defineProperty(view, "toJSON", { value: () => jsonOf(view) });
    } else copy[name] = typeof value === "object" ? save(value) : value;
  }
  return copy;
}

/** A few numbers for readers; text where they are many, or JSON has no number for one: NaN, infinities, -0. */
function jsonOf(view: View): unknown {
  const numbers = view.length < 100 && Array.from(view);
  return numbers && numbers.every((each) => Number.isFinite(each) && !Object.is(each, -0))
    ? numbers
    : `${kindOf(view)}:${toBase64(view)}`;
}

/** The array that JSON made a text of, or an object with its keys in order; else what it was. */
function arrayOf(label: string, found: unknown): unknown {
  reading(label);
  const [kind, text] = typeof found === "string" ? found.split(":") : [];
  const View = Object.values(arrays).find(({ name }) => name === kind);
  if (View) return new View(fromBase64(text!).buffer);
  return kindOf(found) === "Object" ? Object.values(found as object) : found;
}

/**
 * Writes what fits, once all was checked. A strict load refuses what does not fit; only a function that does not update may
 * be missing, and has then not been called. Counters say how far the rest has come: a function's are taken with all that it
 * keeps, and the seed with the model's name and format, or not at all.
 */
export function load(live: Tree, given: unknown, strict: boolean, counting: ReadonlySet<View>) {
  const report: Record<keyof LoadReport, string[]> = { loaded: [], kept: [], skipped: [] };
  const { loaded, kept, skipped } = report;
  const attempt = (label: string, check: () => void): void => {
    try {
      check();
    } catch (error) {
      // What a state of another format says means something else.
      if (strict || label === "format") throw error;
      kept.push(label);
      skipped.push(label);
    }
  };
  /** What checks a part, and gives what writes it. */
  const parts: (readonly [label: string, check: () => () => void])[] = [];

  const take = (owner: Tree, given: unknown, path: string): void => {
    const what = path || "state";
    const found = open(what, given, strict ? `name in ${what}` : "", owner);
    const labelOf = (name: string): string => (path ? `${path}.${name}` : name);
    for (const name in found) if (!Object.hasOwn(owner, name)) skipped.push(labelOf(name));
    for (const name in owner) {
      const label = labelOf(name);
      const mine = owner[name]!;
      // A function that only computes may be newer than the state.
      if (strict && path === "functions" && !("step" in (mine as Tree))) found[name] ??= { calls: 0 };
      const value = strict ? need(found, name, label) : own(found, name);
      if ((value ?? null) === null) kept.push(label);
      else if (isView(mine))
        attempt(label, () => {
          const array = takeArray(label, arrayOf(label, value), mine);
          parts.push([
            label,
            () => {
              const [count, values] = [countOf(array), settled(array, mine)];
              if (count !== mine.length) refuseFound(label, `${mine.length} numbers`, count);
              checkValues(label, values, mine);
              if (counting.has(mine)) checkNumber(label, values[0], counts);
              return () => mine.set(values);
            },
          ]);
        });
      else if (typeof mine === "object") take(mine, value, label);
      else
        parts.push([
          label,
          () => {
            if (path || name === "seed") checkNumber(label, value, counts);
            else if (value !== mine)
              refuseFound(label, mine, typeof value === "object" ? kindOf(value) : String(value));
            return () => (owner[name] = value as number);
          },
        ]);
    }
  };
  take(live, given, "");
  // From here on no code of the caller's runs: what is checked is what is written.
  reading("");
  const writes: (readonly [label: string, write: () => void])[] = [];
  for (const [label, check] of parts) attempt(label, () => void writes.push([label, check()]));
  for (const [label, write] of writes) {
    const owner = /^functions\.[^.]+\.(?!parameters\.)/.exec(label)?.[0];
    if (kept.some((each) => (owner ? each.startsWith(owner) : label === "seed" && /^(format|model)$/.test(each)))) {
      kept.push(label);
      skipped.push(label);
    } else {
      loaded.push(label);
      write();
    }
  }
  return report;
}
