/**
 * Names scalars that are used more than once, and moves scalars that do not change in a loop out of it. Lowering makes
 * scalars that share parts; here each shared part becomes a local, in the outermost loop where all that it depends on
 * is defined.
 */
import { axesOf, innerOf, scalarsOf, sizesOf, visitStatements, type Carried, type Statement } from "../../ir/kernel.js";
import { mapOperands, operandsOf, variable, type Scalar } from "../../ir/scalar.js";
import { indicesOf, type Index, type Size } from "../../ir/size.js";

/** An index whose value lowering found in memory: it must be bound before it is used. */
export type Bindings = ReadonlyMap<string, { readonly index: Index; readonly value: Scalar }>;

interface Context {
  readonly bindings: Bindings;
  /** How many loops stand around the definition of each loop index and local. */
  readonly levels: Map<string, number>;
  readonly uses: ReadonlyMap<Scalar, number>;
  readonly replaced: Map<Scalar, Scalar>;
  readonly bound: Set<string>;
  readonly memo: Map<Scalar, number>;
  /**
   * For each level, the scalars whose definitions exist, for uses at that level and for uses further in. Each scalar is
   * visited once: walking a scalar with shared parts as a tree takes exponential time.
   */
  readonly defined: Map<number, { readonly here: Set<Scalar>; readonly inside: Set<Scalar> }>;
  /** Buffers that several statements write: loads from them are not moved. */
  readonly changing: ReadonlySet<string>;
  readonly nameOf: (scalar: Scalar) => string;
}

/** Whether a scalar is too cheap to name; its conversion from float32 to double is then too cheap as well. */
function isTrivial(scalar: Scalar): boolean {
  if (scalar.kind === "convert") return scalar.type === "f64" && scalar.x.type === "f32" && isTrivial(scalar.x);
  return scalar.kind === "constant" || scalar.kind === "variable" || scalar.kind === "index";
}

function sizeLevel(size: Size, context: Context): number {
  let level = 0;
  for (const index of indicesOf(size)) {
    const binding = context.bindings.get(index.id);
    const own = binding ? levelOf(binding.value, context) : (context.levels.get(index.id) ?? 0);
    level = Math.max(level, own);
  }
  return level;
}

/** The number of loops that must stand around a scalar. */
function levelOf(scalar: Scalar, context: Context): number {
  const known = context.memo.get(scalar);
  if (known !== undefined) return known;
  let level = 0;
  if (scalar.kind === "variable") level = context.levels.get(scalar.name) ?? 0;
  if (scalar.kind === "load") level = context.changing.has(scalar.buffer) ? Infinity : sizeLevel(scalar.index, context);
  if (scalar.kind === "index") level = sizeLevel(scalar.value, context);
  for (const operand of operandsOf(scalar)) level = Math.max(level, levelOf(operand, context));
  context.memo.set(scalar, level);
  return level;
}

function countUses(statements: readonly Statement[], bindings: Bindings): Map<Scalar, number> {
  const uses = new Map<Scalar, number>();
  const bound = new Set<string>();
  const count = (scalar: Scalar): void => {
    const before = uses.get(scalar) ?? 0;
    uses.set(scalar, before + 1);
    if (before > 0) return;
    if (scalar.kind === "load") countSize(scalar.index);
    if (scalar.kind === "index") countSize(scalar.value);
    operandsOf(scalar).forEach(count);
  };
  const countSize = (size: Size): void => {
    for (const index of indicesOf(size)) {
      const binding = bindings.get(index.id);
      if (!binding || bound.has(index.id)) continue;
      bound.add(index.id);
      count(binding.value);
    }
  };
  const walk = (list: readonly Statement[]): void => {
    for (const statement of list) {
      sizesOf(statement).forEach(countSize);
      scalarsOf(statement).forEach(count);
      walk(innerOf(statement));
    }
  };
  walk(statements);
  return uses;
}

/** Emits the definitions of level `level` that a scalar at level `at` needs, innermost operands first. */
function define(scalar: Scalar, level: number, at: number, context: Context, out: Statement[]): void {
  if (context.replaced.has(scalar)) return;
  // The definitions that a scalar needs depend on the level and the depth of the use alone: a second visit has nothing
  // left to define.
  const done = definedAt(level, at, context);
  if (done.has(scalar)) return;
  done.add(scalar);
  const shared = (context.uses.get(scalar) ?? 0) > 1;
  const own = !isTrivial(scalar) && levelOf(scalar, context) === level && (shared || at !== level);
  // The parts of a scalar that is named here are used here, however deep the scalar itself is used.
  const partsAt = own ? level : at;
  if (scalar.kind === "load") defineSize(scalar.index, level, partsAt, context, out);
  if (scalar.kind === "index") defineSize(scalar.value, level, partsAt, context, out);
  for (const operand of operandsOf(scalar)) define(operand, level, partsAt, context, out);
  if (!own) return;
  const name = context.nameOf(scalar);
  out.push({ kind: "let", name, value: rewrite(scalar, context) });
  context.levels.set(name, level);
  context.replaced.set(scalar, variable(name, scalar.type));
}

function definedAt(level: number, at: number, { defined }: Context): Set<Scalar> {
  let known = defined.get(level);
  if (!known) defined.set(level, (known = { here: new Set(), inside: new Set() }));
  return at === level ? known.here : known.inside;
}

function defineSize(size: Size, level: number, at: number, context: Context, out: Statement[]): void {
  for (const index of indicesOf(size)) {
    const binding = context.bindings.get(index.id);
    if (!binding || context.bound.has(index.id)) continue;
    define(binding.value, level, at, context, out);
    if (levelOf(binding.value, context) !== level) continue;
    out.push({ kind: "bind", index, value: rewrite(binding.value, context) });
    context.bound.add(index.id);
  }
}

function rewrite(root: Scalar, context: Context): Scalar {
  const done = new Map<Scalar, Scalar>();
  const visit = (scalar: Scalar): Scalar => {
    const known = context.replaced.get(scalar) ?? done.get(scalar);
    if (known) return known;
    const made = mapOperands(scalar, visit);
    done.set(scalar, made);
    return made;
  };
  return visit(root);
}

/** All definitions of a level that a statement needs, at any depth. */
function prepare(statement: Statement, level: number, at: number, context: Context, out: Statement[]): void {
  const inside = at + (statement.kind === "if" ? 0 : 1);
  const loops = statement.kind === "loop" || statement.kind === "while";
  for (const size of sizesOf(statement)) defineSize(size, level, at, context, out);
  for (const [position, root] of scalarsOf(statement).entries()) {
    // The initial value of a carried scalar is computed outside the loop, the next value inside.
    const isNext = loops && (statement.kind === "while" ? position === 0 || position % 2 === 0 : position % 2 === 1);
    define(root, level, isNext ? inside : at, context, out);
  }
  for (const inner of innerOf(statement)) prepare(inner, level, inside, context, out);
}

function declare(statement: Statement, level: number, context: Context): void {
  const inside = level + 1;
  if (statement.kind === "loop") context.levels.set(statement.index.id, inside);
  if (statement.kind === "loop" || statement.kind === "while") {
    for (const each of statement.carried) context.levels.set(each.name, inside).set(each.result, level);
  }
  if (statement.kind === "contract") {
    for (const index of axesOf(statement)) context.levels.set(index.id, inside);
    context.levels.set(statement.value, inside);
  }
  if (statement.kind === "let") context.levels.set(statement.name, level);
  if (statement.kind === "bind") context.levels.set(statement.index.id, level);
  for (const inner of innerOf(statement)) declare(inner, statement.kind === "if" ? level : inside, context);
}

function bindList(statements: readonly Statement[], level: number, context: Context): Statement[] {
  const out: Statement[] = [];
  for (const statement of statements) {
    if (statement.kind === "let" && bindLet(statement, level, context, out)) continue;
    prepare(statement, level, level, context, out);
    out.push(bindOne(statement, level, context));
  }
  return out;
}

/** A local that lowering named: if its value is shared, it gets that name. */
function bindLet(statement: Statement & { kind: "let" }, level: number, context: Context, out: Statement[]): boolean {
  const { name, value } = statement;
  if (isTrivial(value) || context.replaced.has(value) || levelOf(value, context) !== level) return false;
  if (value.kind === "load") defineSize(value.index, level, level, context, out);
  for (const operand of operandsOf(value)) define(operand, level, level, context, out);
  out.push({ ...statement, value: rewrite(value, context) });
  context.replaced.set(value, variable(name, value.type));
  return true;
}

function bindOne(statement: Statement, level: number, context: Context): Statement {
  const to = (scalar: Scalar): Scalar => rewrite(scalar, context);
  switch (statement.kind) {
    case "loop": {
      const body = bindList(statement.body, level + 1, context);
      const carried = bindCarried(statement.carried, body, level + 1, context);
      return { ...statement, body, carried };
    }
    case "while": {
      const body = bindList(statement.body, level + 1, context);
      const carried = bindCarried(statement.carried, body, level + 1, context);
      return { ...statement, condition: to(statement.condition), body, carried };
    }
    case "if":
      return { ...statement, condition: to(statement.condition), then: bindList(statement.then, level, context) };
    case "contract":
      return { ...statement, epilogue: bindList(statement.epilogue, level + 1, context) };
    case "let":
    case "bind":
    case "store":
      return { ...statement, value: to(statement.value) };
  }
}

function bindCarried(carried: readonly Carried[], body: Statement[], level: number, context: Context): Carried[] {
  for (const each of carried) define(each.next, level, level, context, body);
  return carried.map((each) => ({
    ...each,
    initial: rewrite(each.initial, context),
    next: rewrite(each.next, context),
  }));
}

function changingBuffers(statements: readonly Statement[]): Set<string> {
  const [once, often] = [new Set<string>(), new Set<string>()];
  visitStatements(statements, (statement) => {
    if (statement.kind === "store") (once.has(statement.buffer) ? often : once).add(statement.buffer);
  });
  return often;
}

/** The statements with shared and invariant scalars named; `nameOf` gives a fresh name for a scalar. */
export function shareAndHoist(
  statements: readonly Statement[],
  bindings: Bindings,
  nameOf: (scalar: Scalar) => string,
): readonly Statement[] {
  const context: Context = {
    bindings,
    nameOf,
    levels: new Map(),
    uses: countUses(statements, bindings),
    replaced: new Map(),
    bound: new Set(),
    memo: new Map(),
    defined: new Map(),
    changing: changingBuffers(statements),
  };
  for (const statement of statements) declare(statement, 0, context);
  return bindList(statements, 0, context);
}
