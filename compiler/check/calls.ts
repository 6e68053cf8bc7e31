/** Calls all functions of one program on one target, and compares each call with the meaning of its graph. */
import type { Environment } from "../meaning/interpreter.js";
import { compareCall, type Comparison } from "./call.js";
import { circumstancesOf, drawInputs, moved, type Dims } from "./draw.js";
import { poison, type Live } from "./instance.js";
import { generator } from "./numbers.js";
import type { Subject } from "./subject.js";

/** A point at which a function is tested: sizes, and all values on which a call depends. */
export interface Point {
  readonly dims: Dims;
  readonly given: Environment;
}

/** The values with which the calls are made. */
export interface Drawn {
  readonly seed: number;
  /** The least number of calls of each function, which is also called once at each of its sizes. */
  readonly runs: number;
  sizesOf(subject: Subject): readonly Dims[];
  /** Inputs that must be positive. */
  positiveOf(subject: Subject): ReadonlySet<string>;
}

/** The results of the calls of one function. */
export interface Called {
  readonly subject: Subject;
  readonly calls: number;
  readonly sizes: readonly Dims[];
  /** In the order of the calls, up to the first fault. */
  readonly comparisons: readonly Comparison[];
  readonly wrong: { readonly comparison: Comparison; readonly fault: string; readonly point: Point } | null;
}

/**
 * Calls the functions in turn, each until it fails. The meaning of every call starts from the current state of the
 * instance.
 */
export function callAll(
  live: Live,
  { seed, runs, sizesOf, positiveOf }: Drawn,
  functions: readonly Subject[],
): Called[] {
  live.load(moved(live.state(), generator(seed + 1)));
  const all = functions.map((subject) => {
    const sizes = sizesOf(subject);
    return { subject, sizes, calls: Math.max(runs, sizes.length), comparisons: [] as Comparison[] };
  });
  const wrong = new Map<string, Called["wrong"]>();
  for (let round = 0; round < Math.max(...all.map(({ calls }) => calls)); round++) {
    for (const { subject, sizes, calls, comparisons } of all) {
      const { graph, made } = subject;
      if (wrong.has(made.name) || round >= calls) continue;
      const dims = sizes[round % sizes.length] ?? {};
      const full = { ...made.dims, ...dims };
      const next = generator(seed * 7919 + round * 611953 + 3);
      const inputs = drawInputs(made, full, next, positiveOf(subject));
      const given = circumstancesOf(graph, live.state(), { dims: full, inputs, seed });
      poison(live);
      const compared = compareCall(live, subject, given, inputs, { dims });
      comparisons.push(...compared);
      const comparison = compared.find(({ fault }) => fault !== null);
      if (comparison === undefined) continue;
      const fault = comparison.fault as string;
      wrong.set(made.name, { comparison, fault, point: { dims: full, given } });
    }
  }
  return all.map((each) => ({ ...each, wrong: wrong.get(each.subject.made.name) ?? null }));
}

/** If rounding may explain more than this fraction of the largest element, agreement proves little. */
const mostAllowed = 1e-2;

/**
 * Whether agreement proves something: rounding may explain only a little, or the numbers agree far more closely than a
 * fault would allow.
 */
export const isTold = ({ allowed, isClose }: Comparison): boolean => allowed <= mostAllowed || isClose;

/** The largest difference among comparisons that prove something. */
export const worstOf = (comparisons: readonly Comparison[]): number =>
  comparisons.filter(isTold).reduce((most, { worst }) => Math.max(most, worst), 0);
