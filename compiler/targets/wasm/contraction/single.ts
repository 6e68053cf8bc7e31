/**
 * One row against columns whose depths lie side by side, as those of weights do in a forward pass: squares of elements
 * are transposed in registers and used once. Four vectors of sums hide the latency of the chains.
 */
import {
  add,
  get,
  i32,
  load,
  loadLane,
  loop,
  mul,
  plain,
  set,
  store,
  sub,
  when,
  type Code,
  type FunctionCode,
  type Local,
} from "../code.js";
import { chainLength } from "../plainContraction.js";
import { advance, locals, numbered, shared, transpose } from "./pack.js";
import { singleVectors } from "./plan.js";
import { at, multiplyAdd, vectorOf, zeros } from "./tile.js";

/**
 * A function of: the row's address and its bytes from one depth to the next; the address of the first column, and the
 * bytes from one to the next; how many columns (at least 16, or 8 in f64) and depths (at least one); the sums' address.
 */
export function singleRow(type: "f32" | "f64", relaxed: boolean): FunctionCode {
  return shared(`row.${relaxed ? "relaxed." : ""}${type}`, (name) => makeSingleRow(name, type, relaxed));
}

function makeSingleRow(name: string, type: "f32" | "f64", relaxed: boolean): FunctionCode {
  const bytes = type === "f32" ? 4 : 8;
  const lanes = 16 / bytes;
  const group = singleVectors * lanes;
  const names = vectorOf[type];
  const { a, step, b, column, columns, depth, to } = locals(
    "i32",
    "a",
    "step",
    "b",
    "column",
    "columns",
    "depth",
    "to",
  );
  const { x, y, first, left, chain, rest, back } = locals("i32", "x", "y", "first", "left", "chain", "rest", "back");
  // The bytes from a column to the next ones, up to the next square.
  const further = numbered("i32", "further", lanes + 1);
  const sums = numbered("v128", "sum", singleVectors);
  const values = numbered("v128", "a", lanes);
  const loaded = numbered("v128", "v", lanes);
  const turned = numbered("v128", "t", 4);
  const column0 = (number: number): Code => (number === 0 ? get(y) : add(get(y), get(further[number] as Local)));
  const accumulate = (sum: Local, value: Code, vector: Code): Code =>
    set(sum, multiplyAdd(type, relaxed, value, vector, get(sum)));

  const square = (sum: Local): readonly Code[] => {
    const codes = loaded.map((vector, number) => set(vector, load("v128.load", at(column0(number)))));
    let count = 0;
    const lines = transpose(type, loaded.map(get), (code) => {
      const local = turned[count++] as Local;
      codes.push(set(local, code));
      return get(local);
    });
    codes.push(...lines.map((vector, number) => accumulate(sum, get(values[number] as Local), vector)));
    return [...codes, advance(y, get(further[lanes] as Local))];
  };
  const squares = loop(
    [
      ...values.flatMap((value) => [set(value, load(names.splat, at(get(x)))), advance(x, get(step))]),
      ...sums.flatMap(square),
      advance(y, add(get(back), i32(16))),
      set(chain, sub(get(chain), i32(lanes))),
    ],
    plain("i32.ge_s", get(chain), i32(lanes)),
  );
  const [loadZero, loadNext] =
    type === "f32"
      ? (["v128.load32_zero", "v128.load32_lane"] as const)
      : (["v128.load64_zero", "v128.load64_lane"] as const);
  const gathered = (): Code =>
    loaded
      .slice(1)
      .reduce<Code>(
        (vector, _, number) => loadLane(loadNext, at(column0(number + 1)), number + 1, vector),
        load(loadZero, at(get(y))),
      );
  const one = loop(
    [
      set(values[0] as Local, load(names.splat, at(get(x)))),
      advance(x, get(step)),
      ...sums.flatMap((sum) => [
        accumulate(sum, get(values[0] as Local), gathered()),
        advance(y, get(further[lanes] as Local)),
      ]),
      advance(y, add(get(back), i32(bytes))),
      set(chain, sub(get(chain), i32(1))),
    ],
    get(chain),
  );
  const finish = (write: (sum: Code, offset: number) => Code): readonly Code[] =>
    sums.map((sum, number) => store("v128.store", at(get(to), 16 * number), write(get(sum), 16 * number)));
  const chains = [
    ...sums.map((sum) => set(sum, zeros)),
    set(rest, sub(get(left), i32(chainLength))),
    set(chain, plain("select", i32(chainLength), get(left), plain("i32.gt_s", get(rest), i32(0)))),
    when(plain("i32.ge_s", get(chain), i32(lanes)), [squares]),
    when(get(chain), [one]),
    when(
      plain("i32.eq", get(left), get(depth)),
      finish((sum) => sum),
      finish((sum, offset) => plain(names.add, load("v128.load", at(get(to), offset)), sum)),
    ),
    set(left, get(rest)),
  ];
  const body = [
    ...further.slice(1).map((local, number) => set(local, mul(get(column), i32(number + 1)))),
    set(back, mul(get(column), i32(-group))),
    loop(
      [
        set(x, get(a)),
        set(y, get(b)),
        set(left, get(depth)),
        loop(chains, plain("i32.gt_s", get(left), i32(0))),
        // The last columns that are not a whole group are computed with some before them, again and to the same sums.
        set(columns, sub(get(columns), i32(group))),
        set(first, plain("select", get(columns), i32(group), plain("i32.lt_s", get(columns), i32(group)))),
        advance(b, mul(get(first), get(column))),
        advance(to, mul(get(first), i32(bytes))),
        set(columns, plain("select", get(columns), i32(group), plain("i32.gt_s", get(columns), i32(group)))),
      ],
      get(first),
    ),
  ];
  return { name, parameters: [a, step, b, column, columns, depth, to], body, results: [] };
}
