/** Random numbers for checks, and comparisons of lists of numbers. */

/** Uniform numbers in [0, 1) from a seed (mulberry32): the same seed gives the same numbers. */
export function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Float32 numbers in [from, to): exact in both precisions. */
export function between(from: number, to: number, count: number, next: () => number): number[] {
  return Array.from({ length: count }, () => Math.fround(from + (to - from) * next()));
}

/** Normal float32 numbers (Box and Muller). */
export function normals(count: number, next: () => number): number[] {
  return Array.from({ length: count }, () => {
    const [radius, angle] = [Math.sqrt(-2 * Math.log(1 - next())), 2 * Math.PI * next()];
    return Math.fround(radius * Math.cos(angle));
  });
}

/** The root of the mean square. */
export const rootMeanSquare = (values: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] as number) ** 2;
  return Math.sqrt(sum / Math.max(1, values.length));
};

/** Whether `found` lies within `allowed` of `wanted`; NaN is NaN, and infinities are themselves. */
export function near(found: number, wanted: number, allowed: number): boolean {
  if (Number.isNaN(allowed) || allowed === Infinity) return true;
  if (Number.isNaN(wanted)) return Number.isNaN(found);
  return found === wanted || Math.abs(found - wanted) <= allowed;
}

/** The first element whose difference is more than allowed. */
export function difference(
  what: string,
  found: ArrayLike<number>,
  wanted: ArrayLike<number>,
  allowed: (i: number) => number,
): string | null {
  if (found.length !== wanted.length) return `${what}: ${found.length} numbers instead of ${wanted.length}`;
  for (let i = 0; i < wanted.length; i++) {
    if (near(found[i] as number, wanted[i] as number, allowed(i))) continue;
    return `${what}[${i}] is ${found[i]} instead of ${wanted[i]}, allowed ${allowed(i)}`;
  }
  return null;
}

/** The first element whose bits differ; two NaN are alike. */
export function bitDifference(what: string, found: ArrayLike<number>, wanted: ArrayLike<number>): string | null {
  if (found.length !== wanted.length) return `${what}: ${found.length} numbers instead of ${wanted.length}`;
  for (let i = 0; i < wanted.length; i++) {
    if (!Object.is(found[i], wanted[i])) return `${what}[${i}] is ${found[i]} instead of ${wanted[i]}`;
  }
  return null;
}

/** The largest finite magnitude. */
export function magnitudeOf(values: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const each = Math.abs(values[i] as number);
    if (each > most && each < Infinity) most = each;
  }
  return most;
}
