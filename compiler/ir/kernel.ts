/**
 * Kernels: small structured programs over buffers. Loops nest and follow each other at any level, and carry scalars
 * around; loads and stores stand at integer expressions; a contraction is one statement with an epilogue.
 */
import { mapOperands, operandsOf, type Scalar, type ScalarType } from "./scalar.js";
import { product, visitFactors, type Index, type Size } from "./size.js";

/** A scalar carried around a loop: `name` inside the loop, `result` after it. */
export interface Carried {
  readonly name: string;
  readonly result: string;
  readonly type: ScalarType;
  readonly initial: Scalar;
  /** Its value for the next iteration, computed at the end of the body; all carried scalars change at once. */
  readonly next: Scalar;
}

/**
 * A loop whose carried scalars run in four chains: turn i changes chain i mod 4. The first chain begins with the initial
 * values, the others with `identity`; at the end the chains a, b, c, d become merge(merge(a, c), merge(b, d)).
 */
export interface Accumulators {
  readonly identity: readonly Scalar[];
  readonly merge: (left: readonly Scalar[], right: readonly Scalar[]) => readonly Scalar[];
}

export type Statement =
  | {
      readonly kind: "loop";
      readonly index: Index;
      readonly extent: Size;
      readonly carried: readonly Carried[];
      readonly body: readonly Statement[];
      /** Absent where all turns are one chain. */
      readonly merge?: Accumulators;
    }
  /** Repeats while the condition holds, at most `limit` times. */
  | {
      readonly kind: "while";
      readonly condition: Scalar;
      readonly limit: Size;
      readonly carried: readonly Carried[];
      readonly body: readonly Statement[];
    }
  | { readonly kind: "if"; readonly condition: Scalar; readonly then: readonly Statement[] }
  /** A local that does not change. */
  | { readonly kind: "let"; readonly name: string; readonly value: Scalar }
  /** An integer that was computed or read, as an index. */
  | { readonly kind: "bind"; readonly index: Index; readonly value: Scalar }
  /** Stores, or adds to what is there; an addition to float32 is rounded as it is stored. */
  | {
      readonly kind: "store";
      readonly buffer: string;
      readonly type: ScalarType;
      readonly index: Size;
      readonly value: Scalar;
      readonly accumulate: boolean;
    }
  | Contraction;

/** One axis of a direction of a contraction: an index, and how many values it has. */
export type Axis = Index & { readonly extent: Size };

/** The number of elements along the axes. */
export const extentOf = (axes: readonly Axis[]): Size => product(axes.map(({ extent }) => extent));

/**
 * For every row and column: `value` is the sum over depth of a * b, rounded once, in ascending order of depth. Each
 * direction has one axis or several, outer ones first: its elements are numbered in row-major order.
 */
export interface Contraction {
  readonly kind: "contract";
  readonly type: "f32" | "f64";
  readonly rows: readonly Axis[];
  readonly columns: readonly Axis[];
  readonly depths: readonly Axis[];
  /** Loads that are affine in each axis: a in those of rows and depths, b in those of depths and columns. */
  readonly a: Operand;
  readonly b: Operand;
  readonly value: string;
  /** The statements for each element of the result, by row and column. */
  readonly epilogue: readonly Statement[];
  readonly tiling: Tiling;
}

/** The axes of all three directions. */
export const axesOf = ({ rows, columns, depths }: Contraction): readonly Axis[] => [...rows, ...columns, ...depths];

export interface Operand {
  readonly buffer: string;
  readonly index: Size;
}

/** How a target may cut a contraction; an epilogue that updates in place needs exact tiles and the last block. */
export interface Tiling {
  /** Whether each element of the result belongs to exactly one tile, or tiles at the edge may overlap. */
  readonly cover: "exact" | "overlapping";
  /** Whether the epilogue runs once, after the last block of depths, or after each. */
  readonly epilogue: "last" | "each";
  /**
   * How many of the innermost axes of the columns no block may cut. An epilogue that adds to elements that several columns
   * share adds in the order of the rows only if all these columns are in one block.
   */
  readonly wholeColumns: number;
}

export interface Kernel {
  /** An identifier, unique in its module. */
  readonly name: string;
  /** The lines of the graph that it computes. */
  readonly doc: readonly string[];
  readonly body: readonly Statement[];
}

/** Calls back for every statement, outer ones first, with the number of loops around it. */
export function visitStatements(
  statements: readonly Statement[],
  visit: (statement: Statement, depth: number) => void,
  depth = 0,
): void {
  for (const statement of statements) {
    visit(statement, depth);
    visitStatements(innerOf(statement), visit, depth + (statement.kind === "if" ? 0 : 1));
  }
}

/** The statements directly inside a statement. */
export function innerOf(statement: Statement): readonly Statement[] {
  switch (statement.kind) {
    case "loop":
    case "while":
      return statement.body;
    case "if":
      return statement.then;
    case "contract":
      return statement.epilogue;
    case "let":
    case "bind":
    case "store":
      return [];
  }
}

/** The scalars that stand directly in a statement. */
export function scalarsOf(statement: Statement): readonly Scalar[] {
  switch (statement.kind) {
    case "loop":
      return statement.carried.flatMap((each) => [each.initial, each.next]);
    case "while":
      return [statement.condition, ...statement.carried.flatMap((each) => [each.initial, each.next])];
    case "if":
      return [statement.condition];
    case "let":
    case "bind":
    case "store":
      return [statement.value];
    case "contract":
      return [];
  }
}

/** The sizes that stand directly in a statement, those inside its scalars left out. */
export function sizesOf(statement: Statement): readonly Size[] {
  switch (statement.kind) {
    case "loop":
      return [statement.extent];
    case "while":
      return [statement.limit];
    case "store":
      return [statement.index];
    case "contract":
      return [...axesOf(statement).map(({ extent }) => extent), statement.a.index, statement.b.index];
    case "if":
    case "let":
    case "bind":
      return [];
  }
}

/** Calls back for every scalar under a scalar, itself included, each object once. */
export function visitScalars(root: Scalar, visit: (scalar: Scalar) => void, seen = new Set<Scalar>()): void {
  if (seen.has(root)) return;
  seen.add(root);
  visit(root);
  for (const operand of operandsOf(root)) visitScalars(operand, visit, seen);
}

/** Every scalar and every size in the statements, at any depth. */
export function visitAll(
  statements: readonly Statement[],
  visit: { readonly scalar?: (scalar: Scalar) => void; readonly size?: (size: Size) => void },
): void {
  visitStatements(statements, (statement) => {
    for (const each of sizesOf(statement)) visit.size?.(each);
    for (const root of scalarsOf(statement)) {
      visitScalars(root, (scalar) => {
        visit.scalar?.(scalar);
        if (scalar.kind === "load") visit.size?.(scalar.index);
        if (scalar.kind === "index") visit.size?.(scalar.value);
      });
    }
  });
}

export interface KernelUses {
  /** Buffers in the order of their first use, and whether they are read or written. */
  readonly buffers: ReadonlyMap<string, { readonly read: boolean; readonly written: boolean }>;
  /** Named dimensions, sorted. */
  readonly dims: readonly string[];
  /** Host scalars: variables that no statement of the kernel defines. */
  readonly scalars: ReadonlyMap<string, ScalarType>;
}

/** The buffers, dimensions and host scalars that a kernel must be given. */
export function usesOf(kernel: Pick<Kernel, "body">): KernelUses {
  const buffers = new Map<string, { read: boolean; written: boolean }>();
  const dims = new Set<string>();
  const scalars = new Map<string, ScalarType>();
  const local = new Set<string>();
  const use = (buffer: string, how: "read" | "written"): void => {
    const known = buffers.get(buffer) ?? { read: false, written: false };
    buffers.set(buffer, { ...known, [how]: true });
  };
  visitStatements(kernel.body, (statement) => {
    if (statement.kind === "contract") {
      use(statement.a.buffer, "read");
      use(statement.b.buffer, "read");
      local.add(statement.value);
    }
    if (statement.kind === "let") local.add(statement.name);
    if (statement.kind === "loop" || statement.kind === "while") {
      for (const each of statement.carried) local.add(each.name).add(each.result);
    }
    for (const root of scalarsOf(statement)) {
      visitScalars(root, (scalar) => {
        if (scalar.kind === "load") use(scalar.buffer, "read");
        if (scalar.kind === "variable") scalars.set(scalar.name, scalar.type);
      });
    }
    if (statement.kind === "store") {
      use(statement.buffer, "written");
      if (statement.accumulate) use(statement.buffer, "read");
    }
  });
  visitAll(kernel.body, {
    size: (each) =>
      visitFactors(each, (factor) => {
        if (factor.kind === "dimension") dims.add(factor.name);
      }),
  });
  for (const name of local) scalars.delete(name);
  return { buffers, dims: [...dims].sort(), scalars };
}

/** The statements with every size rewritten, those inside scalars too. Shared scalars stay shared. */
export function mapStatements(
  statements: readonly Statement[],
  map: {
    readonly size: (size: Size) => Size;
    /** Called for every scalar that became another. */
    readonly replaced?: (before: Scalar, after: Scalar) => void;
  },
): readonly Statement[] {
  const done = new Map<Scalar, Scalar>();
  const scalar = (each: Scalar): Scalar => {
    const known = done.get(each);
    if (known) return known;
    let made = mapOperands(each, scalar);
    if (made.kind === "load") {
      const index = map.size(made.index);
      if (index !== made.index) made = { ...made, index };
    } else if (made.kind === "index") {
      const value = map.size(made.value);
      if (value !== made.value) made = { ...made, value };
    }
    if (made !== each) map.replaced?.(each, made);
    done.set(each, made);
    return made;
  };
  const carried = (each: Carried): Carried => ({ ...each, initial: scalar(each.initial), next: scalar(each.next) });
  const axis = (each: Axis): Axis => ({ ...each, extent: map.size(each.extent) });
  const all = (list: readonly Statement[]): readonly Statement[] => list.map(one);
  const one = (statement: Statement): Statement => {
    switch (statement.kind) {
      case "loop":
        return {
          ...statement,
          extent: map.size(statement.extent),
          carried: statement.carried.map(carried),
          body: all(statement.body),
        };
      case "while":
        return {
          ...statement,
          condition: scalar(statement.condition),
          limit: map.size(statement.limit),
          carried: statement.carried.map(carried),
          body: all(statement.body),
        };
      case "if":
        return { ...statement, condition: scalar(statement.condition), then: all(statement.then) };
      case "let":
      case "bind":
        return { ...statement, value: scalar(statement.value) };
      case "store":
        return { ...statement, index: map.size(statement.index), value: scalar(statement.value) };
      case "contract":
        return {
          ...statement,
          rows: statement.rows.map(axis),
          columns: statement.columns.map(axis),
          depths: statement.depths.map(axis),
          a: { ...statement.a, index: map.size(statement.a.index) },
          b: { ...statement.b, index: map.size(statement.b.index) },
          epilogue: all(statement.epilogue),
        };
    }
  };
  return all(statements);
}
