/** Loops: four turns at once if the planner decides so, else one after another. */
import { mapStatements, type Carried, type Accumulators, type Statement } from "../../ir/kernel.js";
import type { Scalar } from "../../ir/scalar.js";
import { add as addSizes, indexSize, size as sizeOf, substitute, type Index, type Size } from "../../ir/size.js";
import type { Tail } from "./access.js";
import { advance, begin, beginLanes, finish, merge as mergeChains } from "./carriedScalars.js";
import { get, i32, loop as doWhile, plain, set, sub, when, words, type Code } from "./code.js";
import { extract, type Parts } from "./lanes.js";
import { moveBy, type Frame, type Scope } from "./scope.js";
import type { KernelScope } from "./kernelScope.js";
import { single, type Value } from "./value.js";
import { isRepeatable, Planner, type Loop } from "./vectorize.js";

export class LoopWriter {
  readonly #scope: Scope;
  readonly #values: KernelScope;
  readonly #planner: Planner;
  readonly #statements: (statements: readonly Statement[]) => void;

  /** `statements` writes the body of a loop. */
  constructor(scope: Scope, values: KernelScope, statements: (statements: readonly Statement[]) => void) {
    this.#scope = scope;
    this.#values = values;
    this.#planner = new Planner((size) => scope.capacity(size));
    this.#statements = statements;
  }

  #hold(code: Code, name: string): Code {
    return this.#scope.hold(code, "i32", name);
  }

  /** Writes the loop's turns, with its index from `from` to before `to`. */
  write(statement: Loop, from: Code, to: Code): void {
    const count = this.#hold(sub(to, from), "count");
    if (!this.#values.isInLanes && this.#planner.shouldVectorize(statement)) this.#lanes(statement, from, count);
    else if (statement.merge && statement.carried.length > 0) this.#chains(statement, statement.merge, from, count);
    else this.#turns(statement, from, count);
  }

  /** One turn after another. */
  #turns({ index, carried, body }: Loop, from: Code, count: Code): void {
    const current = carried.map((each) => begin(each.type, this.#values.evaluate(each.initial), this.#values));
    const turn = this.#turn(index, from, 1, () => {
      carried.forEach((each, position) => this.#values.define(each.name, current[position] as Value));
      this.#statements(body);
      advance(carried, current, null, this.#values);
    });
    this.#repeat(turn, count, 1);
    finish(carried, current, this.#values);
  }

  /** The code before a loop, of one turn, and of its steps. */
  #turn(index: Index, from: Code, step: number, write: () => void): { frame: Frame; codes: Code[] } {
    let codes: Code[] = [];
    const frame = this.#scope.inFrame(index, from, step, () => (codes = this.#scope.collect(write)));
    return { frame, codes };
  }

  /** A turn for each `step` of `count`, which is a multiple of it. */
  #repeat(
    { frame, codes }: { readonly frame: Frame; readonly codes: readonly Code[] },
    count: Code,
    step: number,
  ): void {
    this.#scope.push(...frame.preheader);
    const turn = [...codes, ...moveBy(frame, step)];
    if (count.kind === "constant" && count.value <= step) {
      if (count.value === step) this.#scope.push(...turn);
      return;
    }
    const left = this.#scope.local("i32", "left");
    const loop = doWhile([...turn, set(left, sub(get(left), i32(step)))], get(left));
    this.#scope.push(set(left, count));
    this.#scope.push(count.kind === "constant" ? loop : when(get(left), [loop]));
  }

  /** Four chains of carried scalars, one turn after another. */
  #chains(statement: Loop, merge: Accumulators, from: Code, count: Code): void {
    const { index, carried, body } = statement;
    const chains = [0, 1, 2, 3].map((chain) =>
      carried.map((each, position) =>
        begin(
          each.type,
          this.#values.evaluate(chain === 0 ? each.initial : (merge.identity[position] as Scalar)),
          this.#values,
        ),
      ),
    );
    const one = (chain: number): void => {
      const current = chains[chain] as readonly Value[];
      const shifted = shiftIndex(index, chain, body, carried);
      carried.forEach((each, position) => this.#values.define(each.name, current[position] as Value));
      this.#statements(shifted.body);
      advance(shifted.carried, current, null, this.#values);
    };
    const rest: Code[][] = [];
    const turn = this.#turn(index, from, 4, () => {
      [0, 1, 2, 3].forEach(one);
      for (const chain of [0, 1, 2]) rest.push(this.#scope.collect(() => one(chain)));
    });
    this.#repeat(turn, and(count, -4), 4);
    const left = this.#hold(and(count, 3), "rest");
    rest.forEach((codes, chain) => {
      if (left.kind !== "constant") this.#scope.push(when(plain("i32.gt_s", left, i32(chain)), codes));
      else if (left.value > chain) this.#scope.push(...codes);
    });
    mergeChains(carried, merge, chains, this.#values);
  }

  /** Four turns at once; the last four overlap earlier turns and repeat them, with the same results. */
  #overlapping({ index, body }: Loop, from: Code, count: number): void {
    const outer = this.#values.known();
    const { frame, codes } = this.#turn(index, from, 4, () => {
      const frame = this.#scope.frames[this.#scope.frames.length - 1] as Frame;
      this.#values.inLanes({ index, tail: null, frame }, outer, () => this.#statements(body));
    });
    const rest = count & 3;
    const left = this.#scope.local("i32", "left");
    const back = when(plain("i32.eq", get(left), i32(rest)), [...moveBy(frame, rest - 4), set(left, i32(4))]);
    const turn = [...codes, ...moveBy(frame, 4), set(left, sub(get(left), i32(4))), back];
    this.#scope.push(...frame.preheader, set(left, i32(count)), doWhile(turn, get(left)));
  }

  /** Four turns at once; then a tail, in which only the first lanes count. */
  #lanes({ index, carried, body, merge }: Loop, from: Code, count: Code): void {
    const first = carried.map((each, position) => {
      const initial = this.#values.evaluate(each.initial);
      const others = this.#values.evaluate(merge?.identity[position] as Scalar);
      return beginLanes(each.type, initial, others, this.#values);
    });
    if (count.kind === "constant" && count.value > 4 && (count.value & 3) > 0 && isRepeatable(body, carried)) {
      return this.#overlapping({ kind: "loop", index, extent: index.extent as Size, carried, body }, from, count.value);
    }
    const outer = this.#values.known();
    const rest = this.#hold(and(count, 3), "rest");
    const hasTail = rest.kind !== "constant" || rest.value !== 0;
    let tail: Code[] = [];
    const turn = this.#turn(index, from, 4, () => {
      const frame = this.#scope.frames[this.#scope.frames.length - 1] as Frame;
      const write = (tail: Tail | null): void => {
        this.#values.inLanes({ index, tail, frame }, outer, () => {
          carried.forEach((each, position) => this.#values.define(each.name, first[position] as Value));
          this.#statements(body);
          advance(carried, first, tail && countedMask(tail), this.#values);
        });
      };
      write(null);
      if (!hasTail) return;
      tail = this.#scope.collect(() => write(this.#tail(rest)));
    });
    this.#repeat(turn, and(count, -4), 4);
    if (hasTail) this.#scope.push(...(rest.kind === "constant" ? tail : [when(rest, tail)]));
    if (!merge || carried.length === 0) return;
    const chains = [0, 1, 2, 3].map((lane) =>
      first.map((value) => single(value.type, extract(value.type, (value as Value & { uniform: false }).parts, lane))),
    );
    mergeChains(carried, merge, chains, this.#values);
  }

  #tail(count: Code): Tail {
    const lanes = [0, 1, 2, 3].map((lane): Index => {
      const number: Index = { id: `lane:${lane}`, extent: null };
      const last = sub(count, i32(1));
      const counted =
        count.kind === "constant"
          ? i32(Math.min(lane, count.value - 1))
          : lane === 0
            ? i32(0)
            : plain("select", i32(lane), last, plain("i32.gt_s", count, i32(lane)));
      this.#scope.bindIndex(number, this.#hold(counted, "lane"));
      return number;
    });
    return { count, lanes };
  }
}

const and = (count: Code, mask: number): Code =>
  count.kind === "constant" ? i32(count.value & mask) : plain("i32.and", count, i32(mask));

/** All ones in the lanes that count. */
function countedMask({ count }: Tail): Parts {
  if (count.kind === "constant") {
    const [a, b, c] = [0, 1, 2].map((lane) => (lane < count.value ? -1 : 0)) as [number, number, number];
    return [words(a, b, c, 0)];
  }
  return [plain("i32x4.lt_s", words(0, 1, 2, 3), plain("i32x4.splat", count))];
}

/** The statements of a loop for its index plus `by`. */
function shiftIndex(
  index: Index,
  by: number,
  body: readonly Statement[],
  carried: readonly Carried[],
): { readonly body: readonly Statement[]; readonly carried: readonly Carried[] } {
  if (by === 0) return { body, carried };
  const shifted = addSizes(indexSize(index), sizeOf(by));
  const shift = (size: Size): Size =>
    substitute(size, (factor) => (factor.kind === "index" && factor.index.id === index.id ? shifted : undefined));
  const nexts = carried.map((each): Statement => ({ kind: "let", name: each.name, value: each.next }));
  const mapped = mapStatements([...body, ...nexts], { size: shift });
  return {
    body: mapped.slice(0, body.length),
    carried: carried.map((each, position) => ({
      ...each,
      next: (mapped[body.length + position] as Statement & { kind: "let" }).value,
    })),
  };
}
