/**
 * Contractions in JavaScript. Blocks of both operands are packed into panels, and tiles of 2 x 3 sums run over them: V8
 * computes all products of a tile before it adds them, so that a larger tile would spill registers. The tile is a
 * function of its own because V8 compiles it better than the same loop inside the nest. Each sum is one chain of
 * doubles in ascending depth for any blocks: sums are kept in scratch memory between blocks of depth.
 */
import type { Contraction } from "../../ir/kernel.js";
import { constantOf, evaluate, splitAffine, substitute, zero, type Index, type Size } from "../../ir/size.js";
import { noHelpers } from "./helpers.js";
import type { Helpers } from "../target.js";
import { indent, type StatementPrinter } from "./statement.js";

const block = { rows: 128, columns: 128, depth: 256 } as const;
/** Below this many products, at capacity, plain loops are printed: they are much shorter and easier to read. */
const tiny = 4096;

/** Doubles of scratch memory that the contractions of a module share. */
export interface Scratch {
  readonly panels: number;
  readonly sums: number;
}

export const noScratch: Scratch = { panels: 0, sums: 0 };

const upTo = (value: number, multiple: number): number => Math.ceil(value / multiple) * multiple;

interface Extents {
  readonly rows: number;
  readonly columns: number;
  readonly depths: number;
}

type CapacityOf = (dimension: string) => number;

/** Extents at capacity. Sizes in a contraction hold dimensions only: loops around it do not change them. */
function extentsOf({ rows, columns, depths }: Contraction, capacityOf: CapacityOf): Extents {
  const at = (size: Size): number => evaluate(size, capacityOf);
  return { rows: at(rows), columns: at(columns), depths: at(depths) };
}

const isTiny = ({ rows, columns, depths }: Extents): boolean => rows * columns * depths < tiny;

export function contractionScratch(contraction: Contraction, capacityOf: CapacityOf): Scratch {
  const extents = extentsOf(contraction, capacityOf);
  if (isTiny(extents)) return noScratch;
  const narrow = constantOf(contraction.columns) === 1;
  const m = Math.min(narrow ? extents.columns : extents.rows, block.rows);
  const n = Math.min(narrow ? extents.rows : extents.columns, block.columns);
  const k = Math.min(extents.depths, block.depth);
  return {
    panels: (m + 1 + upTo(n, 3)) * k,
    sums: Math.max(upTo(m + 1, 2) * upTo(n, 3), Math.min(m, 2) * upTo(n, 4)),
  };
}

/** The functions that all contractions of a module call, and their scratch memory: module constants, so that V8 folds their addresses into the code. */
export function printContractionHelpers({ panels, sums }: Scratch): Helpers {
  if (sums === 0) return noHelpers;
  const text = `/** Scratch memory of contractions. */
const panels = new Float64Array(${panels});
const sums = new Float64Array(${sums});

/** Copies lines into panels: entry k of line l goes to place k * width + l % width of panel l / width. */
function pack(target, width, source, start, line, step, lines, steps) {
  for (let l = 0; l < lines; l++) {
    let from = (start + l * line) | 0;
    let to = (target + (l - (l % width)) * steps + (l % width)) | 0;
    const end = (to + width * steps) | 0;
    while (to < end) {
      panels[to] = source[from];
      to = (to + width) | 0;
      from = (from + step) | 0;
    }
  }
}

/** Adds \`steps\` products to each of 2 x 3 sums, in order, from the panels at p and q. */
function tile(p, q, s, stride, steps) {
  const t = s + stride;
  const end = (p + 2 * steps) | 0;
  let c00 = sums[s];
  let c01 = sums[s + 1];
  let c02 = sums[s + 2];
  let c10 = sums[t];
  let c11 = sums[t + 1];
  let c12 = sums[t + 2];
  while (p < end) {
    const a0 = panels[p];
    const a1 = panels[(p + 1) | 0];
    const b0 = panels[q];
    const b1 = panels[(q + 1) | 0];
    const b2 = panels[(q + 2) | 0];
    c00 += a0 * b0;
    c01 += a0 * b1;
    c02 += a0 * b2;
    c10 += a1 * b0;
    c11 += a1 * b1;
    c12 += a1 * b2;
    p = (p + 2) | 0;
    q = (q + 3) | 0;
  }
  sums[s] = c00;
  sums[s + 1] = c01;
  sums[s + 2] = c02;
  sums[t] = c10;
  sums[t + 1] = c11;
  sums[t + 2] = c12;
}

/** The same sums for one or two rows, where packing does not pay. */
function contractFewRows(a, aStart, aRow, aStep, b, bStart, bStep, bColumn, rows, columns, depth) {
  const stride = columns + 3 - ((columns + 3) % 4);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j += 4) {
      const second = j + 1 < columns ? bColumn : 0;
      const third = j + 2 < columns ? 2 * bColumn : 0;
      const fourth = j + 3 < columns ? 3 * bColumn : 0;
      let c0 = 0;
      let c1 = 0;
      let c2 = 0;
      let c3 = 0;
      let p = (aStart + i * aRow) | 0;
      let q = (bStart + j * bColumn) | 0;
      for (let k = 0; k < depth; k++) {
        const x = a[p];
        c0 += x * b[q];
        c1 += x * b[(q + second) | 0];
        c2 += x * b[(q + third) | 0];
        c3 += x * b[(q + fourth) | 0];
        p = (p + aStep) | 0;
        q = (q + bStep) | 0;
      }
      const s = i * stride + j;
      sums[s] = c0;
      sums[s + 1] = c1;
      sums[s + 2] = c2;
      sums[s + 3] = c3;
    }
  }
  return stride;
}

/**
 * sums[i * stride + j] becomes the sum over k of a[aStart + i * aRow + k * aStep] * b[bStart + k * bStep + j * bColumn],
 * one chain of doubles in ascending k. Returns the stride.
 */
function contract(a, aStart, aRow, aStep, b, bStart, bStep, bColumn, rows, columns, depth) {
  if (rows < 3) return contractFewRows(a, aStart, aRow, aStep, b, bStart, bStep, bColumn, rows, columns, depth);
  const stride = columns + 2 - ((columns + 2) % 3);
  sums.fill(0, 0, (rows + 1) * stride);
  for (let k = 0; k < depth; k += ${block.depth}) {
    const steps = depth - k < ${block.depth} ? depth - k : ${block.depth};
    const right = (rows + 1) * steps;
    pack(0, 2, a, aStart + k * aStep, aRow, aStep, rows, steps);
    pack(right, 3, b, bStart + k * bStep, bColumn, bStep, columns, steps);
    for (let j = 0; j < columns; j += 3) {
      for (let i = 0; i < rows; i += 2) tile(i * steps, right + j * steps, i * stride + j, stride, steps);
    }
  }
  return stride;
}
`;
  return { text, names: contractionNames, scratch: scratchNames };
}

const scratchNames = ["panels", "sums"];

/** The names of these helpers. */
export const contractionNames = [...scratchNames, "pack", "tile", "contractFewRows", "contract"];

/** Start, and elements from one index to the next, of an operand along two of the three indices. */
function stepsOf(index: Size, along: readonly Index[]): { readonly start: Size; readonly steps: readonly Size[] } {
  let start = index;
  const steps = along.map((each) => {
    const split = splitAffine(start, each);
    if (!split) throw new Error(`contraction: ${index.key} is not affine in ${each.id}`);
    start = split.rest;
    return split.coefficient;
  });
  return { start, steps };
}

/** The first row or column of a block; 0 if one block holds all. */
function at(size: Size, index: Index, first: string | null, printer: StatementPrinter): string {
  const { start, steps } = stepsOf(size, [index]);
  const rest = printer.size(start);
  if (first === null) return rest;
  const step = printer.size(steps[0] ?? zero);
  const offset = step === "1" ? first : `${first} * ${step}`;
  return rest === "0" ? offset : `${rest} + ${offset}`;
}

export function printContraction(
  contraction: Contraction,
  printer: StatementPrinter,
  capacityOf: CapacityOf,
): string[] {
  const extents = extentsOf(contraction, capacityOf);
  return isTiny(extents) ? printPlain(contraction, printer) : printBlocks(contraction, extents, printer);
}

function printBlocks(contraction: Contraction, extents: Extents, printer: StatementPrinter): string[] {
  const { row, column, depth, a, b, type, value } = contraction;
  // A single column becomes a single row of the transposed product, because packing a panel would not pay.
  const narrow = constantOf(contraction.columns) === 1;
  const loops = [
    {
      index: row,
      size: contraction.rows,
      capacity: extents.rows,
      most: narrow ? block.columns : block.rows,
      name: "row",
    },
    {
      index: column,
      size: contraction.columns,
      capacity: extents.columns,
      most: narrow ? block.rows : block.columns,
      name: "column",
    },
  ].map((loop) => {
    const size = printer.size(loop.size);
    if (loop.capacity <= loop.most) return { ...loop, first: null, end: size, count: size, open: [] };
    const first = printer.define(`${loop.index.id}:first`, loop.name);
    const end = printer.define(`${loop.index.id}:end`, `${loop.name} end`);
    const open = [
      `for (let ${first} = 0; ${first} < ${size}; ${first} += ${loop.most}) {`,
      `  const ${end} = ${first} + ${loop.most} < ${size} ? ${first} + ${loop.most} : ${size};`,
    ];
    return { ...loop, first, end, count: `${end} - ${first}`, open };
  });
  const [rows, columns] = loops as [(typeof loops)[0], (typeof loops)[0]];
  const zeroDepth = (size: Size): Size =>
    substitute(size, (factor) => (factor.kind === "index" && factor.index.id === depth.id ? zero : undefined));
  const left = {
    buffer: printer.nameOf(a.buffer),
    start: at(zeroDepth(a.index), row, rows.first, printer),
    steps: stepsOf(a.index, [row, depth]).steps,
  };
  const right = {
    buffer: printer.nameOf(b.buffer),
    start: at(zeroDepth(b.index), column, columns.first, printer),
    steps: stepsOf(b.index, [column, depth]).steps,
  };
  const side = ({ buffer, start, steps }: typeof left, order: readonly [number, number]): string =>
    [buffer, start, ...order.map((each) => printer.size(steps[each] as Size))].join(", ");
  const operands = narrow
    ? `${side(right, [0, 1])}, ${side(left, [1, 0])}`
    : `${side(left, [0, 1])}, ${side(right, [1, 0])}`;
  const counts = narrow ? `${columns.count}, ${rows.count}` : `${rows.count}, ${columns.count}`;
  const stride = printer.define(`${value}:stride`, "stride");
  const call = `contract(${operands}, ${counts}, ${printer.size(contraction.depths)})`;

  const i = printer.defineIndex(row);
  const inner = printer.inside(() => {
    const j = printer.defineIndex(column);
    const inRow = rows.first === null ? i : `${i} - ${rows.first}`;
    const inColumn = columns.first === null ? j : `${j} - ${columns.first}`;
    const [high, low] = narrow ? [inColumn, inRow] : [inRow, inColumn];
    const isBlock = (narrow ? columns : rows).first !== null;
    const sum = `sums[${isBlock ? `(${high})` : high} * ${stride} + ${low}]`;
    const body = printer.inside(() => {
      const result = printer.define(value, "sum");
      return [
        `const ${result} = ${type === "f32" ? `Math.fround(${sum})` : sum};`,
        ...printer.statements(contraction.epilogue),
      ];
    });
    return [`for (let ${j} = ${columns.first ?? 0}; ${j} < ${columns.end}; ${j}++) {`, ...indent(body), "}"];
  });
  let lines = [
    `const ${stride} = ${call};`,
    `for (let ${i} = ${rows.first ?? 0}; ${i} < ${rows.end}; ${i}++) {`,
    ...indent(inner),
    "}",
  ];
  for (const { open } of [columns, rows]) if (open.length > 0) lines = [...open, ...indent(lines), "}"];
  return lines;
}

function printPlain(contraction: Contraction, printer: StatementPrinter): string[] {
  const { row, column, depth, rows, columns, depths, a, b, value, type } = contraction;
  const i = printer.defineIndex(row);
  const inner = printer.inside(() => {
    const j = printer.defineIndex(column);
    const body = printer.inside(() => {
      const sum = printer.define(`${value}:sum`, "sum");
      const k = printer.defineIndex(depth);
      const load = (operand: Contraction["a"]): string =>
        `${printer.nameOf(operand.buffer)}[${printer.size(operand.index)}]`;
      const result = type === "f32" ? printer.define(value, "rounded") : sum;
      if (type === "f64") printer.alias(value, sum);
      return [
        `let ${sum} = 0;`,
        `for (let ${k} = 0; ${k} < ${printer.size(depths)}; ${k}++) ${sum} += ${load(a)} * ${load(b)};`,
        ...(type === "f32" ? [`const ${result} = Math.fround(${sum});`] : []),
        ...printer.statements(contraction.epilogue),
      ];
    });
    return [`for (let ${j} = 0; ${j} < ${printer.size(columns)}; ${j}++) {`, ...indent(body), "}"];
  });
  return [`for (let ${i} = 0; ${i} < ${printer.size(rows)}; ${i}++) {`, ...indent(inner), "}"];
}
