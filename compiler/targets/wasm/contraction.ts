/**
 * Contractions: blocks of rows and columns, whose sums are kept in scratch memory from one chain of products to the
 * next. After the last chain the epilogue runs over each row of the block. Every sum is its chains of 256 products,
 * added up in order, for any blocks, tiles and panels.
 */
import type { Contraction } from "../../ir/kernel.js";
import { evaluate, type Size } from "../../ir/size.js";
import { add, address, call, get, i32, loop, mul, plain, set, store, sub, when, type Code } from "./code.js";
import { emitEpilogue, sumsBuffer, type Block as ResultBlock } from "./contraction/epilogue.js";
import { packGathered, table } from "./contraction/gather.js";
import { packCopied, packScattered, packTransposed } from "./contraction/pack.js";
import {
  planContraction,
  scratchOf,
  fewRows,
  singleVectors,
  type Direction,
  type Operand,
  type Plan,
} from "./contraction/plan.js";
import { singleRow } from "./contraction/single.js";
import { emitTiles, type Panels } from "./contraction/tiles.js";
import { least, zeros } from "./contraction/tile.js";
import type { Emitter } from "./emitter.js";
import { chainLength, plainContraction } from "./plainContraction.js";

/** Below so many products, at capacity, a contraction becomes plain loops, which are short. */
const tiny = 512;

/** Only vectors can multiply and add in one rounding: relaxed, there are tiles for the smallest, too. */
function isPlain({ rows, columns, depths }: Plan, relaxed: boolean): boolean {
  const products = rows.capacity * columns.capacity * depths.capacity;
  return products === 0 || (products < tiny && !relaxed);
}

/** Bytes of scratch memory, whether multiplications and additions are relaxed or not. */
export function contractionScratch(
  contraction: Contraction,
  capacityOf: (dimension: string) => number,
): { readonly panels: number; readonly sums: number } {
  const both = [false, true].map((relaxed) => {
    const plan = planContraction(contraction, relaxed, (size) => evaluate(size, capacityOf));
    return isPlain(plan, relaxed) ? { panels: 0, sums: 0 } : scratchOf(plan);
  });
  return {
    panels: Math.max(...both.map((each) => each.panels)),
    sums: Math.max(...both.map((each) => each.sums)),
  };
}

export function emitContraction(contraction: Contraction, emitter: Emitter): void {
  const plan = planContraction(contraction, emitter.relaxed, (size) => emitter.capacity(size));
  if (isPlain(plan, emitter.relaxed)) return emitter.statements(plainContraction(contraction));
  const { rows, columns, depths } = plan;
  const depth = emitter.hold(emitter.size(depths.extent), "depth");
  const counts = [rows, columns].map(({ extent }) => emitter.hold(emitter.size(extent), "count")) as [Code, Code];
  const write = (): void => {
    const left = operandCode(plan.left, plan, emitter);
    const right = operandCode(plan.right, plan, emitter);
    emitBlocks(rows, counts[0], emitter, (row, height) => {
      emitBlocks(columns, counts[1], emitter, (column, breadth) => {
        const block: Block = {
          row,
          column,
          height,
          breadth,
          depth,
          left: { ...left, start: emitter.hold(add(left.start, mul(row, left.line)), "left"), firstLine: row },
          right: {
            ...right,
            start: emitter.hold(add(right.start, mul(column, right.line)), "right"),
            firstLine: column,
          },
        };
        emitSums(plan, block, emitter);
        emitEpilogue(contraction, plan, block, emitter);
      });
    });
  };
  const unsure = counts.filter((count) => count.kind !== "constant");
  if (unsure.length === 0) return write();
  const some = unsure.map((count) => plain("i32.gt_s", count, i32(0))).reduce((x, y) => plain("i32.and", x, y));
  emitter.push(when(some, emitter.collect(write)));
}

/** An operand: its address, and bytes from one line and one depth to the next; 0 where tables hold their places. */
interface OperandCode {
  readonly start: Code;
  readonly line: Code;
  readonly depth: Code;
  /** The steps that tables are filled by, from outer to inner: bytes and extents. */
  readonly lines: readonly StepCode[];
  readonly depths: readonly StepCode[];
}

interface StepCode {
  readonly by: Code;
  readonly extent: Code;
}

/** The part of an operand that belongs to a block: it starts at the first line and depth, except in tables. */
interface SideCode extends OperandCode {
  readonly firstLine: Code;
}

/** A block with the operands that begin there. */
interface Block extends ResultBlock {
  readonly depth: Code;
  readonly left: SideCode;
  readonly right: SideCode;
}

function operandCode(operand: Operand, { bytes }: Plan, emitter: Emitter): OperandCode {
  const { buffer, start, line, depth, reading } = operand;
  const inBytes = (size: Size): Code => mul(emitter.size(size), i32(bytes));
  const stepCodes = (steps: Operand["lines"]): readonly StepCode[] =>
    reading === "gathered"
      ? steps.map(({ by, extent }) => ({
          by: emitter.hold(inBytes(by), "by"),
          extent: emitter.hold(emitter.size(extent), "extent"),
        }))
      : [];
  return {
    start: emitter.hold(add(address(emitter.baseOf(buffer)), inBytes(start)), "operand"),
    line: reading === "gathered" ? i32(0) : emitter.hold(inBytes(line), "line"),
    depth: reading === "gathered" ? i32(0) : emitter.hold(inBytes(depth), "step"),
    lines: stepCodes(operand.lines),
    depths: stepCodes(operand.depths),
  };
}

/** The code for each block of a direction: `write` is given its first index, and how many there are. */
function emitBlocks(
  { capacity, block, step }: Direction,
  count: Code,
  emitter: Emitter,
  write: (first: Code, count: Code) => void,
): void {
  if (capacity <= block) return write(i32(0), count);
  const first = emitter.local("i32", "first");
  const by = emitter.hold(emitter.size(step), "by");
  const body = emitter.collect(() => write(get(first), least(sub(count, get(first)), by, emitter)));
  const next = set(first, add(get(first), by));
  emitter.push(set(first, i32(0)), loop([...body, next], plain("i32.lt_s", get(first), count)));
}

/** All sums of a block: 0 where there are no products. */
function emitSums(plan: Plan, block: Block, emitter: Emitter): void {
  const { depth } = block;
  const zero = (): readonly Code[] => emitter.collect(() => emitZeros(plan, block, emitter));
  const all = (): readonly Code[] => emitter.collect(() => emitProducts(plan, block, emitter));
  if (depth.kind !== "constant") emitter.push(when(plain("i32.gt_s", depth, i32(0)), all(), zero()));
  else emitter.push(...(depth.value > 0 ? all() : zero()));
}

function emitZeros({ bytes, stride }: Plan, { height }: Block, emitter: Emitter): void {
  const at = emitter.local("i32", "at");
  const end = emitter.hold(mul(height, i32(stride * bytes)), "end");
  const place = { base: emitter.baseOf(sumsBuffer), offset: 0, address: get(at) };
  const body = [store("v128.store", place, zeros), set(at, add(get(at), i32(16)))];
  emitter.push(set(at, i32(0)), loop(body, plain("i32.ne", get(at), end)));
}

function emitProducts(plan: Plan, block: Block, emitter: Emitter): void {
  const single = (): void => emitSingle(plan, block, emitter);
  const tiles = (): void => emitChains(plan, block, emitter);
  if (plan.single === "always") return single();
  if (plan.single === "never") return tiles();
  const isFew = plain("i32.le_s", block.height, i32(fewRows));
  const isWide = plain("i32.ge_s", block.breadth, i32(singleVectors * plan.lanes));
  emitter.push(when(plain("i32.and", isFew, isWide), emitter.collect(single), emitter.collect(tiles)));
}

/** Row after row, with the right operand turned over in registers. */
function emitSingle({ type, bytes, stride }: Plan, block: Block, emitter: Emitter): void {
  const { left, right, height, breadth, depth } = block;
  const row = emitter.local("i32", "row");
  const sums = emitter.local("i32", "sums");
  const rest = emitter.local("i32", "rest");
  const made = singleRow(type, emitter.relaxed);
  emitter.push(
    set(row, left.start),
    set(sums, address(emitter.baseOf(sumsBuffer))),
    set(rest, height),
    loop(
      [
        call(made, get(row), left.depth, right.start, right.line, breadth, depth, get(sums)),
        set(row, add(get(row), left.line)),
        set(sums, add(get(sums), i32(stride * bytes))),
        set(rest, sub(get(rest), i32(1))),
      ],
      get(rest),
    ),
  );
}

/** Tiles over the whole block, for one chain of products after another. */
function emitChains(plan: Plan, block: Block, emitter: Emitter): void {
  const { depth, left, right } = block;
  if (plan.depths.capacity <= chainLength)
    return emitChain(plan, block, { from: i32(0), length: depth }, null, emitter);
  const from = emitter.local("i32", "from");
  const body = emitter.collect(() => {
    const along = (side: SideCode): SideCode => ({
      ...side,
      start: emitter.hold(add(side.start, mul(get(from), side.depth)), "operand"),
    });
    const length = least(sub(depth, get(from)), i32(chainLength), emitter);
    const isFirst = plain("i32.eqz", get(from));
    const chain = { from: get(from), length };
    emitChain(plan, { ...block, left: along(left), right: along(right) }, chain, isFirst, emitter);
  });
  const next = set(from, add(get(from), i32(chainLength)));
  emitter.push(set(from, i32(0)), loop([...body, next], plain("i32.lt_s", get(from), depth)));
}

/** A chain of products: its first depth, and how many they are. */
interface Chain {
  readonly from: Code;
  readonly length: Code;
}

function emitChain(plan: Plan, block: Block, chain: Chain, first: Code | null, emitter: Emitter): void {
  const { height, breadth } = block;
  const right = emitPanels(plan, plan.right, block.right, breadth, chain, 0, emitter);
  const left = emitPanels(plan, plan.left, block.left, height, chain, scratchOf(plan).leftPanels, emitter);
  emitTiles(plan, { left, right, height, breadth, length: chain.length, first }, emitter);
}

/** An operand of one chain as tiles read it, packed first if that pays. */
function emitPanels(
  plan: Plan,
  { reading, width }: Operand,
  side: SideCode,
  lines: Code,
  { from, length }: Chain,
  offset: number,
  emitter: Emitter,
): Panels {
  const { start, line, depth } = side;
  if (reading === "as it lies") {
    return { start, panel: emitter.hold(mul(line, i32(width)), "panel"), line, depth, isPadded: false };
  }
  const { type, bytes, lanes } = plan;
  const panels = address(emitter.baseOf("scratch:panels"), offset);
  const shape = { type, bytes, lanes, width };
  switch (reading) {
    case "copied":
      emitter.push(call(packCopied(shape), start, depth, lines, length, panels));
      break;
    case "transposed":
      emitter.push(call(packTransposed(shape), start, line, lines, length, panels));
      break;
    case "scattered":
      emitter.push(call(packScattered(shape), start, line, depth, lines, length, panels));
      break;
    case "gathered": {
      const { lineTable, depthTable } = scratchOf(plan);
      const tables = [lineTable, depthTable].map((at) => address(emitter.baseOf("scratch:panels"), at)) as [Code, Code];
      const fill = (steps: readonly StepCode[], to: Code, first: Code, count: Code): Code =>
        call(table(steps.length), to, first, count, ...steps.flatMap(({ by, extent }) => [by, extent]));
      emitter.push(
        fill(side.lines, tables[0], side.firstLine, lines),
        fill(side.depths, tables[1], from, length),
        call(packGathered(shape), start, ...tables, lines, length, panels),
      );
    }
  }
  const step = i32(width * bytes);
  return {
    start: panels,
    panel: emitter.hold(mul(length, step), "panel"),
    line: i32(bytes),
    depth: step,
    isPadded: true,
  };
}
