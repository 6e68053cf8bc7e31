/**
 * How long tests are. `npm run test:all` has the long form, in which every property is tried as often as its test says and
 * nothing is left out. `npm test` tries each a twelfth as often, on each target in one precision, and leaves what is slow and
 * seldom breaks to `test:all`; `npm run test:quick` has a part of the files, and tries each property a fourth as often again.
 *
 * Seeds are fixed, so that a run can be repeated, and a short form is the beginning of the long one. For a search by hand,
 * `OPTIMC_RUNS=20` tries everything twenty times as often as the long form, and `OPTIMC_SEED=7` begins at another seed.
 */
const times = Number(process.env["OPTIMC_RUNS"] ?? 1);
const elsewhere = Number(process.env["OPTIMC_SEED"] ?? 0);

/** `--mode` of vitest: all, test or quick. */
const mode = process.env["OPTIMC_TESTS"];

/** Whether this is the long form. */
export const isLong: boolean = mode === "all" || process.env["OPTIMC_RUNS"] !== undefined;

/** The number of trials, from the number in the long form. */
export const count = (long: number): number => (isLong ? long * times : Math.ceil(long / (mode === "quick" ? 50 : 12)));

/** The number of trials and the seed for fast-check. */
export const runs = (long: number, seed: number): { readonly numRuns: number; readonly seed: number } => ({
  numRuns: count(long),
  seed: seed + 1000 * elsewhere,
});

/** Every fifth of some cases, or all of them in the long form; for tables of many cases of one kind. */
export const some = <T>(cases: readonly T[]): readonly T[] => (isLong ? cases : cases.filter((_, n) => n % 5 === 0));

/** The name of a test that is skipped unless `isLong`: `test.skipIf(!isLong)(onlyInAll("explains itself"), ...)`. */
export const onlyInAll = (name: string): string => (isLong ? name : `${name} (run by npm run test:all)`);
