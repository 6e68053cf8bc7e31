/**
 * How often a property is tried, and from which seed: fixed, so that a run can be repeated. `OPTIMC_RUNS=20` tries it
 * twenty times as often, `OPTIMC_SEED=7` elsewhere: for a long search by hand.
 */
const times = Number(process.env["OPTIMC_RUNS"] ?? 1);
const elsewhere = Number(process.env["OPTIMC_SEED"] ?? 0);

export const runs = (numRuns: number, seed: number): { readonly numRuns: number; readonly seed: number } => ({
  numRuns: numRuns * times,
  seed: seed + 1000 * elsewhere,
});
