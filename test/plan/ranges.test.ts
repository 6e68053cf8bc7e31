/** Ranges of bytes, and buffers placed by lifetime, against the plain definitions. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { placeIntervals, spaced, type Interval } from "../../compiler/plan/memory/arena.js";
import { Ranges } from "../../compiler/plan/memory/byteRanges.js";
import { runs } from "../runs.js";

test("ranges are a set of bytes", () => {
  const range = (least: number) => fc.tuple(fc.nat(40), fc.integer({ min: least, max: 9 }));
  fc.assert(
    fc.property(
      fc.array(range(0), { maxLength: 15 }),
      fc.array(range(1), { minLength: 1, maxLength: 6 }),
      (added, asked) => {
        const ranges = new Ranges();
        const bytes = new Set<number>();
        for (const [start, length] of added) {
          const before = bytes.size;
          for (let at = start; at < start + length; at++) bytes.add(at);
          expect(ranges.add(start, start + length)).toBe(bytes.size - before);
        }
        for (const [start, length] of asked) {
          const found = ranges.endOfOverlap(start, start + length);
          const first = Array.from({ length }, (_, at) => start + at).find((at) => bytes.has(at));
          let end = first ?? 0;
          while (bytes.has(end)) end++;
          expect(found).toBe(first === undefined ? null : end);
        }
      },
    ),
    runs(500, 1),
  );
});

/** First fit by its definition: looks at every interval that was placed before. */
function firstFit(intervals: readonly Interval[]): Map<string, number> {
  const placed: (Interval & { readonly offset: number })[] = [];
  for (const interval of [...intervals].sort((a, b) => b.bytes - a.bytes || a.from - b.from)) {
    const alive = placed.filter((other) => other.from <= interval.to && interval.from <= other.to);
    const fits = (offset: number): boolean =>
      alive.every(
        (other) => offset + spaced(interval.bytes) <= other.offset || other.offset + spaced(other.bytes) <= offset,
      );
    const places = [0, ...alive.map((other) => other.offset + spaced(other.bytes))].filter(fits);
    placed.push({ ...interval, offset: Math.min(...places) });
  }
  return new Map(placed.map(({ id, offset }) => [id, offset]));
}

test("each buffer lies at the lowest place that is free while it is needed", () => {
  const interval = fc.tuple(fc.integer({ min: 1, max: 200 }), fc.nat(30), fc.oneof(fc.nat(12), fc.constant(Infinity)));
  fc.assert(
    fc.property(fc.array(interval, { maxLength: 40 }), (list) => {
      const intervals = list.map(([bytes, from, steps], position) => ({
        id: `${position}`,
        bytes,
        from,
        to: from + steps,
      }));
      const { offsets, bytes } = placeIntervals(intervals);
      expect(offsets).toEqual(firstFit(intervals));
      const ends = intervals.map((each) => (offsets.get(each.id) as number) + spaced(each.bytes));
      expect(bytes).toBe(Math.max(0, ...ends));
    }),
    runs(500, 1),
  );
});
