/** Tiles over a block of sums: column after column of tiles, so that a panel stays in the cache for all rows. */
import { add, get, i32, loop, plain, set, sub, type Code } from "../code.js";
import { constantOf } from "../../../ir/size.js";
import type { Emitter } from "../emitter.js";
import { nextLine } from "./pack.js";
import type { Plan } from "./plan.js";
import { emitTile } from "./tile.js";

/** An operand as tiles find it: the first panel, and bytes from one panel, line and depth to the next. */
export interface Panels {
  readonly start: Code;
  readonly panel: Code;
  readonly line: Code;
  readonly depth: Code;
  /** Whether lines past the last may be read: they are in the panels. */
  readonly isPadded: boolean;
}

export interface Area {
  readonly left: Panels;
  readonly right: Panels;
  /** How many rows, columns and depths there are. */
  readonly height: Code;
  readonly breadth: Code;
  readonly length: Code;
  /** Whether these are the first products; null where there are no others. */
  readonly first: Code | null;
}

export function emitTiles(plan: Plan, area: Area, emitter: Emitter): void {
  const { tile, bytes, stride, rows, columns } = plan;
  const { left, right, height, breadth, length, first } = area;
  const { width } = plan.right;
  const isWhole = left.isPadded || (constantOf(rows.extent) ?? 1) % tile.rows === 0;
  const nextRow = (before: Code, row: number, rowsLeft: Code): Code =>
    isWhole ? add(before, left.line) : nextLine(before, left.line, rowsLeft, row);
  const byColumn = [
    [right.start, right.panel],
    [i32(0), i32(width * bytes)],
  ] as const;
  emitSteps(breadth, width, columns.block, byColumn, emitter, ([rightAt, sumsColumn]) => {
    const byRow = [
      [left.start, left.panel],
      [sumsColumn as Code, i32(tile.rows * stride * bytes)],
    ] as const;
    emitSteps(height, tile.rows, rows.block, byRow, emitter, ([leftAt, sums], rowsLeft) => {
      const operands = {
        left: leftAt as Code,
        nextRow: (before: Code, row: number): Code => nextRow(before, row, rowsLeft),
        leftStep: left.depth,
        right: rightAt as Code,
        rightStep: right.depth,
        depth: length,
        sums: sums as Code,
        first,
      };
      emitTile(plan, operands, emitter);
    });
  });
}

/** Code for every `step` of `count`, run at least once, with values that step and with the number that is left. */
function emitSteps(
  count: Code,
  step: number,
  most: number,
  moving: readonly (readonly [start: Code, by: Code])[],
  emitter: Emitter,
  write: (values: readonly Code[], left: Code) => void,
): void {
  if (most <= step) {
    return write(
      moving.map(([start]) => emitter.hold(start, "start")),
      count,
    );
  }
  const values = moving.map(() => emitter.local("i32", "at"));
  const left = emitter.local("i32", "left");
  const steps = moving.map(([, by]) => emitter.hold(by, "by"));
  const body = emitter.collect(() => write(values.map(get), get(left)));
  emitter.push(
    ...values.map((value, number) => set(value, (moving[number] as (typeof moving)[0])[0])),
    set(left, count),
    loop(
      [
        ...body,
        ...values.map((value, number) => set(value, add(get(value), steps[number] as Code))),
        set(left, sub(get(left), i32(step))),
      ],
      plain("i32.gt_s", get(left), i32(0)),
    ),
  );
}
