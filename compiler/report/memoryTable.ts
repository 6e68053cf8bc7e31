/** The memory of an instance as text: a map of its block. */
import { callsOf } from "../ir/program.js";
import type { CompiledFunction, CompiledProgram } from "../emit/compiled.js";
import { arenaPieces, keptPieces, type ArenaPiece } from "../emit/memoryMap.js";
import { bytesText, count, grouped, indented, table } from "../emit/text.js";

const titles = {
  parameters: "parameters",
  optimizerState: "optimizer state",
  state: "state",
  constants: "constants",
  inputs: "inputs",
} as const;

/**
 * The whole block: tensors that are kept between calls, inputs, and the values that each function places in the arena.
 */
export function printMemory(program: CompiledProgram): string {
  const { layout } = program;
  const kept = keptPieces(program);
  const owner = (id: string): string => (/^(?:input|kept|given):/.test(id) ? `${id.split(":")[1]} ` : "");
  const sections = Object.entries(titles).flatMap(([category, title]) => {
    const pieces = kept.filter((piece) => piece.category === category);
    if (pieces.length === 0) return [];
    const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
    const rows = pieces.map(({ id, name, type, offset, bytes }) => [
      grouped(offset),
      grouped(bytes),
      type,
      `${owner(id)}${name}`,
    ]);
    return [
      "",
      `${title}: ${grouped(bytes)}`,
      ...indented(table([["offset", "bytes", "type", "name"], ...rows], "rrll")),
    ];
  });
  const arena = layout.arena.bytes > 0 ? ["", ...arenaSection(program)] : [];
  const sharing = program.target.sharesScratch ? "all kernels of all instances" : "all kernels";
  const scratch = [
    "",
    `scratch, shared by ${sharing}: ${grouped(layout.scratch.bytes)}, at ${grouped(layout.scratch.offset)}`,
  ];
  return [
    `${program.name}: ${grouped(layout.total)} bytes${layout.total < 1e3 ? "" : `, ${bytesText(layout.total)}`}`,
    ...sections,
    ...arena,
    ...(layout.scratch.bytes > 0 ? scratch : []),
    "",
  ].join("\n");
}

function arenaSection(program: CompiledProgram): string[] {
  const { offset, bytes } = program.layout.arena;
  const functions = [...program.functions, program.initialize].filter((made) => made.intervals.length > 0);
  return [
    `arena, which the functions use in turn: ${grouped(bytes)}, at ${grouped(offset)}`,
    ...functions.flatMap((made) => [
      "",
      ...indented([`${made.name}: ${count(callsOf(made.steps).length, "kernel")}`, ...arenaTable(program, made)]),
    ]),
  ];
}

/** The values that a function keeps in the arena, by offset, with the kernels during which it keeps them. */
export function arenaTable(program: CompiledProgram, made: CompiledFunction): string[] {
  const pieces = [...arenaPieces(program, made)].sort((a, b) => a.offset - b.offset || a.from - b.from);
  const results = new Map(made.outputs.map(({ name, buffer }) => [buffer.id, name]));
  const rows = pieces.map((piece) => {
    const result = results.get(piece.id);
    const { name, type, offset, bytes } = piece;
    const returned = result === undefined ? "" : name === result ? ", returned" : `, returned as ${result}`;
    return [grouped(offset), grouped(bytes), kernels(piece), type, `${name}${returned}`];
  });
  return table([["offset", "bytes", "kernels", "type", "value"], ...rows], "rrlll");
}

/** The kernels that need a value kept, counted from 1. */
const kernels = ({ from, to }: ArenaPiece): string => (from === to ? `${from + 1}` : `${from + 1} to ${to + 1}`);
