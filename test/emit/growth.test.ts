/** The work of a build grows with the model, not with its square: no block of the compiler's code runs more often. */
import { Session } from "node:inspector/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adam, input, linear, minimize, model, type Model, type Tensor } from "../../src/index.js";
import { compiled } from "../end/emit.js";
import { isLong, onlyInAll } from "../runs.js";

const session = new Session();
// From before the first build: code that was optimized before does not count.
beforeAll(async () => {
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
});
afterAll(() => session.disconnect());

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** How often blocks of code ran, by what is innermost at a place. */
type Counts = ReadonlyMap<string, readonly { readonly name: string; readonly ranges: readonly Range[] }[]>;

/** How often every block of the compiler runs while the model is built. */
async function countsOf(made: Model): Promise<Counts> {
  await session.post("Profiler.takePreciseCoverage");
  compiled(made);
  const { result } = await session.post("Profiler.takePreciseCoverage");
  const own = result.filter(({ url }) => /\/(?:compiler|runtime)\//.test(url));
  return new Map(
    own.map(({ url, functions }) => [url, functions.map((each) => ({ name: each.functionName, ranges: each.ranges }))]),
  );
}

/** The count of the innermost block around a block, of functions of one file. */
function countAt(functions: Counts, url: string, { startOffset, endOffset }: Range): number {
  let [count, size] = [0, Infinity];
  for (const { ranges } of functions.get(url) ?? []) {
    if ((ranges[0] as Range).startOffset > startOffset || (ranges[0] as Range).endOffset < endOffset) continue;
    for (const range of ranges) {
      const length = range.endOffset - range.startOffset;
      if (range.startOffset > startOffset || range.endOffset < endOffset || length > size) continue;
      [count, size] = [range.count, length];
    }
  }
  return count;
}

/**
 * Blocks whose count grows more than linearly: from 40 to 80, n log n grows to 2.4 times, by 2.3 times as much as from 20
 * to 40; a square grows to 4 times, by 4 times as much. Where V8 lost counts, of code that it had optimized, is left out.
 */
async function superlinear(make: (n: number) => Model): Promise<string[]> {
  compiled(make(20));
  const [small, middle, large] = [await countsOf(make(20)), await countsOf(make(40)), await countsOf(make(80))];
  const found: string[] = [];
  for (const [url, functions] of large) {
    for (const { name, ranges } of functions) {
      for (const range of ranges) {
        const [a, b, c] = [countAt(small, url, range), countAt(middle, url, range), range.count];
        // A few hundred are no growth that would show.
        const lost = a === 0 || b < 1.5 * a;
        if (lost || c <= 2.5 * b || c - b <= 3 * (b - a) + 300) continue;
        const file = url.replace(/.*\/(?=compiler|runtime)/, "");
        found.push(`${file} at ${range.startOffset} ${name || "function"}: ${a}, ${b}, ${c} times`);
      }
    }
  }
  return found;
}

const deep = (n: number): Model => {
  const x = input("x", ["batch", 8]);
  let h: Tensor<["batch", 8]> = x;
  for (let i = 0; i < n; i++) h = linear(`l${i}`, 8, 8)(h).relu();
  const train = minimize(h.square().sum(), adam({ lr: 1e-3 }));
  return model("deep", { dims: { batch: 4 }, functions: { predict: { h }, train } });
};

test.skipIf(!isLong)(onlyInAll("20, 40 and 80 layers"), async () => {
  expect(await superlinear(deep)).toEqual([]);
});
