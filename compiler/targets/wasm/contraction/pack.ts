/**
 * Operands in panels: `width` lines (columns of the right operand, rows of the left) side by side, depth after depth.
 * The functions are called once for each block and shared by all contractions of a module. Lines past the last repeat
 * it. If lines are copied side by side, they are instead the bytes behind the operand: less than a panel's width (64
 * bytes), which the memory's padding allows. The sums that tiles compute from them are never used.
 */
import {
  add,
  get,
  i32,
  load,
  loop,
  mul,
  plain,
  set,
  shuffle32,
  shuffle64,
  store,
  sub,
  type Code,
  type FunctionCode,
  type Local,
} from "../code.js";
import type { ValueType } from "../opcodes.js";
import type { Plan } from "./plan.js";
import { at } from "./tile.js";

type Type = Plan["type"];

/** Locals of a function, each name once. */
export function locals<Name extends string>(type: ValueType, ...names: readonly Name[]): Record<Name, Local> {
  const entries = names.map((name): readonly [string, Local] => [name, { type, name }]);
  return Object.fromEntries(entries) as Record<Name, Local>;
}

export const numbered = (type: ValueType, name: string, count: number): readonly Local[] =>
  Array.from({ length: count }, (_, number) => ({ type, name: `${name}${number}` }));

export const advance = (local: Local, by: Code): Code => set(local, add(get(local), by));

/** The address of the next line if more than `number` are left, else that of the same line again. */
export function nextLine(before: Code, step: Code, left: Code, number: number): Code {
  if (left.kind === "constant") return left.value > number ? add(before, step) : before;
  return add(before, plain("select", step, i32(0), plain("i32.gt_s", left, i32(number))));
}

const made = new Map<string, FunctionCode>();

/** One object for each function, so that modules hold it once. */
export function shared(name: string, make: (name: string) => FunctionCode): FunctionCode {
  const known = made.get(name) ?? make(name);
  made.set(name, known);
  return known;
}

/** Transposes four by four elements, or two by two. */
export function transpose(type: Type, lines: readonly Code[], hold: (code: Code) => Code): readonly Code[] {
  if (type === "f64") {
    const [a, b] = lines as [Code, Code];
    return [shuffle64([0, 2], a, b), shuffle64([1, 3], a, b)];
  }
  const [a, b, c, d] = lines as [Code, Code, Code, Code];
  const low = [hold(shuffle32([0, 4, 1, 5], a, b)), hold(shuffle32([0, 4, 1, 5], c, d))] as const;
  const high = [hold(shuffle32([2, 6, 3, 7], a, b)), hold(shuffle32([2, 6, 3, 7], c, d))] as const;
  return [low, high].flatMap(([x, y]) => [shuffle32([0, 1, 4, 5], x, y), shuffle32([2, 3, 6, 7], x, y)]);
}

/** Panels: elements of a type and its size, how many of them a vector has, and how many lines a panel. */
export interface PanelShape {
  readonly type: Type;
  readonly bytes: number;
  readonly lanes: number;
  readonly width: number;
}

/**
 * Packs columns that lie side by side by copying vectors. Sixteen depths of all panels come before the next sixteen, so
 * that few rows of the operand are read at once.
 */
export function packCopied({ type, bytes, width }: PanelShape): FunctionCode {
  return shared(`pack.copied.${type}x${width}`, (name) => {
    const { from, step, columns, depth, to } = locals("i32", "from", "step", "columns", "depth", "to");
    const { source, target, panel, end } = locals("i32", "source", "target", "panel", "end");
    const { first, count, left, rest } = locals("i32", "first", "count", "left", "rest");
    const line = width * bytes;
    // Six rows of float32 are a vector and a half.
    const pieces = Array.from({ length: Math.ceil(line / 16) }, (_, number) => 16 * number);
    const copy = pieces.map((offset) => {
      const [loadPiece, storePiece] =
        line - offset >= 16 ? (["v128.load", "v128.store"] as const) : (["f64.load", "f64.store"] as const);
      return store(storePiece, at(get(target), offset), load(loadPiece, at(get(source), offset)));
    });
    const body = [
      set(panel, mul(get(depth), i32(line))),
      set(rest, get(depth)),
      loop(
        [
          set(count, plain("select", get(rest), i32(16), plain("i32.lt_s", get(rest), i32(16)))),
          set(left, get(columns)),
          set(first, get(to)),
          loop(
            [
              set(source, add(get(from), mul(sub(get(columns), get(left)), i32(bytes)))),
              set(target, get(first)),
              set(end, add(get(target), mul(get(count), i32(line)))),
              loop(
                [...copy, advance(source, get(step)), advance(target, i32(line))],
                plain("i32.ne", get(target), get(end)),
              ),
              advance(first, get(panel)),
              set(left, sub(get(left), i32(width))),
            ],
            plain("i32.gt_s", get(left), i32(0)),
          ),
          advance(from, mul(get(count), get(step))),
          advance(to, mul(get(count), i32(line))),
          set(rest, sub(get(rest), i32(16))),
        ],
        plain("i32.gt_s", get(rest), i32(0)),
      ),
    ];
    return { name, parameters: [from, step, columns, depth, to], body, results: [] };
  });
}

/** Packs depths that lie side by side by transposing squares of elements. */
export function packTransposed({ type, bytes, lanes, width }: PanelShape): FunctionCode {
  return shared(`pack.transposed.${type}x${width}`, (name) => {
    const { from, step, columns, depth, to } = locals("i32", "from", "step", "columns", "depth", "to");
    const { target, left, panel } = locals("i32", "target", "left", "panel");
    const lines = numbered("i32", "line", lanes);
    const loaded = numbered("v128", "v", lanes);
    const line = width * bytes;
    const held: Local[] = [];
    const square: Code[] = loaded.map((vector, number) =>
      set(vector, load("v128.load", at(get(lines[number] as Local)))),
    );
    const turned = transpose(type, loaded.map(get), (code) => {
      const local: Local = { type: "v128", name: `t${held.length}` };
      held.push(local);
      square.push(set(local, code));
      return get(local);
    });
    square.push(...turned.map((vector, number) => store("v128.store", at(get(target), number * line), vector)));
    const group = [
      ...lines.map((pointer, number) => {
        const before = lines[number - 1];
        return set(pointer, before ? nextLine(get(before), get(step), get(columns), number) : get(from));
      }),
      set(from, nextLine(get(lines[lanes - 1] as Local), get(step), get(columns), lanes)),
      set(columns, sub(get(columns), i32(lanes))),
      set(target, get(to)),
      set(left, get(depth)),
      // The last square may run over the panel's end: the next panel, or slack, lies there.
      loop(
        [
          ...square,
          ...lines.map((pointer) => advance(pointer, i32(16))),
          advance(target, i32(lanes * line)),
          set(left, sub(get(left), i32(lanes))),
        ],
        plain("i32.gt_s", get(left), i32(0)),
      ),
      advance(to, i32(16)),
    ];
    const body = [
      loop(
        [
          set(panel, add(get(to), i32(line))),
          loop(group, plain("i32.ne", get(to), get(panel))),
          advance(to, mul(sub(get(depth), i32(1)), i32(line))),
        ],
        plain("i32.gt_s", get(columns), i32(0)),
      ),
    ];
    return { name, parameters: [from, step, columns, depth, to], body, results: [] };
  });
}

/** Packs elements that lie apart in both directions. */
export function packScattered({ type, bytes, width }: PanelShape): FunctionCode {
  return shared(`pack.scattered.${type}x${width}`, (name) => {
    const { from, column, step, columns, depth, to } = locals(
      "i32",
      "from",
      "column",
      "step",
      "columns",
      "depth",
      "to",
    );
    const { at: pointer, target, end, panel } = locals("i32", "at", "target", "end", "panel");
    const line = width * bytes;
    const [loadOne, storeOne] =
      type === "f32" ? (["i32.load", "i32.store"] as const) : (["f64.load", "f64.store"] as const);
    const body = [
      loop(
        [
          set(panel, add(get(to), i32(line))),
          loop(
            [
              set(pointer, get(from)),
              set(target, get(to)),
              set(end, add(get(to), mul(get(depth), i32(line)))),
              loop(
                [
                  store(storeOne, at(get(target)), load(loadOne, at(get(pointer)))),
                  advance(pointer, get(step)),
                  advance(target, i32(line)),
                ],
                plain("i32.ne", get(target), get(end)),
              ),
              advance(to, i32(bytes)),
              set(from, nextLine(get(from), get(column), get(columns), 1)),
              set(columns, sub(get(columns), i32(1))),
            ],
            plain("i32.ne", get(to), get(panel)),
          ),
          advance(to, mul(sub(get(depth), i32(1)), i32(line))),
        ],
        plain("i32.gt_s", get(columns), i32(0)),
      ),
    ];
    return { name, parameters: [from, column, step, columns, depth, to], body, results: [] };
  });
}
