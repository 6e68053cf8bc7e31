/**
 * Decides which loops run four lanes at once: whether it is legal, and whether the expected cost is lower.
 *
 * Lanes are consecutive values of the loop's index. They may run side by side if no turn reads an element that another
 * writes, if no element is written by two turns, and if carried scalars are in chains that are merged (`merge`): the
 * lanes are then the chains.
 */
import { operandsOf, type Scalar, type ScalarType } from "../../ir/scalar.js";
import { axesOf, extentOf, visitScalars, type Statement } from "../../ir/kernel.js";
import { constantOf, indicesOf, splitAffine, type Index, type Size } from "../../ir/size.js";
import { strideOf } from "./access.js";

export type Loop = Statement & { readonly kind: "loop" };

type CapacityOf = (size: Size) => number;

/** All accesses of a loop, with the inner loops around each. */
interface Accesses {
  readonly loads: (Scalar & { readonly kind: "load" })[];
  readonly stores: { readonly store: Statement & { readonly kind: "store" }; readonly inside: readonly Loop[] }[];
}

function accessesOf(body: readonly Statement[], carried: readonly Scalar[]): Accesses {
  const found: Accesses = { loads: [], stores: [] };
  const seen = new Set<Scalar>();
  const scalar = (root: Scalar): void =>
    visitScalars(
      root,
      (each) => {
        if (each.kind === "load") found.loads.push(each);
      },
      seen,
    );
  const walk = (statements: readonly Statement[], inside: readonly Loop[]): void => {
    for (const statement of statements) {
      if (statement.kind === "let" || statement.kind === "bind" || statement.kind === "store") scalar(statement.value);
      if (statement.kind === "store") found.stores.push({ store: statement, inside });
      if (statement.kind === "if") {
        scalar(statement.condition);
        walk(statement.then, inside);
      }
      if (statement.kind === "loop") {
        for (const each of statement.carried) [each.initial, each.next].forEach(scalar);
        walk(statement.body, [...inside, statement]);
      }
    }
  };
  walk(body, []);
  carried.forEach(scalar);
  return found;
}

/** The names whose values differ between the lanes of a loop: locals by name, and indices by id. */
function lanedNames(loop: Loop): { readonly names: ReadonlySet<string>; readonly indices: ReadonlySet<string> } {
  const names = new Set<string>();
  const indices = new Set<string>([loop.index.id]);
  const memo = new Map<Scalar, boolean>();
  const ofSize = (size: Size): boolean => indicesOf(size).some(({ id }) => indices.has(id));
  const isLaned = (scalar: Scalar): boolean => {
    const known = memo.get(scalar);
    if (known !== undefined) return known;
    const own =
      (scalar.kind === "variable" && names.has(scalar.name)) ||
      (scalar.kind === "load" && ofSize(scalar.index)) ||
      (scalar.kind === "index" && ofSize(scalar.value));
    const result = own || operandsOf(scalar).some(isLaned);
    memo.set(scalar, result);
    return result;
  };
  const walk = (statements: readonly Statement[]): void => {
    for (const statement of statements) {
      if (statement.kind === "let" && isLaned(statement.value)) names.add(statement.name);
      if (statement.kind === "bind" && isLaned(statement.value)) indices.add(statement.index.id);
      if (statement.kind === "if") {
        if (isLaned(statement.condition)) names.add(conditional);
        walk(statement.then);
      }
      if (statement.kind === "loop") {
        if (ofSize(statement.extent)) names.add(conditional);
        for (const each of statement.carried) names.add(each.name).add(each.result);
        walk(statement.body);
      }
    }
  };
  for (const each of loop.carried) names.add(each.name);
  walk(loop.body);
  return { names, indices };
}

/** Among the names, this says that the control flow differs from lane to lane. */
const conditional = "(conditional)";

function hasOther(statements: readonly Statement[]): boolean {
  return statements.some((statement) => {
    if (statement.kind === "while" || statement.kind === "contract") return true;
    if (statement.kind === "if") return hasOther(statement.then);
    return statement.kind === "loop" && hasOther(statement.body);
  });
}

/** Whether no two turns of the loop, and of loops inside it, write the same element. */
function writesApart(index: Size, loops: readonly Loop[], capacityOf: CapacityOf): boolean {
  const steps: { by: number; extent: number }[] = [];
  for (const loop of loops) {
    const split = splitAffine(index, loop.index);
    const by = split && constantOf(split.coefficient);
    if (by === null || by === undefined) return false;
    // A loop that does not move the place writes it in each turn. Its turns keep their order, so that the last one
    // wins.
    if (by !== 0) steps.push({ by: Math.abs(by), extent: capacityOf(loop.extent) });
  }
  steps.sort((a, b) => a.by - b.by);
  let reach = 1;
  for (const { by, extent } of steps) {
    if (by < reach) return false;
    reach = by * (extent - 1) + reach;
  }
  return true;
}

/** Whether the turns of a loop may run side by side. */
export function canVectorize(loop: Loop, capacityOf: CapacityOf): boolean {
  if (hasOther(loop.body) || (loop.carried.length > 0 && !loop.merge)) return false;
  const { names, indices } = lanedNames(loop);
  if (names.has(conditional)) return false;
  const { loads, stores } = accessesOf(
    loop.body,
    loop.carried.map((each) => each.next),
  );
  const written = new Map<string, string>();
  const isBound = (index: Index): boolean => indices.has(index.id) && index.id !== loop.index.id;
  for (const { store, inside } of stores) {
    const stride = strideOf(store.index, loop.index, isBound);
    if (!stride || stride.terms.length === 0) return false;
    if (!writesApart(store.index, [loop, ...inside], capacityOf)) return false;
    const before = written.get(store.buffer);
    if (before !== undefined && before !== store.index.key) return false;
    written.set(store.buffer, store.index.key);
  }
  return loads.every(({ buffer, index }) => {
    const key = written.get(buffer);
    return key === undefined || key === index.key;
  });
}

/** Whether a turn of the loop may be repeated: it carries no scalars, and reads no element that it writes. */
export function isRepeatable(body: readonly Statement[], carried: readonly unknown[]): boolean {
  if (carried.length > 0) return false;
  const { loads, stores } = accessesOf(body, []);
  const written = new Set(stores.map(({ store }) => store.buffer));
  return !stores.some(({ store }) => store.accumulate) && !loads.some(({ buffer }) => written.has(buffer));
}

/** The cost of one access, in instructions: lanes that lie apart are loaded one by one. */
function accessCost(index: Size, type: ScalarType, loop: Loop | null, isBound: (index: Index) => boolean): number {
  const wide = type === "f64" ? 2 : 1;
  if (!loop) return 1;
  const stride = strideOf(index, loop.index, isBound);
  const apart = stride === null ? null : constantOf(stride);
  return apart === 0 ? 1 : apart === 1 ? wide : stride ? 5 : 16;
}

/** Decides for the loops of a kernel; `capacityOf` gives their lengths. */
export class Planner {
  readonly #capacityOf: CapacityOf;
  readonly #legal = new Map<Loop, boolean>();

  constructor(capacityOf: CapacityOf) {
    this.#capacityOf = capacityOf;
  }

  /** Whether a loop that stands in no vectorized one should be. */
  shouldVectorize(loop: Loop): boolean {
    return this.#isLegal(loop) && this.#vectorCost(loop) <= this.#scalarCost(loop);
  }

  #isLegal(loop: Loop): boolean {
    let legal = this.#legal.get(loop);
    if (legal === undefined) this.#legal.set(loop, (legal = canVectorize(loop, this.#capacityOf)));
    return legal;
  }

  #vectorCost(loop: Loop): number {
    const { indices } = lanedNames(loop);
    const isBound = (index: Index): boolean => indices.has(index.id) && index.id !== loop.index.id;
    const scalars = loop.carried.map((each) => each.next);
    const turn = this.#cost(loop.body, loop, isBound) + this.#scalars(scalars, loop, isBound);
    return Math.ceil(this.#capacityOf(loop.extent) / 4) * (turn + 2) + 8;
  }

  #scalarCost(loop: Loop): number {
    const none = (): boolean => false;
    const scalars = loop.carried.map((each) => each.next);
    const turn = this.#cost(loop.body, null, none) + this.#scalars(scalars, null, none);
    return this.#capacityOf(loop.extent) * (turn + 2);
  }

  /** The cost of statements, in lanes of a loop or one by one; inner loops then may be vectorized themselves. */
  #cost(statements: readonly Statement[], loop: Loop | null, isBound: (index: Index) => boolean): number {
    let sum = 0;
    for (const statement of statements) {
      switch (statement.kind) {
        case "loop": {
          const turn = (): number =>
            this.#cost(statement.body, loop, isBound) +
            this.#scalars(
              statement.carried.map((each) => each.next),
              loop,
              isBound,
            );
          if (loop) sum += this.#capacityOf(statement.extent) * (turn() + 2) + 4;
          else
            sum += Math.min(
              this.#scalarCost(statement),
              this.#isLegal(statement) ? this.#vectorCost(statement) : Infinity,
            );
          break;
        }
        case "while":
          sum += this.#capacityOf(statement.limit) * this.#cost(statement.body, loop, isBound);
          break;
        case "if":
          sum += 1 + this.#cost(statement.then, loop, isBound);
          break;
        case "let":
        case "bind":
          sum += this.#scalars([statement.value], loop, isBound);
          break;
        case "store":
          sum +=
            this.#scalars([statement.value], loop, isBound) +
            accessCost(statement.index, statement.type, loop, isBound) * (statement.accumulate ? 2 : 1);
          break;
        case "contract":
          sum += 2 * this.#capacityOf(extentOf(axesOf(statement)));
          break;
      }
    }
    return sum;
  }

  #scalars(roots: readonly Scalar[], loop: Loop | null, isBound: (index: Index) => boolean): number {
    let sum = 0;
    const seen = new Set<Scalar>();
    for (const root of roots) {
      visitScalars(
        root,
        (scalar) => {
          if (scalar.kind === "load") sum += accessCost(scalar.index, scalar.type, loop, isBound);
          else if (scalar.kind !== "constant" && scalar.kind !== "variable") {
            const elementary =
              scalar.kind === "call" ||
              (scalar.kind === "unary" && /^(exp|log|tanh|sin|cos|erf)$/.test(scalar.operator));
            sum += (elementary ? 20 : 1) * (loop && scalar.type === "f64" ? 2 : 1);
          }
        },
        seen,
      );
    }
    return sum;
  }
}
