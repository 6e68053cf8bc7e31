/**
 * Saving and loading: one tree of live views and counters, which is copied, or written after the whole given state was
 * checked.
 */

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

/** Few numbers stay numbers, for readers; many become text, and so do numbers that JSON lacks: NaN, infinities, -0. */
function jsonOf(view: View): unknown {
  const numbers = view.length < 100 && Array.from(view);
  return numbers && numbers.every((each) => Number.isFinite(each) && !Object.is(each, -0))
    ? numbers
    : `${kindOf(view)}:${toBase64(view)}`;
}

/** The array behind a text or an object with ordered keys, as JSON made it; any other value as it is. */
function arrayOf(label: string, found: unknown): unknown {
  reading(label);
  const [kind, text] = typeof found === "string" ? found.split(":") : [];
  const View = Object.values(arrays).find(({ name }) => name === kind);
  if (View) return new View(fromBase64(text!).buffer);
  return kindOf(found) === "Object" ? Object.values(found as object) : found;
}

/**
 * Writes the parts that fit, after everything was checked. A strict load refuses parts that do not fit; only a function
 * that does not update may be missing, and then counts as never called. Counters belong to the tensors beside them:
 * those of a function are loaded only together with all that it keeps, and the seed only together with the model's name
 * and format.
 */
export function load(live: Tree, given: unknown, strict: boolean, counting: ReadonlySet<View>) {
  const report: Record<keyof LoadReport, string[]> = { loaded: [], kept: [], skipped: [] };
  const { loaded, kept, skipped } = report;
  const attempt = (label: string, check: () => void): void => {
    try {
      check();
    } catch (error) {
      // The members of a state of another format have other meanings.
      if (strict || label === "format") throw error;
      kept.push(label);
      skipped.push(label);
    }
  };
  /** For each part, the function that checks it and returns the function that writes it. */
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
  // From here on no code of the caller's runs, so that it cannot change values between the check and the write.
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
