/** Between which numbers elements lie. */
import type { ElementType } from "./tensorType.js";

export interface Range {
  readonly from: number;
  readonly to: number;
}

export const anything: Range = { from: -Infinity, to: Infinity };

const [least, most] = [-(2 ** 31), 2 ** 31 - 1];

/** Sums, differences and products of integers, which wrap at 32 bits. Those of floats are rounded: they can be anything. */
const ofIntegers =
  (endsOf: (x: Range, y: Range) => readonly number[]) =>
  (x: Range, y: Range, element: ElementType): Range => {
    if (element !== "int32") return anything;
    const ends = endsOf(integers(x), integers(y));
    const [from, to] = [Math.min(...ends), Math.max(...ends)];
    return from >= least && to <= most ? { from, to } : anything;
  };

const integers = ({ from, to }: Range): Range => ({ from: Math.max(from, least), to: Math.min(to, most) });

export const sumOf = ofIntegers((x, y) => [x.from + y.from, x.to + y.to]);
export const differenceOf = ofIntegers((x, y) => [x.from - y.to, x.to - y.from]);
export const productOf = ofIntegers((x, y) => [x.from * y.from, x.from * y.to, x.to * y.from, x.to * y.to]);

export const largerOf = (x: Range, y: Range): Range => ({ from: Math.max(x.from, y.from), to: Math.max(x.to, y.to) });
export const smallerOf = (x: Range, y: Range): Range => ({ from: Math.min(x.from, y.from), to: Math.min(x.to, y.to) });

/** All that lies in some of them. */
export const together = (ranges: readonly Range[]): Range => ({
  from: Math.min(...ranges.map(({ from }) => from)),
  to: Math.max(...ranges.map(({ to }) => to)),
});
