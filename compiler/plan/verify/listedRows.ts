/**
 * Checks writes to the rows that a list names. The list may name some rows twice and others never; each listed row must
 * be written exactly once. For this, a table holds the last position of each row, and the update acts only at the
 * position that the table has for the row. As each row has one place in the table, the update acts at most once for it,
 * whatever the table holds; as the table has the last position of every listed row, it acts for each of them.
 */
import type { Scalar } from "../../ir/scalar.js";
import {
  constantOf,
  equal,
  evaluate,
  indexSize,
  indicesOf,
  mul,
  size,
  splitAffine,
  sub,
  type Size,
} from "../../ir/size.js";
import type { Access, Accesses, Bound } from "./access.js";
import { coversExactly, digitsOf, type ExtentOf, type Sizes } from "./range.js";
import type { Listed, MemoryPlace } from "./schedule.js";

export interface AccessContext {
  readonly found: Accesses;
  readonly sizes: Sizes;
  readonly extentOf: ExtentOf;
  readonly places: ReadonlyMap<string, MemoryPlace>;
}

/** The fault of a store to listed rows, or null. */
export function listedFault(store: Access, place: MemoryPlace, listed: Listed, given: AccessContext): string | null {
  const say = (fault: string): string => `writes rows of ${place.label} ${fault}`;
  const computed = given.found.bounds.filter(({ index }) => indicesOf(store.index).some(({ id }) => id === index.id));
  const [row] = computed;
  if (!row || computed.length > 1 || store.repeated) return say("that are not those of a list");
  const split = splitAffine(store.index, row.index);
  const stride = split && constantOf(split.coefficient);
  if (!split || stride !== place.strides[0]) return say("at other places than where they begin");
  const within = coversRow(split.rest, place, given);
  if (!within) return say(`of which it does not write each element once (at ${store.index.key})`);
  const position = listed.update ? guardOf(store, row, listed.update.places, given) : positionOf(store.value, given);
  if (position === null) {
    return listed.update ? say("again where the list names them again") : say("with something else than positions");
  }
  if (!listed.update && store.guards.length > 0) return say("only under a condition");
  if (!isWholeList(position, store, place, listed.count, given))
    return say("of which the list is not gone through whole");
  return listed.update && gradientFault(position, split.rest, listed.update.gradient, given);
}

/** Whether the rest of an index covers one row exactly once. */
function coversRow(rest: Size, place: MemoryPlace, { sizes, extentOf }: AccessContext): boolean {
  const digits = digitsOf(rest, sizes, extentOf);
  const shape = place.shape.slice(1).map((each) => evaluate(each, (name) => sizes[name]));
  return digits !== null && digits.exact && coversExactly(digits, shape, place.strides.slice(1));
}

function resolved(scalar: Scalar | undefined, { found }: AccessContext): Scalar | undefined {
  const local = scalar?.kind === "variable" ? found.locals.get(scalar.name) : undefined;
  return local ? resolved(local, { found } as AccessContext) : scalar;
}

function positionOf(scalar: Scalar | undefined, given: AccessContext): Size | null {
  const value = resolved(scalar, given);
  return value?.kind === "index" ? value.value : null;
}

/** The position that the table must have for the row, where that is the store's only condition. */
function guardOf(store: Access, row: Bound, table: string, given: AccessContext): Size | null {
  const [guard] = store.guards;
  const condition = resolved(guard?.condition, given);
  if (store.guards.length !== 1 || guard?.holds !== true) return null;
  if (condition?.kind !== "binary" || condition.operator !== "eq") return null;
  const last = resolved(condition.x, given);
  const isLast = last?.kind === "load" && last.buffer === table && equal(last.index, indexSize(row.index));
  return isLast ? positionOf(condition.y, given) : null;
}

/**
 * Whether the position takes each value below the length of the list once, for each element of a row. If the list
 * repeats one number, that number is read before the loop over positions.
 */
function isWholeList(
  position: Size,
  store: Access,
  place: MemoryPlace,
  count: Size,
  { sizes, extentOf }: AccessContext,
): boolean {
  const at = (each: Size): number => evaluate(each, (name) => sizes[name]);
  const digits = digitsOf(position, sizes, extentOf);
  const length = at(count);
  const elements = place.shape.slice(1).reduce((product, each) => product * at(each), 1);
  const around = store.loops.reduce((product, { index }) => product * (extentOf(index.id) ?? NaN), 1);
  return digits !== null && digits.exact && around === length * elements && coversExactly(digits, [length], [1]);
}

/** The sum of a row's gradients must be read at the row's last position. */
function gradientFault(position: Size, rest: Size, gradient: string, { found, places }: AccessContext): string | null {
  const place = places.get(gradient);
  if (!place) return null;
  const start = mul(position, size(place.strides[0] as number));
  const other = found.accesses.find((each) => each.buffer === gradient && !equal(sub(each.index, rest), start));
  return other
    ? `reads ${place.label}[${other.index.key}], which need not be the gradient of the row that it updates`
    : null;
}
