/**
 * Contractions in JavaScript. Blocks of both operands are packed into panels, and tiles of 2 x 3 sums run over them: V8
 * computes all products of a tile before it adds them, so that a larger tile would spill registers. The tile is a
 * function of its own because V8 compiles it better than the same loop inside the nest. Each sum is one chain of
 * doubles in ascending depth for any blocks: sums are kept in scratch memory between blocks of depth.
 */
import { extentOf, type Axis, type Contraction } from "../../ir/kernel.js";
import { stepsOf, type Step } from "../../ir/operandSteps.js";
import { add, constantOf, evaluate, indexSize, mul, size, zero, type Index, type Size } from "../../ir/size.js";
import { splitLinear } from "../../ir/linearIndex.js";
import { block, noScratch, type Scratch } from "./contractionHelpers.js";
import { indent, type StatementPrinter } from "./statement.js";

/** Below this many products, at capacity, plain loops are printed: they are much shorter and easier to read. */
const tiny = 4096;

const upTo = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

interface Extents {
  readonly rows: number;
  readonly columns: number;
  readonly depths: number;
}

type CapacityOf = (dimension: string) => number;

/** Extents at capacity. Sizes in a contraction hold dimensions only: loops around it do not change them. */
function extentsOf({ rows, columns, depths }: Contraction, capacityOf: CapacityOf): Extents {
  const at = (axes: readonly Axis[]): number => evaluate(extentOf(axes), capacityOf);
  return { rows: at(rows), columns: at(columns), depths: at(depths) };
}

/** An operand: where it begins, and its steps along rows or columns and along depths. */
interface Side {
  readonly buffer: string;
  readonly start: Size;
  readonly lines: readonly Step[];
  readonly depths: readonly Step[];
}

function sideOf(operand: Contraction["a"], lines: readonly Axis[], depths: readonly Axis[]): Side {
  const { start, steps } = stepsOf(operand, lines, depths);
  const [byLine, byDepth] = steps as readonly [readonly Step[], readonly Step[]];
  return { buffer: operand.buffer, start, lines: byLine, depths: byDepth };
}

const sidesOf = ({ a, b, rows, columns, depths }: Contraction): readonly [Side, Side] => [
  sideOf(a, rows, depths),
  sideOf(b, columns, depths),
];

/** Whether an operand lies in uneven steps, so that its lines and depths are found in tables. */
const isGathered = (sides: readonly Side[]): boolean =>
  sides.some(({ lines, depths }) => lines.length > 1 || depths.length > 1);

const isNarrow = ({ columns }: Contraction): boolean => constantOf(extentOf(columns)) === 1;

const isTiny = ({ rows, columns, depths }: Extents): boolean => rows * columns * depths < tiny;

/** The most sums of a block that holds whole turns of axes. */
const mostSums = 1 << 17;

interface Blocks {
  readonly rows: number;
  readonly columns: number;
  /** How many columns a block has in a call. */
  readonly step: Size;
}

/** The most rows and columns of a block: about square, and of whole turns of the axes that no block may cut. */
function blocksOf(contraction: Contraction, extents: Extents, capacityOf: CapacityOf): Blocks {
  const { columns, tiling } = contraction;
  const narrow = isNarrow(contraction);
  const [rows, most] = narrow ? [block.columns, block.rows] : [block.rows, block.columns];
  if (tiling.wholeColumns === 0) return { rows, columns: most, step: size(most) };
  const whole = extentOf(columns.slice(columns.length - tiling.wholeColumns));
  const length = evaluate(whole, capacityOf);
  const turns = Math.max(1, Math.floor(most / length));
  const across = Math.min(extents.columns, turns * length);
  const down = Math.max(2, Math.min(rows, 2 * Math.floor(mostSums / across / 2)));
  return { rows: down, columns: turns * length, step: mul(size(turns), whole) };
}

export function contractionScratch(contraction: Contraction, capacityOf: CapacityOf): Scratch {
  const extents = extentsOf(contraction, capacityOf);
  if (isTiny(extents)) return noScratch;
  const narrow = isNarrow(contraction);
  const blocks = blocksOf(contraction, extents, capacityOf);
  const most = [Math.min(extents.rows, blocks.rows), Math.min(extents.columns, blocks.columns)] as const;
  const [m, n] = narrow ? [most[1], most[0]] : most;
  const k = Math.min(extents.depths, block.depth);
  const gathered = isGathered(sidesOf(contraction));
  return {
    lines: gathered ? Math.ceil(Math.max(m, n) / 2) : 0,
    depths: gathered ? Math.ceil(extents.depths / 2) : 0,
    panels: (m + 1 + upTo(n, 3)) * k,
    sums: Math.max(upTo(m + 1, 2) * upTo(n, 3), Math.min(m, 2) * upTo(n, 4)),
  };
}

export function printContraction(
  contraction: Contraction,
  printer: StatementPrinter,
  capacityOf: CapacityOf,
): string[] {
  const extents = extentsOf(contraction, capacityOf);
  return isTiny(extents)
    ? printPlain(contraction, printer)
    : printBlocks(contraction, extents, blocksOf(contraction, extents, capacityOf), printer);
}

function printBlocks(contraction: Contraction, extents: Extents, blocks: Blocks, printer: StatementPrinter): string[] {
  const { type, value, depths } = contraction;
  // A single column becomes a single row of the transposed product, because packing a panel would not pay.
  const narrow = isNarrow(contraction);
  const loops = [
    {
      axes: contraction.rows,
      capacity: extents.rows,
      most: blocks.rows,
      step: String(blocks.rows),
      name: "row",
    },
    {
      axes: contraction.columns,
      capacity: extents.columns,
      most: blocks.columns,
      step: printer.size(blocks.step),
      name: "column",
    },
  ].map((loop): PrintedLoop => {
    const size = printer.size(extentOf(loop.axes));
    if (loop.capacity <= loop.most) return { ...loop, first: null, end: size, count: size, open: [] };
    const [{ id }] = loop.axes as [Axis];
    const first = printer.define(`${id}:first`, loop.name);
    const end = printer.define(`${id}:end`, `${loop.name} end`);
    const open = [
      `for (let ${first} = 0; ${first} < ${size}; ${first} += ${loop.step}) {`,
      `  const ${end} = ${first} + ${loop.step} < ${size} ? ${first} + ${loop.step} : ${size};`,
    ];
    return { ...loop, first, end, count: `${end} - ${first}`, open };
  });
  const [rows, columns] = loops as [PrintedLoop, PrintedLoop];
  const sides = sidesOf(contraction);
  const gathered = isGathered(sides);
  const [left, right] = sides;
  const given = [
    { ...left, loop: rows },
    { ...right, loop: columns },
  ];
  if (narrow) given.reverse();
  const counts = given.map(({ loop }) => loop.count);
  const argumentsOf = ({ buffer, start, lines, depths, loop }: (typeof given)[number], isFirst: boolean): string[] => {
    const name = printer.nameOf(buffer);
    if (gathered) return [name, printer.size(start)];
    const [line, depth] = [lines, depths].map(([step]) => printer.size((step as Step).by)) as [string, string];
    return [name, startOf(start, line, loop.first, printer), ...(isFirst ? [line, depth] : [depth, line])];
  };
  const operands = given.flatMap((each, number) => argumentsOf(each, number === 0));
  const stride = printer.define(`${value}:stride`, "stride");
  const depth = printer.size(extentOf(depths));
  const name = gathered ? "contractGathered" : "contract";
  const call = `${name}(${[...operands, ...counts, depth].join(", ")})`;
  const sideNames = ["left", "right"] as const;
  const lineTables = given.flatMap(({ lines, loop }, side) =>
    gathered ? printTable(`${sideNames[side]}Lines`, lines, loop.first, loop.end, printer) : [],
  );
  const depthTables = given.flatMap(({ depths: steps }, side) =>
    gathered ? printTable(`${sideNames[side]}Depths`, steps, null, depth, printer) : [],
  );

  const inner = printLoop(rows, printer, (i) =>
    printLoop(columns, printer, (j) => {
      const inRow = rows.first === null ? i : `${i} - ${rows.first}`;
      const inColumn = columns.first === null ? j : `${j} - ${columns.first}`;
      const [high, low] = narrow ? [inColumn, inRow] : [inRow, inColumn];
      const isBlock = (narrow ? columns : rows).first !== null;
      const sum = `sums[${isBlock ? `(${high})` : high} * ${stride} + ${low}]`;
      const result = printer.define(value, "sum");
      return [
        `const ${result} = ${type === "f32" ? `Math.fround(${sum})` : sum};`,
        ...printer.statements(contraction.epilogue),
      ];
    }),
  );
  let lines = [...lineTables, `const ${stride} = ${call};`, ...inner];
  for (const { open } of [columns, rows]) if (open.length > 0) lines = [...open, ...indent(lines), "}"];
  // The depths are the same for all blocks.
  return [...depthTables, ...lines];
}

interface PrintedLoop {
  readonly axes: readonly Axis[];
  /** The first element of a block, null if one block holds all; the one behind the last; how many they are. */
  readonly first: string | null;
  readonly end: string;
  readonly count: string;
  readonly name: string;
  /** The lines that begin the loop over blocks. */
  readonly open: readonly string[];
}

/** Where an operand begins for the first row or column of a block. */
function startOf(start: Size, line: string, first: string | null, printer: StatementPrinter): string {
  const rest = printer.size(start);
  if (first === null) return rest;
  const offset = line === "1" ? first : `${first} * ${line}`;
  return rest === "0" ? offset : `${rest} + ${offset}`;
}

/** A table of the places of lines or depths, from the first of a block. */
function printTable(
  table: string,
  steps: readonly Step[],
  first: string | null,
  end: string,
  printer: StatementPrinter,
): string[] {
  return printer.inside(() => {
    const extents = steps.map(({ extent }) => extent);
    const number: Index = { id: `${table}:number`, extent: null };
    const n = printer.defineIndex(number);
    const digits = splitLinear(indexSize(number), extents);
    const place = steps.reduce((sum, { by }, axis) => add(sum, mul(by, digits[axis] as Size)), zero);
    const at = first === null ? n : `${n} - ${first}`;
    return [`for (let ${n} = ${first ?? 0}; ${n} < ${end}; ${n}++) ${table}[${at}] = ${printer.size(place)};`];
  });
}

/** A loop over a direction. With several axes it counts their elements, and finds the place in each axis by division. */
function printLoop(
  { axes, first, end, name }: PrintedLoop,
  printer: StatementPrinter,
  body: (counter: string) => string[],
): string[] {
  const [only] = axes as [Axis];
  const counter: Index = axes.length === 1 ? only : { id: `${only.id}:${name}`, extent: extentOf(axes) };
  const i = printer.defineIndex(counter);
  const inner = printer.inside(() => {
    const extents = axes.map(({ extent }) => extent);
    const places = axes.length === 1 ? [] : splitLinear(indexSize(counter), extents).map((each) => printer.size(each));
    const lines = places.map((place, axis) => `const ${printer.defineIndex(axes[axis] as Axis)} = ${place};`);
    return [...lines, ...body(i)];
  });
  return [`for (let ${i} = ${first ?? 0}; ${i} < ${end}; ${i}++) {`, ...indent(inner), "}"];
}

function printPlain(contraction: Contraction, printer: StatementPrinter): string[] {
  const { rows, columns, depths, a, b, value, type } = contraction;
  const nested = (axes: readonly Axis[], body: () => string[]): string[] => {
    const [axis, ...rest] = axes;
    if (!axis) return body();
    const i = printer.defineIndex(axis);
    const inner = printer.inside(() => nested(rest, body));
    return [`for (let ${i} = 0; ${i} < ${printer.size(axis.extent)}; ${i}++) {`, ...indent(inner), "}"];
  };
  return nested([...rows, ...columns], () => {
    const sum = printer.define(`${value}:sum`, "sum");
    const load = (operand: Contraction["a"]): string =>
      `${printer.nameOf(operand.buffer)}[${printer.size(operand.index)}]`;
    const heads = depths.map((axis) => {
      const k = printer.defineIndex(axis);
      return `for (let ${k} = 0; ${k} < ${printer.size(axis.extent)}; ${k}++)`;
    });
    const loops = [...heads.slice(0, -1), `${heads.at(-1)} ${sum} += ${load(a)} * ${load(b)};`];
    const result = type === "f32" ? printer.define(value, "rounded") : sum;
    if (type === "f64") printer.alias(value, sum);
    return [
      `let ${sum} = 0;`,
      ...loops.map((line, depth) => "  ".repeat(depth) + line),
      ...(type === "f32" ? [`const ${result} = Math.fround(${sum});`] : []),
      ...printer.statements(contraction.epilogue),
    ];
  });
}
