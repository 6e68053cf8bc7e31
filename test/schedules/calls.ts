/** The recorded calls of test/reference/schedules.json, as schedules. */
import { readFileSync } from "node:fs";
import * as optimc from "../../src/index.js";
import type { HostNumber, Schedule } from "../../src/index.js";

export type Call = readonly [name: string, ...given: readonly unknown[]];

interface Reference {
  readonly schedules: readonly { readonly call: Call; readonly lr: number[]; readonly momentum?: number[] }[];
  readonly fractions: readonly { readonly options: object; readonly perEpoch: number; readonly lr: number[] }[];
  readonly plateaus: readonly {
    readonly metrics: string;
    readonly initial: number;
    readonly options: object;
    readonly lr: number[];
  }[];
  readonly metrics: Readonly<Record<string, number[]>>;
}

export const reference = JSON.parse(
  readFileSync(new URL("../reference/schedules.json", import.meta.url), "utf8"),
) as Reference;

const functions: Readonly<Record<string, (t: HostNumber) => HostNumber | number>> = {
  decay: (t) => t.mul(-0.05).exp(),
  inverse: (t) => t.mul(0.1).add(1).pow(-1),
  constant: () => 0.95,
  half: (x) => x.mul(-Math.LN2).exp(),
};

const isCall = (given: unknown): given is Call =>
  Array.isArray(given) && typeof given[0] === "string" && given[0] in optimc;

function argument(given: unknown): unknown {
  if (typeof given === "string" && Object.hasOwn(functions, given)) return functions[given];
  if (isCall(given)) return make(given);
  if (Array.isArray(given)) return given.map(argument);
  if (typeof given !== "object" || given === null) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, argument(value)]));
}

/** The schedule that a call stands for. */
export const make = ([name, ...given]: Call): Schedule =>
  (optimc[name as keyof typeof optimc] as (...given: unknown[]) => Schedule)(...given.map(argument));
