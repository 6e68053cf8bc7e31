/**
 * Decides how a contraction is cut: its orientation, the shapes of its tiles and blocks, and the operands that are
 * packed. It makes no code.
 */
import { extentOf, type Axis, type Contraction } from "../../../ir/kernel.js";
import { stepsOf, type Step } from "../../../ir/operandSteps.js";
import { constantOf, mul, size, zero, type Size } from "../../../ir/size.js";
import { chainLength } from "../plainContraction.js";

/** One operand: its lines are the rows of the left one, the columns of the right. */
export interface Side {
  readonly buffer: string;
  readonly start: Size;
  readonly lines: readonly Step[];
  readonly depths: readonly Step[];
  /** Elements from one line and from one depth to the next, if they are evenly apart; otherwise 0. */
  readonly line: Size;
  readonly depth: Size;
}

/** An operand, and how tiles read it: panels are as wide as a tile has rows, or columns. */
export interface Operand extends Side {
  readonly reading: Reading;
  readonly width: number;
}

/** One of the two directions of the result. */
export interface Direction {
  readonly axes: readonly Axis[];
  readonly extent: Size;
  /** The most that the extent can be, and that many of it are computed at once at most. */
  readonly capacity: number;
  readonly block: number;
  /** How many are computed at once: less than `block` where a block is some turns of axes that are shorter in a call. */
  readonly step: Size;
}

/**
 * How an operand is read: as it lies, or from panels that are filled in one of four ways. Lines or depths that are not
 * evenly apart are gathered by tables of their places.
 */
export type Reading = "as it lies" | "copied" | "transposed" | "scattered" | "gathered";

export interface Plan {
  readonly type: "f32" | "f64";
  readonly bytes: number;
  /** Elements in a vector. */
  readonly lanes: number;
  /** A tile is so many rows, and so many vectors of columns. */
  readonly tile: { readonly rows: number; readonly vectors: number };
  readonly rows: Direction;
  readonly columns: Direction;
  readonly depths: { readonly extent: Size; readonly capacity: number };
  readonly left: Operand;
  readonly right: Operand;
  /** Whether up to three rows are computed one by one, with the right operand transposed in registers. */
  readonly single: "always" | "where few" | "never";
  /** Elements from one row of the sums to the next. */
  readonly stride: number;
}

/** The most rows for which the right operand is used too seldom to be packed. */
export const fewRows = 3;
/** Columns of a row that are computed at once, in vectors. */
export const singleVectors = 4;
/** Entries behind the last of a table, which repeat it: as many as the widest panel has lines. */
export const tablePadding = 16;
const mostSums = 256 * 1024;
/** Blocks that are about as high as wide are packed least often. */
const mostRows = { f32: 264, f64: 180 } as const;
const mostColumns = 512;
/**
 * The bytes between lines from which packing pays: fewer for rows that are read across, a vector's part of each line at
 * a time, than for rows that are read along.
 */
const apart = { leftAcross: 512, leftAlong: 8192, right: 2048 } as const;

export const upTo = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

/** Blocks as equal as possible, of whole tiles. */
function blockOf(capacity: number, most: number, tile: number): number {
  const blocks = Math.max(1, Math.ceil(capacity / most));
  return Math.max(tile, upTo(Math.ceil(capacity / blocks), tile));
}

function sideOf(operand: Contraction["a"], along: readonly Axis[], depthAxes: readonly Axis[]): Side {
  const { start, steps } = stepsOf(operand, along, depthAxes);
  const [lines, depths] = steps as readonly [readonly Step[], readonly Step[]];
  const only = ([step, ...others]: readonly Step[]): Size => (step && others.length === 0 ? step.by : zero);
  return { buffer: operand.buffer, start, lines, depths, line: only(lines), depth: only(depths) };
}

/**
 * The tiles that are fastest on V8: a register too many halves the speed. Strict ones hold accumulators, the right
 * operand's vectors, one value of the left and one product in 15 registers.
 */
function tileOf(rows: number, relaxed: boolean): Plan["tile"] {
  if (rows <= 2) return { rows: Math.max(1, rows), vectors: 4 };
  if (rows === 3) return { rows, vectors: 2 };
  return { rows: relaxed && rows > 4 ? 6 : 4, vectors: 2 };
}

export function planContraction(contraction: Contraction, relaxed: boolean, capacityOf: (size: Size) => number): Plan {
  const { type, a, b } = contraction;
  const direction = (axes: readonly Axis[]) => {
    const extent = extentOf(axes);
    return { axes, extent, capacity: capacityOf(extent) };
  };
  const bytes = type === "f32" ? 4 : 8;
  const lanes = 16 / bytes;
  const [first, second] = [direction(contraction.rows), direction(contraction.columns)];
  const depths = direction(contraction.depths);
  // Vectors run along the columns; where there are too few to fill one, along the rows: C^T = B^T A^T.
  const { wholeColumns } = contraction.tiling;
  const swapped = second.capacity < lanes && first.capacity > second.capacity && wholeColumns === 0;
  const sides = [sideOf(a, first.axes, depths.axes), sideOf(b, second.axes, depths.axes)] as const;
  const [left, right] = swapped ? [sides[1], sides[0]] : sides;
  const [down, across] = swapped ? [second, first] : [first, second];
  const tile = tileOf(down.capacity, relaxed);
  const width = tile.vectors * lanes;
  const isFew = down.capacity <= fewRows;
  const whole = extentOf(across.axes.slice(across.axes.length - wholeColumns));
  const wholeLength = upTo(wholeColumns === 0 ? 1 : capacityOf(whole), width);
  const rowsFitting = Math.floor(mostSums / bytes / wholeLength / tile.rows) * tile.rows;
  const rowBlock = blockOf(down.capacity, Math.max(tile.rows, Math.min(mostRows[type], rowsFitting)), tile.rows);
  const fitting = Math.floor(mostSums / bytes / rowBlock / width) * width;
  const readRight = readingOf(right, down.capacity > 32 && areApart(right.depth, bytes, apart.right), true);
  const leftApart = isUnit(left.line)
    ? areApart(left.depth, bytes, apart.leftAcross)
    : areApart(left.line, bytes, apart.leftAlong);
  const isReused = across.capacity >= 64 && down.capacity > tile.rows;
  const readLeft = readingOf(left, isReused && leftApart, false);
  const fits = constantOf(across.extent) !== null && across.capacity <= fitting;
  const single =
    readRight !== "transposed" || readLeft === "gathered" || across.capacity < singleVectors * lanes
      ? "never"
      : isFew && fits
        ? "always"
        : isFew || constantOf(down.extent) === null
          ? "where few"
          : "never";
  // A few rows without panels are one block, as broad as the sums allow.
  const isBroad = isFew && (single === "always" || readRight === "as it lies");
  const mostAcross = isBroad ? fitting : Math.min(mostColumns, fitting);
  const turns = Math.max(1, Math.floor(mostAcross / wholeLength));
  const columnBlock =
    wholeColumns === 0
      ? blockOf(across.capacity, mostAcross, width)
      : upTo(Math.min(across.capacity, turns * capacityOf(whole)), width);
  return {
    type,
    bytes,
    lanes,
    tile,
    rows: { ...down, block: rowBlock, step: size(rowBlock) },
    columns: {
      ...across,
      block: columnBlock,
      step: wholeColumns === 0 ? size(columnBlock) : mul(size(turns), whole),
    },
    depths,
    left: {
      ...left,
      width: tile.rows,
      reading: readLeft === "transposed" && tile.rows % lanes > 0 ? "scattered" : readLeft,
    },
    right: { ...right, width, reading: readRight },
    single,
    stride: columnBlock,
  };
}

const isUnit = (step: Size): boolean => constantOf(step) === 1;

const areApart = (step: Size, elementBytes: number, least: number): boolean =>
  Math.abs(constantOf(step) ?? 0) * elementBytes >= least;

/**
 * With `inVectors`, tiles load several lines at once and find their end by the address. Such an operand can be read
 * without packing only if its lines lie side by side and its depths are not all at one place.
 */
function readingOf({ line, depth, lines, depths }: Side, pays: boolean, inVectors: boolean): Reading {
  if (lines.length > 1 || depths.length > 1) return "gathered";
  const lies = !inVectors || (isUnit(line) && (constantOf(depth) ?? 0) !== 0);
  if (lies && !pays) return "as it lies";
  return isUnit(line) ? "copied" : isUnit(depth) ? "transposed" : "scattered";
}

/**
 * Bytes of scratch memory: panels of the right operand, then of the left one, then the tables of lines and of depths;
 * and sums.
 */
export function scratchOf(plan: Plan): {
  readonly panels: number;
  readonly leftPanels: number;
  readonly lineTable: number;
  readonly depthTable: number;
  readonly sums: number;
} {
  const { left, right, single, bytes, rows, columns, depths, stride, lanes } = plan;
  // Transposing writes whole vectors of depths: the last may begin at the last depth.
  const chain = Math.min(chainLength, depths.capacity);
  const panelsOf = ({ reading, width }: Operand, block: number): number =>
    reading === "as it lies" || single === "always" ? 0 : upTo((block * chain + lanes * width) * bytes, 64);
  const gathered = left.reading === "gathered" || right.reading === "gathered";
  const tableOf = (entries: number): number => (gathered ? upTo(4 * (entries + tablePadding), 64) : 0);
  const leftPanels = panelsOf(right, columns.block);
  const lineTable = leftPanels + panelsOf(left, rows.block);
  const depthTable = lineTable + tableOf(Math.max(rows.block, columns.block));
  return {
    leftPanels,
    lineTable,
    depthTable,
    panels: depthTable + tableOf(chain),
    sums: upTo(rows.block * stride * bytes, 64),
  };
}
