/** Saving and loading: one tree of live views and counters, copied out, or checked as a whole and then written into. */

import { checkArray, checkNumber, checkValues, counts } from "./numbers.js";
import { kindOf, need, refuse, refuseUnknown } from "./refuse.js";
import type { Values, View } from "./tensor.js";

export interface Tree {
  [name: string]: Tree | View | number | string;
}

const isView = (value: unknown): value is View => ArrayBuffer.isView(value);

export function save(live: Tree): Tree {
  const copy: Tree = {};
  for (const name in live) {
    const value = live[name]!;
    copy[name] = isView(value) ? value.slice() : typeof value === "object" ? save(value) : value;
  }
  return copy;
}

/** Refuses what does not fit `live`; with `write`, writes what was found to fit. */
export function load(live: Tree, given: unknown, write: boolean, path = ""): void {
  if (typeof given !== "object" || !given) refuse(`${path || "state"}: expected an object, found ${kindOf(given)}`);
  refuseUnknown(`name in ${path || "state"}`, given, live);
  for (const name in live) {
    const value = live[name]!;
    const label = path ? `${path}.${name}` : name;
    let found = need(given, name, label);
    // JSON makes an object of a typed array, its keys in order.
    if (isView(value) && kindOf(found) === "Object") found = Object.values(found as object);
    if (isView(value)) {
      if (write) value.set(found as Values);
      else {
        checkArray(label, found, value);
        if (found.length !== value.length) refuse(`${label}: expected ${value.length} numbers, found ${found.length}`);
        checkValues(label, found, value);
      }
    } else if (typeof value === "object") load(value, found, write, label);
    else if (write) live[name] = found as number;
    else if (path || name === "seed") checkNumber(label, found, counts);
    else if (found !== value) refuse(`${label}: expected ${value}, found ${found as string}`);
  }
}
