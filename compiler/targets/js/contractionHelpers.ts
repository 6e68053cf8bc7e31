/**
 * The functions that contractions call, and their scratch memory. Panels are packed, and tiles of 2 x 3 sums run over
 * them.
 */
import { noHelpers } from "./helpers.js";
import type { Helpers } from "../target.js";

/** The most rows, columns and depths that are packed at once. */
export const block = { rows: 128, columns: 128, depth: 256 } as const;
/** Doubles of scratch memory that the contractions of a module share. */
export interface Scratch {
  readonly panels: number;
  readonly sums: number;
  /** Tables of the places of lines and of depths, two integers in a double: for operands that lie in uneven steps. */
  readonly lines: number;
  readonly depths: number;
}

export const noScratch: Scratch = { panels: 0, sums: 0, lines: 0, depths: 0 };

/** The functions that all contractions of a module call, and their scratch memory: module constants, so that V8 folds their addresses into the code. */
export function printContractionHelpers({ panels, sums, lines, depths }: Scratch): Helpers {
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
  if (lines === 0) return { text, names: evenNames, scratch: scratchNames };
  const gathered = `
/** The places of the operands' lines and depths, where they lie in uneven steps. */
const leftLines = new Int32Array(${2 * lines});
const rightLines = new Int32Array(${2 * lines});
const leftDepths = new Int32Array(${2 * depths});
const rightDepths = new Int32Array(${2 * depths});

/** As pack, for lines and depths from tables; \`k\` is the first depth. */
function packGathered(target, width, source, start, lineTable, depthTable, k, lines, steps) {
  for (let l = 0; l < lines; l++) {
    const from = (start + lineTable[l]) | 0;
    let to = (target + (l - (l % width)) * steps + (l % width)) | 0;
    for (let d = 0; d < steps; d++) {
      panels[to] = source[(from + depthTable[(k + d) | 0]) | 0];
      to = (to + width) | 0;
    }
  }
}

/** As contract, for operands whose lines and depths are in the tables. */
function contractGathered(a, aStart, b, bStart, rows, columns, depth) {
  const stride = columns + 2 - ((columns + 2) % 3);
  sums.fill(0, 0, (rows + 1) * stride);
  for (let k = 0; k < depth; k += ${block.depth}) {
    const steps = depth - k < ${block.depth} ? depth - k : ${block.depth};
    const right = (rows + 1) * steps;
    packGathered(0, 2, a, aStart, leftLines, leftDepths, k, rows, steps);
    packGathered(right, 3, b, bStart, rightLines, rightDepths, k, columns, steps);
    for (let j = 0; j < columns; j += 3) {
      for (let i = 0; i < rows; i += 2) tile(i * steps, right + j * steps, i * stride + j, stride, steps);
    }
  }
  return stride;
}
`;
  return { text: text + gathered, names: contractionNames, scratch: [...scratchNames, ...tableNames] };
}

const scratchNames = ["panels", "sums"];
const tableNames = ["leftLines", "rightLines", "leftDepths", "rightDepths"];
const evenNames = [...scratchNames, "pack", "tile", "contractFewRows", "contract"];

/** The names of these helpers. */
export const contractionNames = [...evenNames, ...tableNames, "packGathered", "contractGathered"];
