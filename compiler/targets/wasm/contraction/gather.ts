/**
 * Operands whose lines or depths are not evenly apart: tables hold their places, and panels are filled by them. Where
 * lines lie side by side they are copied as vectors, and where depths do, squares of elements are transposed.
 */
import { add, get, i32, load, loop, mul, plain, set, store, sub, when, type Code, type FunctionCode } from "../code.js";
import type { Local } from "../code.js";
import { advance, locals, numbered, shared, transpose, type PanelShape } from "./pack.js";
import { tablePadding } from "./plan.js";
import { at } from "./tile.js";

/**
 * A function that writes the places, in bytes, of `count` elements from number `first` into a table, and repeats the last
 * for as many lines as a panel may have. After its first three parameters come, from outer to inner, the bytes from one
 * place of an axis to the next, and the axis's extent.
 */
export function table(axes: number): FunctionCode {
  return shared(`table.${axes}`, (name) => {
    const { to, first, count } = locals("i32", "to", "first", "count");
    const { place, rest, end, turn } = locals("i32", "place", "rest", "end", "turn");
    const by = numbered("i32", "by", axes);
    const extents = numbered("i32", "extent", axes);
    const digits = numbered("i32", "at", axes);
    const pick = <T>(list: readonly T[], axis: number): T => list[axis] as T;
    const begin: Code[] = [set(rest, get(first)), set(place, i32(0))];
    for (let axis = axes - 1; axis >= 0; axis--) {
      const [digit, extent] = [pick(digits, axis), pick(extents, axis)];
      if (axis > 0) {
        begin.push(
          set(turn, plain("i32.div_s", get(rest), get(extent))),
          set(digit, sub(get(rest), mul(get(turn), get(extent)))),
          set(rest, get(turn)),
        );
      } else begin.push(set(digit, get(rest)));
      begin.push(advance(place, mul(get(digit), get(pick(by, axis)))));
    }
    /** One step along the axis; behind its last place it begins anew, and the axis around it makes a step. */
    const step = (axis: number): readonly Code[] => {
      const [digit, extent] = [pick(digits, axis), pick(extents, axis)];
      const forward = [advance(place, get(pick(by, axis))), advance(digit, i32(1))];
      if (axis === 0) return forward;
      const again = [
        advance(place, sub(i32(0), mul(get(extent), get(pick(by, axis))))),
        set(digit, i32(0)),
        ...step(axis - 1),
      ];
      return [...forward, when(plain("i32.eq", get(digit), get(extent)), again)];
    };
    const repeated = Array.from({ length: tablePadding }, (_, entry) =>
      store("i32.store", at(get(to), 4 * entry), get(turn)),
    );
    const body = [
      ...begin,
      set(end, add(get(to), mul(get(count), i32(4)))),
      loop(
        [set(turn, get(place)), store("i32.store", at(get(to)), get(place)), ...step(axes - 1), advance(to, i32(4))],
        plain("i32.ne", get(to), get(end)),
      ),
      ...repeated,
    ];
    const steps = by.flatMap((each, axis) => [each, pick(extents, axis)]);
    return { name, parameters: [to, first, count, ...steps], body, results: [] };
  });
}

/** Packs an operand by the tables of its lines and depths. */
export function packGathered({ type, bytes, lanes, width }: PanelShape): FunctionCode {
  return shared(`pack.gathered.${type}x${width}`, (name) => {
    const { from, lines, depths, columns, depth, to } = locals(
      "i32",
      "from",
      "lines",
      "depths",
      "columns",
      "depth",
      "to",
    );
    const { target, k, here, end, whole } = locals("i32", "target", "k", "here", "end", "whole");
    const pointers = numbered("i32", "line", lanes);
    const vectors = numbered("v128", "v", lanes);
    const turned = numbered("v128", "t", 2 * lanes);
    const line = width * bytes;
    const entry = (base: Local, number: number): Code => load("i32.load", at(get(base), 4 * number));
    const [loadOne, storeOne] =
      type === "f32" ? (["i32.load", "i32.store"] as const) : (["f64.load", "f64.store"] as const);
    /** Whether these places are those of elements side by side. */
    const areBeside = (places: readonly Code[]): Code =>
      places
        .slice(1)
        .map((place, number) => plain("i32.eq", sub(place, places[number] as Code), i32(bytes)))
        .reduce((all, each) => plain("i32.and", all, each));
    const depthsBeside = areBeside(vectors.map((_, number) => entry(k, number)));
    const linesBeside = areBeside(pointers.map(get));

    /** The lines of a panel from the `first` on, at most a vector of them. */
    const group = (first: number): readonly Code[] => {
      const own = pointers.slice(0, Math.min(lanes, width - first));
      const begin = own.map((pointer, number) => set(pointer, add(get(from), entry(lines, first + number))));
      /** The elements of one depth, one after another. */
      const one = (number: number): readonly Code[] => [
        set(here, entry(k, number)),
        ...own.map((pointer, n) =>
          store(storeOne, at(get(target), number * line + n * bytes), load(loadOne, at(add(get(pointer), get(here))))),
        ),
      ];
      const next = (count: number): readonly Code[] => [advance(target, i32(count * line)), advance(k, i32(4 * count))];
      const ones = loop([...one(0), ...next(1)], plain("i32.ne", get(k), get(end)));
      const start = [...begin, set(k, get(depths)), set(target, add(get(to), i32(first * bytes)))];
      if (own.length < lanes) return [...start, ones];
      const copied = loop(
        [
          store("v128.store", at(get(target)), load("v128.load", at(add(get(pointers[0] as Local), entry(k, 0))))),
          ...next(1),
        ],
        plain("i32.ne", get(k), get(end)),
      );
      let held = 0;
      const square: Code[] = [
        set(here, entry(k, 0)),
        ...vectors.map((vector, n) => set(vector, load("v128.load", at(add(get(pointers[n] as Local), get(here)))))),
      ];
      const columnsOf = transpose(type, vectors.map(get), (code) => {
        const local = turned[held++] as Local;
        square.push(set(local, code));
        return get(local);
      });
      square.push(...columnsOf.map((vector, n) => store("v128.store", at(get(target), n * line), vector)));
      const several = loop(
        [when(depthsBeside, square, Array.from({ length: lanes }, (_, n) => one(n)).flat()), ...next(lanes)],
        plain("i32.ne", get(k), get(whole)),
      );
      return [
        ...start,
        when(
          linesBeside,
          [copied],
          [when(plain("i32.ne", get(k), get(whole)), [several]), when(plain("i32.ne", get(k), get(end)), [ones])],
        ),
      ];
    };
    const groups = Array.from({ length: Math.ceil(width / lanes) }, (_, number) => group(number * lanes)).flat();
    const body = [
      set(end, add(get(depths), mul(get(depth), i32(4)))),
      set(whole, add(get(depths), mul(plain("i32.and", get(depth), i32(-lanes)), i32(4)))),
      loop(
        [
          ...groups,
          advance(to, mul(get(depth), i32(line))),
          advance(lines, i32(4 * width)),
          set(columns, sub(get(columns), i32(width))),
        ],
        plain("i32.gt_s", get(columns), i32(0)),
      ),
    ];
    return { name, parameters: [from, lines, depths, columns, depth, to], body, results: [] };
  });
}
