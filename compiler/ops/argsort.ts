/**
 * The order of the elements along an axis, or the first of them in that order: a heap of places, which is made and
 * taken apart in the result itself. Its top is the element that comes last in order. The order is by value and, among
 * equal values, by place: no two elements are equal, and the sort is stable. At most about 2 n log n comparisons,
 * whatever the values. (Williams, J. W. J., "Algorithm 232: Heapsort", 1964.)
 */
import type { Statement } from "../ir/kernel.js";
import type { RowContext } from "../ir/lowering.js";
import { checkOptions, requireSwitch } from "../ir/guards.js";
import type { Expression, Operand } from "../ir/op.js";
import { addMethods, defineOp } from "../ir/op.js";
import { add, and, eq, indexValue, le, lt, mul, ne, or, select, unary, type Scalar } from "../ir/scalar.js";
import type { CheckAxes, Shape } from "../ir/shape.js";
import {
  add as addSizes,
  constantOf,
  equal,
  floorDiv,
  indexSize,
  one,
  size,
  sub,
  zero,
  type Size,
} from "../ir/size.js";
import { requireElement } from "./elementwise.js";
import { axisOf } from "./reshape.js";
import { carry, integer, local, loop, placeOf } from "./rowProgram.js";
import { rowsOf } from "./cumulative.js";

export interface SortOptions {
  /** Sorts from the largest to the smallest instead. Default false. */
  readonly descending?: boolean;
}

declare module "../ir/tensorMethods.js" {
  interface TensorMethods {
    /**
     * The positions of the elements along an axis (default -1) in ascending or descending order; equal elements keep
     * their order, and NaN counts as the largest. `takeAlongAxis(x, x.argsort(axis), axis)` is sorted. No gradient
     * flows.
     */
    argsort<R extends Shape, const A extends number = -1>(
      this: Tensor<R>,
      axis?: A & CheckAxes<R, A, "argsort">,
      options?: SortOptions,
    ): IntTensor<R>;
  }

  interface IntTensorMethods {
    /**
     * The positions of the elements along an axis (default -1) in ascending or descending order; equal elements keep
     * their order. `takeAlongAxis(x, x.argsort(axis), axis)` is sorted.
     */
    argsort<R extends Shape, const A extends number = -1>(
      this: IntTensor<R>,
      axis?: A & CheckAxes<R, A, "argsort">,
      options?: SortOptions,
    ): IntTensor<R>;
  }
}

interface Order extends Record<string, unknown> {
  readonly axis: number;
  readonly descending: boolean;
  /** How many elements are kept, from the first in order. */
  readonly count: Size;
}

/** An element of the row: its place, and its value. */
interface Item {
  readonly place: Scalar;
  readonly value: Scalar;
}

type Row = RowContext<Order>;

/**
 * Whether an element stands before another one: by its value, or by its place if the values are equal. NaN counts as
 * the largest, so that a < b unless b <= a or a is NaN, and a <= b also if b is NaN. In descending order the two values
 * are swapped.
 */
function isBefore(x: Item, y: Item, descending: boolean): Scalar {
  const [a, b] = descending ? [y.value, x.value] : [x.value, y.value];
  const hasNaN = a.type !== "i32";
  const less = hasNaN ? and(unary("not", le(b, a)), eq(a, a)) : lt(a, b);
  const notMore = hasNaN ? or(le(a, b), ne(b, b)) : le(a, b);
  return select(lt(x.place, y.place), notMore, less);
}

/** The program of one row. */
class Heap {
  readonly #row: Row;
  readonly #length: Size;
  readonly #count: Size;
  readonly #descending: boolean;

  constructor(row: Row) {
    this.#row = row;
    this.#length = row.args[0]?.shape[row.attributes.axis] as Size;
    this.#count = row.extent;
    this.#descending = row.attributes.descending;
  }

  statements(): Statement[] {
    const place = this.#row.index("k", this.#count);
    const fill = loop(place, [], [this.#row.store(indexSize(place), indexValue(indexSize(place)))]);
    const rest = equal(this.#count, this.#length) ? [] : [this.#challenge()];
    return [fill, this.#arrange(), ...rest, this.#takeApart()];
  }

  /** The element whose place stands at a place of the heap. */
  #item(out: Statement[], at: Size): Item {
    const place = local(this.#row, out, "place", this.#row.stored(at));
    const value = local(this.#row, out, "value", this.#row.at(0, placeOf(this.#row, out, place, this.#length)));
    return { place, value };
  }

  /**
   * Puts an item into the heap of the first `filled` places, in which there is a hole whose first child is `child`.
   * Children that stand after the item move up into the hole, until none below it does.
   */
  #sift(out: Statement[], item: Item, hole: Scalar, child: Scalar, filled: Scalar): void {
    const row = this.#row;
    const [gap, left] = [carry(row, "hole", hole), carry(row, "child", child)];
    const body: Statement[] = [];
    const first = this.#item(body, placeOf(row, body, left.inside, this.#count));
    const sibling = local(row, body, "sibling", add(left.inside, 1));
    const right = local(row, body, "right", select(lt(sibling, filled), sibling, left.inside));
    const second = this.#item(body, placeOf(row, body, right, this.#count));
    const takesRight = local(row, body, "takes right", isBefore(first, second, this.#descending));
    const value = local(row, body, "later value", select(takesRight, second.value, first.value));
    const place = local(row, body, "later", select(takesRight, second.place, first.place));
    const from = local(row, body, "from", select(takesRight, right, left.inside));
    const rises = local(row, body, "rises", isBefore(item, { place, value }, this.#descending));
    body.push(row.store(placeOf(row, body, gap.inside, this.#count), select(rises, place, item.place)));
    const below = add(mul(from, 2), 1);
    out.push({
      kind: "while",
      condition: lt(left.inside, filled),
      limit: size(depthOf(this.#count)),
      carried: [
        gap.to(select(rises, from, gap.inside)),
        // Behind the heap: no child moves up any more.
        left.to(select(rises, below, filled)),
      ],
      body,
    });
    out.push(row.store(placeOf(row, out, gap.after, this.#count), item.place));
  }

  /** Every place from the middle down to the first becomes the top of a heap. */
  #arrange(): Statement {
    const half = floorDiv(addSizes(this.#count, one), size(2));
    const turn = this.#row.index("k", half);
    const hole = sub(sub(half, one), indexSize(turn));
    const body: Statement[] = [];
    const item = this.#item(body, hole);
    const child = indexValue(addSizes(hole, hole, one));
    this.#sift(body, item, indexValue(hole), child, indexValue(this.#count));
    return loop(turn, [], body);
  }

  /** Each element outside the heap replaces the heap's top if it stands before the top. */
  #challenge(): Statement {
    const row = this.#row;
    const turn = row.index("k", sub(this.#length, this.#count));
    const at = addSizes(this.#count, indexSize(turn));
    const body: Statement[] = [];
    const value = local(row, body, "value", row.at(0, at));
    const challenger = { place: indexValue(at), value };
    const top = this.#item(body, zero);
    const wins = local(row, body, "wins", isBefore(challenger, top, this.#descending));
    const item = {
      place: local(row, body, "place", select(wins, indexValue(at), top.place)),
      value: local(row, body, "value", select(wins, value, top.value)),
    };
    const filled = indexValue(this.#count);
    this.#sift(body, item, integer(0), select(wins, integer(1), filled), filled);
    return loop(turn, [], body);
  }

  /** Moves the top behind the heap, which then has one element less. */
  #takeApart(): Statement {
    const row = this.#row;
    const turn = row.index("k", this.#count);
    const end = sub(sub(this.#count, one), indexSize(turn));
    const body: Statement[] = [];
    const last = this.#item(body, end);
    const top = local(row, body, "top", row.stored(zero));
    body.push(row.store(end, top));
    this.#sift(body, last, integer(0), integer(1), indexValue(end));
    return loop(turn, [], body);
  }
}

/** A bound on the depth of a heap of so many elements. */
function depthOf(count: Size): number {
  const known = constantOf(count);
  return known === null ? 31 : Math.ceil(Math.log2(known + 1));
}

/** The places of the first elements in order along an axis. */
export const firstInOrder = defineOp<[x: Expression, axis: number, count: Size, descending: boolean], Order>({
  name: "argsort",
  parse: (x, axis, count, descending) => ({ args: [x], attributes: { axis, count, descending } }),
  infer([x], { axis, count }) {
    const { shape } = x;
    return { shape: shape.with(axis, count), element: "int32" };
  },
  positions: ([x], { axis }) => x.shape[axis] as Size,
  // The size of a named axis is known only at the call, which must make size - count + 1 at least 1.
  neededBy: () => "topK",
  positive: ([x], { axis, count }) => [addSizes(sub(x.shape[axis] as Size, count), one)],
  lowering: { kind: "row", axis: ({ axis }) => axis, readsOnce: false, program: (row) => new Heap(row).statements() },
  evaluate([x], { shape, attributes: { axis, descending } }) {
    const { data, shape: from } = x;
    const result = new Float64Array(shape.reduce((a, b) => a * b, 1));
    const less = (a: number, b: number): boolean => a < b || (Number.isNaN(b) && !Number.isNaN(a));
    const sources = rowsOf(from, axis);
    for (const to of rowsOf(shape, axis)) {
      const values = (sources.next().value as readonly number[]).map((at) => data[at] as number);
      const compare = (i: number, j: number): number => {
        const [a, b] = [values[i] as number, values[j] as number];
        const ascending = Number(less(b, a)) - Number(less(a, b));
        return descending ? -ascending : ascending;
      };
      const order = values.map((_, i) => i).sort(compare);
      to.forEach((at, i) => (result[at] = order[i] as number));
    }
    return result;
  },
});

/** The number of the axis; refuses elements that have no order. */
export function orderedAxis(name: string, x: Expression, axis: number): number {
  requireElement(name, x, ["float", "int32"]);
  return axisOf(name, axis, x.shape.length);
}

/** Whether the options ask for descending order. */
export function descendingOf(name: string, options: SortOptions): boolean {
  checkOptions(name, options, ["descending"]);
  const { descending = false } = options;
  requireSwitch(name, "descending", descending);
  return descending;
}

export function argsort(x: Expression, axis = -1, options: SortOptions = {}): Expression {
  const descending = descendingOf("argsort", options);
  const along = orderedAxis("argsort", x, axis);
  return firstInOrder(x, along, x.shape[along] as Size, descending);
}

addMethods({ argsort: argsort as (x: Operand & Expression, axis?: number, options?: SortOptions) => Expression });
