/** The epilogue of a contraction: what follows from each sum of a block, row by row and along the columns. */
import type { Axis, Contraction, Statement } from "../../../ir/kernel.js";
import { splitLinear } from "../../../ir/linearIndex.js";
import { load as loadScalar } from "../../../ir/scalar.js";
import { add as addSizes, constantOf, indexSize, type Index, type Size } from "../../../ir/size.js";
import { add, get, i32, loop, mul, plain, set, sub, type Code } from "../code.js";
import type { Emitter } from "../emitter.js";
import type { Plan } from "./plan.js";
import { least } from "./tile.js";

/** The scratch memory in which the sums of a block lie. */
export const sumsBuffer = "scratch:sums";

/** A block of the result: its first row and column, and how many of each there are. */
export interface Block {
  readonly row: Code;
  readonly column: Code;
  readonly height: Code;
  readonly breadth: Code;
}

/** The epilogue, once for each row and column of the block. */
export function emitEpilogue(contraction: Contraction, plan: Plan, block: Block, emitter: Emitter): void {
  const { rows, columns, stride, type } = plan;
  const { row, column, height, breadth } = block;
  const to = emitter.hold(add(column, breadth), "to");
  const inner = columns.axes.at(-1) as Axis;
  // The address at which the row's sums would begin if the innermost axis began at 0.
  const begin: Index = { id: `${contraction.value}:sums`, extent: null };
  const value = loadScalar(sumsBuffer, addSizes(indexSize(begin), indexSize(inner)), type);
  const statements: readonly Statement[] = [{ kind: "let", name: contraction.value, value }, ...contraction.epilogue];
  const inRow = (rowAt: Code, sumsAt: Code): void => {
    bindAxes(rows.axes, rowAt, emitter);
    emitSegments(columns.axes, column, to, emitter, (from, until, base) => {
      emitter.bindIndex(
        begin,
        base.kind === "constant" && base.value === 0 ? sumsAt : emitter.hold(add(sumsAt, base), "sums"),
      );
      emitter.range(inner, from, until, statements);
    });
  };
  if (constantOf(rows.extent) === 1) return inRow(i32(0), emitter.hold(sub(i32(0), column), "sums"));
  const current = emitter.local("i32", "row");
  const sums = emitter.local("i32", "sums");
  const end = emitter.hold(add(row, height), "end");
  const body = emitter.collect(() => inRow(get(current), get(sums)));
  emitter.push(
    set(current, row),
    set(sums, sub(i32(0), column)),
    loop(
      [...body, set(sums, add(get(sums), i32(stride))), set(current, add(get(current), i32(1)))],
      plain("i32.ne", get(current), end),
    ),
  );
}

/** Gives each axis its place for an element with this number. */
function bindAxes(axes: readonly Axis[], number: Code, emitter: Emitter): void {
  const [only, ...others] = axes;
  if (only && others.length === 0) return emitter.bindIndex(only, number);
  const all: Index = { id: `${only?.id}:number`, extent: null };
  emitter.bindIndex(all, number);
  const places = splitLinear(
    indexSize(all),
    axes.map(({ extent }) => extent),
  );
  axes.forEach((axis, at) => emitter.bindIndex(axis, emitter.hold(emitter.size(places[at] as Size), "at")));
}

/**
 * The code for columns from `first` to before `to`, by turns of the innermost axis: `write` is given the places in it from
 * which and to which it runs, and the number of columns before it.
 */
function emitSegments(
  axes: readonly Axis[],
  first: Code,
  to: Code,
  emitter: Emitter,
  write: (from: Code, to: Code, base: Code) => void,
): void {
  if (axes.length === 1) return write(first, to, i32(0));
  const inner = axes.at(-1) as Axis;
  const at = emitter.local("i32", "column");
  const extent = emitter.hold(emitter.size(inner.extent), "extent");
  const body = emitter.collect(() => {
    const turn = emitter.hold(plain("i32.div_s", get(at), extent), "turn");
    const base = emitter.hold(mul(turn, extent), "base");
    const until = least(add(base, extent), to, emitter);
    bindAxes(axes.slice(0, -1), turn, emitter);
    write(emitter.hold(sub(get(at), base), "from"), emitter.hold(sub(until, base), "until"), base);
    emitter.push(set(at, until));
  });
  emitter.push(set(at, first), loop(body, plain("i32.lt_s", get(at), to)));
}
