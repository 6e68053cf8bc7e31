/** The options of operations that slide windows over images: how they are written, checked and completed. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import { printType, requireTensor, shapeFault, type Expression } from "../ir/op.js";
import { constantOf, type Size } from "../ir/size.js";
import { requireElement } from "./elementwise.js";

/** One number for all axes of an image, or one for each. */
export type EachAxis = number | readonly number[];

/** Zeros around an image: as many at both ends of each axis, or [before, behind] for an axis. */
export type Padding = number | readonly (number | readonly [before: number, behind: number])[] | "same" | "valid";

/** The words for the axes of an image, outermost first. */
export const axisWords = (rank: number): readonly string[] => ["depth", "height", "width"].slice(3 - rank);

/** `[batch, channels, height, width]` */
export const imageText = (rank: number): string =>
  `[batch, channels, ${rank === 1 ? "length" : axisWords(rank).join(", ")}]`;

const isWhole = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && (value as number) >= least;

const isPair = (each: readonly unknown[]): each is readonly [number, number] =>
  each.length === 2 && each.every((one) => isWhole(one, 0));

/** The option as one whole number for each axis. */
export function eachAxis(name: string, option: string, value: unknown, rank: number, least = 1): readonly number[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : Array.from({ length: rank }, () => value);
  if (all.length === rank && all.every((each) => isWhole(each, least))) return all as readonly number[];
  return fail({
    code: "invalid-argument",
    message: `${name}: the ${option} is not usable`,
    expected: `a whole number of at least ${least}${rank === 1 ? "" : `, or ${rank} of them: one for each of ${axisWords(rank).join(" and ")}`}`,
    found: describeValue(value),
  });
}

/** The padding as numbers before and behind each axis. "same" keeps the size, and needs a stride of 1. */
export function eachPadding(
  name: string,
  padding: unknown,
  { stride, reach }: { readonly stride: readonly number[]; readonly reach: readonly number[] },
): readonly (readonly [number, number])[] {
  if (padding === "valid") return reach.map(() => [0, 0]);
  if (padding === "same") {
    if (stride.every((each) => each === 1)) return reach.map((each) => [Math.floor(each / 2), Math.ceil(each / 2)]);
    return fail({
      code: "invalid-argument",
      message: `${name}: the padding "same" keeps the size only with a stride of 1`,
      expected: "a stride of 1, or the padding as numbers",
      found: `a stride of ${stride.join(", ")}`,
    });
  }
  const all: readonly unknown[] = Array.isArray(padding) ? padding : reach.map(() => padding);
  const pairs = all.map((each): readonly unknown[] => (Array.isArray(each) ? each : [each, each]));
  if (all.length === reach.length && pairs.every(isPair)) return pairs as readonly (readonly [number, number])[];
  return fail({
    code: "invalid-argument",
    message: `${name}: the padding is not usable`,
    expected: `"same", "valid", a whole number, or one of these for each axis: a whole number, or [before, behind]`,
    found: describeValue(padding),
  });
}

/** x is an image with this many axes behind batch and channels. */
export function requireImage(name: string, given: unknown, rank: number): Expression {
  const x = requireTensor(name, given, 1);
  requireElement(name, x, ["float"]);
  if (x.shape.length === rank + 2) return x;
  return shapeFault(
    `${name}: the input has ${x.shape.length === 1 ? "1 axis" : `${x.shape.length} axes`}`,
    imageText(rank),
    printType(x),
  );
}

/** Axis 1 of what an operation or a layer is applied to has its channels. */
export function requireChannels(name: string, x: Expression, channels: number): void {
  requireElement(name, x, ["float"]);
  const found = x.shape[1];
  if (found && constantOf(found) === channels) return;
  shapeFault(
    found
      ? `${name}: the input has ${found.key} channels along axis 1, not ${channels}`
      : `${name}: the input ${printType(x)} has no axis of channels`,
    `[batch, ${channels}, ...]`,
    printType(x),
  );
}

/** Refuses windows that do not fit on the image; sizes that a call brings are checked by the call. */
export function requireFit(
  name: string,
  sizes: readonly Size[],
  counts: readonly Size[],
  reach: readonly number[],
): void {
  counts.forEach((count, axis) => {
    const known = constantOf(count);
    if (known === null || known >= 1) return;
    shapeFault(
      `${name}: the window is longer than the padded image along the ${axisWords(sizes.length)[axis] ?? "length"}`,
      `an image of at least ${(reach[axis] as number) + 1} with its padding`,
      `${(sizes[axis] as Size).key} before padding`,
    );
  });
}
