/**
 * The contents of the block, byte by byte, read off the layout and the final kernels for the manifest and for reports.
 */
import { callsOf } from "../ir/program.js";
import { givenKey } from "./givenNumbers.js";
import { usesOf } from "../ir/kernel.js";
import { printShape } from "../ir/size.js";
import type { Buffer, Category } from "../plan/memory/buffer.js";
import { bytesOfBuffer } from "../plan/memory/layout.js";
import { aligned, spaced } from "../plan/memory/arena.js";
import { Ranges } from "../plan/memory/byteRanges.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";

/** A tensor's place in the block. */
export interface Piece {
  readonly id: string;
  readonly name: string;
  readonly category: Category;
  /** `float32 [100, 1000]`. */
  readonly type: string;
  /** From the start of the block. */
  readonly offset: number;
  /** The bytes that it takes, alignment included. */
  readonly bytes: number;
}

/** A value in the arena, and the kernels of its function from the first to the last that need it kept, from 0. */
export interface ArenaPiece extends Piece {
  readonly from: number;
  readonly to: number;
}

const elements = { f32: "float32", f64: "float64", i32: "int32", bool: "bool" } as const;

export const elementOf = (buffer: Buffer): "float32" | "float64" | "int32" | "bool" => elements[buffer.type];

/** A buffer of a function: its own, or a leaf that all functions share. */
export function bufferOf(program: CompiledProgram, made: CompiledFunction, id: string): Buffer {
  const found = made.buffers.get(id) ?? program.leaves.get(id);
  if (!found) throw new Error(`${made.name}: there is no buffer ${id}`);
  return found;
}

function pieceOf(program: CompiledProgram, buffer: Buffer): Piece {
  const { id, label, category, shape } = buffer;
  const offset = program.layout.offsets.get(id) as number;
  const type = `${elementOf(buffer)} ${printShape(shape)}`;
  return { id, name: label, category, type, offset, bytes: spaced(bytesOfBuffer(buffer)) };
}

/** The tensors before the arena, in order. */
export function keptPieces(program: CompiledProgram): Piece[] {
  return [...program.leaves.values()].map((leaf) => pieceOf(program, leaf)).sort((a, b) => a.offset - b.offset);
}

/** The values that a function keeps in the arena, in the order in which they are first written. */
export function arenaPieces(program: CompiledProgram, made: CompiledFunction): ArenaPiece[] {
  const last = callsOf(made.steps).length - 1;
  return [...made.intervals]
    .sort((a, b) => a.from - b.from)
    .map(({ id, from, to }) => {
      const piece = pieceOf(program, made.buffers.get(id) as Buffer);
      return { ...piece, from, to: Math.min(to, last) };
    });
}

/** The buffers that a function's kernels or results lie in. */
export function usedBy(made: CompiledFunction): ReadonlySet<string> {
  const kernels = callsOf(made.steps).flatMap(({ kernel }) => [...usesOf(kernel).buffers.keys()]);
  return new Set([...kernels, ...made.outputs.map(({ buffer }) => buffer.id)]);
}

/**
 * The tensors before the arena that a function uses; all of its inputs, and all tensors that its optimizer keeps,
 * count.
 */
export function keptPiecesOf(program: CompiledProgram, made: CompiledFunction): Piece[] {
  const used = usedBy(made);
  const own = [`input:${made.name}:`, `kept:${made.name}:`];
  return keptPieces(program).filter(
    ({ id }) => used.has(id) || id === givenKey(made) || own.some((prefix) => id.startsWith(prefix)),
  );
}

/** The bytes of the target's scratch memory that the kernels of a function need: they share its pieces. */
export function scratchOf(made: CompiledFunction): number {
  const pieces = new Map<string, number>();
  for (const { printed } of callsOf(made.steps)) {
    for (const [piece, doubles] of Object.entries(printed.scratch)) {
      pieces.set(piece, Math.max(pieces.get(piece) ?? 0, doubles));
    }
  }
  return aligned(8 * [...pieces.values()].reduce((sum, each) => sum + each, 0));
}

/** Bytes of a function by category; alignment counts for the tensor before it. */
export interface FunctionMemory {
  readonly parameters: number;
  readonly optimizerState: number;
  readonly gradients: number;
  readonly activations: number;
  readonly inputs: number;
  readonly scratch: number;
  /** Tensors that are saved but not trained; left out where there are none. */
  readonly state?: number;
  /** Tensors that are written in the model file; left out where there are none. */
  readonly constants?: number;
  /** The sum of the above. */
  readonly total: number;
}

export function memoryOf(program: CompiledProgram, made: CompiledFunction): FunctionMemory {
  const kept = keptPiecesOf(program, made);
  const arena = firstPlaced(arenaPieces(program, made));
  const sum = (category: Category): number =>
    [...kept, ...arena].reduce((all, piece) => all + (piece.category === category ? piece.bytes : 0), 0);
  const [state, constants] = [sum("state"), sum("constants")];
  const parts = {
    parameters: sum("parameters"),
    optimizerState: sum("optimizerState"),
    gradients: sum("gradients"),
    activations: sum("activations"),
    inputs: sum("inputs"),
    scratch: scratchOf(made),
    ...(state > 0 && { state }),
    ...(constants > 0 && { constants }),
  };
  const total = Object.values<number>(parts).reduce((all, each) => all + each, 0);
  return { ...parts, total };
}

/** The pieces without the bytes that earlier ones have taken: each byte counts for the first value placed there. */
function firstPlaced(pieces: readonly ArenaPiece[]): ArenaPiece[] {
  const taken = new Ranges();
  return pieces.map((piece) => ({ ...piece, bytes: taken.add(piece.offset, piece.offset + piece.bytes) }));
}
