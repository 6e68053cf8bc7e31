/**
 * Products of tensors whose axes have labels: axes with equal labels are matched, and labels that the result lacks are
 * summed away.
 */
import type { DotDimensions } from "../ir/lowering.js";
import type { Expression } from "../ir/op.js";
import { one, product, type Size } from "../ir/size.js";
import { sumOver } from "./broadcast.js";
import { dot } from "./dot.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { transpose } from "./transpose.js";

/** A tensor with a label for each axis, no two equal. */
export interface Labelled {
  readonly x: Expression;
  readonly labels: readonly string[];
}

const has = ({ labels }: Labelled, label: string): boolean => labels.includes(label);
const sizeAt = ({ x, labels }: Labelled, label: string): Size => x.shape[labels.indexOf(label)] as Size;

/** The axes in the order of `labels`, which are all of them. */
export function arranged({ x, labels: from }: Labelled, labels: readonly string[]): Labelled {
  const permutation = labels.map((label) => from.indexOf(label));
  const inPlace = permutation.every((axis, position) => axis === position);
  return { x: inPlace ? x : transpose.node([x], { permutation }), labels };
}

/** The sum over all axes whose labels are not kept. */
function summed({ x, labels }: Labelled, keep: (label: string) => boolean): Labelled {
  const axes = labels.flatMap((label, axis) => (keep(label) ? [] : [axis]));
  return { x: axes.length === 0 ? x : sumOver.node([x], { axes }), labels: labels.filter(keep) };
}

/** The axes in the order of `labels`, with size 1 where x has none. */
function among(tensor: Labelled, labels: readonly string[]): Expression {
  const { x } = arranged(
    tensor,
    labels.filter((label) => has(tensor, label)),
  );
  if (tensor.labels.length === labels.length) return x;
  return reshape(
    x,
    labels.map((label) => (has(tensor, label) ? sizeAt(tensor, label) : one)),
  );
}

/** The product of two tensors, summed over the labels that are not kept, which both tensors have. */
function multiplied(a: Labelled, b: Labelled, keep: (label: string) => boolean, order: readonly string[]): Labelled {
  const both = a.labels.filter((label) => has(b, label));
  const [batch, contract] = [both.filter(keep), both.filter((label) => !keep(label))];
  const free = (of: Labelled): string[] => of.labels.filter((label) => !both.includes(label));
  // Only the last product has no labels but those of the result, and must have its order.
  const wanted = (labels: readonly string[]): string[] =>
    labels.every((label) => order.includes(label))
      ? [...labels].sort((p, q) => order.indexOf(p) - order.indexOf(q))
      : [...labels];
  const elementwise = free(a).length === 0 && free(b).length === 0 && batch.length > 0;
  if (contract.length === 0 || elementwise) {
    const labels = [...wanted([...batch, ...free(a), ...free(b)]), ...contract];
    return summed({ x: mul(among(a, labels), among(b, labels)), labels }, keep);
  }
  // In the asked order, as far as a product can have it: batch axes, then those of one side, then those of the other.
  const leads = wanted([...free(a), ...free(b)])[0];
  const sides = leads !== undefined && has(b, leads) ? ([b, a] as const) : ([a, b] as const);
  const [left, right] = sides.map((side) => {
    const own = wanted(free(side));
    return own.every((label, n) => label === free(side)[n]) ? side : arranged(side, [...both, ...own]);
  }) as [Labelled, Labelled];
  const pairs = (labels: readonly string[]): DotDimensions["batch"] =>
    labels.map((label) => [left.labels.indexOf(label), right.labels.indexOf(label)] as const);
  const lead = wanted(batch);
  return {
    x: dot.node([left.x, right.x], { batch: pairs(lead), contract: pairs(contract) }),
    labels: [...lead, ...free(left), ...free(right)],
  };
}

/**
 * Compares two sizes for a sort, without knowing the capacities: the larger one has the higher degree in the named
 * dimensions, then the larger coefficients.
 */
export function compareGrowth(a: Size, b: Size): number {
  const byDegree = ({ terms }: Size): number[] => {
    const sums: number[] = [];
    for (const { coefficient, factors } of terms) sums[factors.length] = (sums[factors.length] ?? 0) + coefficient;
    return Array.from(sums, (sum) => sum ?? 0);
  };
  const [left, right] = [byDegree(a), byDegree(b)];
  for (let degree = Math.max(left.length, right.length) - 1; degree >= 0; degree--) {
    const difference = (left[degree] ?? 0) - (right[degree] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

interface Pair {
  readonly at: readonly [number, number];
  readonly result: Size;
  readonly work: Size;
}

/**
 * The product of all tensors, summed over the labels that are not in `output`; the axes are in the order of `output`.
 * It multiplies two at a time: first the pair whose product is the smallest tensor, among equal ones the pair with the
 * fewest multiplications.
 */
export function contracted(tensors: readonly Labelled[], output: readonly string[]): Expression {
  const left = tensors.map((each, n) =>
    summed(each, (label) => output.includes(label) || tensors.some((other, m) => m !== n && has(other, label))),
  );
  const needed = (label: string, without: readonly Labelled[]): boolean =>
    output.includes(label) || left.some((each) => !without.includes(each) && has(each, label));
  while (left.length > 1) {
    let best: Pair | null = null;
    for (const [n, a] of left.entries()) {
      for (const [offset, b] of left.slice(n + 1).entries()) {
        const labels = [...new Set([...a.labels, ...b.labels])];
        const sizeOf = (each: readonly string[]): Size =>
          product(each.map((label) => sizeAt(has(a, label) ? a : b, label)));
        const result = sizeOf(labels.filter((label) => needed(label, [a, b])));
        const pair: Pair = { at: [n, n + 1 + offset], result, work: sizeOf(labels) };
        if (!best || (compareGrowth(result, best.result) || compareGrowth(pair.work, best.work)) < 0) best = pair;
      }
    }
    const [n, m] = (best as Pair).at;
    const [a, b] = [left[n] as Labelled, left[m] as Labelled];
    const made = multiplied(a, b, (label) => needed(label, [a, b]), output);
    left.splice(m, 1);
    left[n] = made;
  }
  return arranged(left[0] as Labelled, output).x;
}
