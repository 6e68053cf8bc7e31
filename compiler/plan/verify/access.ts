/** Every load and store of a kernel, in the order in which they are executed, with the loops and conditions around. */
import type { Axis, Carried, Contraction, Kernel, Statement } from "../../ir/kernel.js";
import { operandsOf, type Scalar } from "../../ir/scalar.js";
import { indicesOf, splitAffine, type Index, type Size } from "../../ir/size.js";

export interface Loop {
  readonly index: Index;
  readonly extent: Size;
}

/** Where something stands in a kernel. */
export interface Site {
  readonly loops: readonly Loop[];
  /** The conditions under which it is reached, and the values that they must have. */
  readonly guards: readonly { readonly condition: Scalar; readonly holds: boolean }[];
  /** The contraction in whose epilogue it stands. */
  readonly contraction: Contraction | null;
  /** The number of its statement, in the order of execution. */
  readonly order: number;
  /** Whether it stands in a `while` loop, which runs an unknown number of times. */
  readonly repeated: boolean;
}

export interface Access extends Site {
  /** `operand`: read by a contraction, from its beginning to its end. `add`: a store that adds to what is there. */
  readonly kind: "load" | "operand" | "store" | "add";
  readonly buffer: string;
  readonly index: Size;
  /** Of a store. */
  readonly value?: Scalar;
}

/** An integer that is used as an index: it must lie in [0, extent). */
export interface Bound extends Site {
  readonly index: Index;
  readonly value: Scalar;
}

export interface Accesses {
  readonly accesses: readonly Access[];
  readonly bounds: readonly Bound[];
  readonly contractions: readonly Contraction[];
  /** Locals by name. */
  readonly locals: ReadonlyMap<string, Scalar>;
  readonly faults: readonly string[];
}

/** Every scalar under a scalar, operands first, each once; without recursion, because sums can be long. */
export function operandsFirst(root: Scalar, done: Set<Scalar>, visit: (scalar: Scalar) => void): void {
  const stack = [root];
  while (stack.length > 0) {
    const top = stack[stack.length - 1] as Scalar;
    if (done.has(top)) {
      stack.pop();
      continue;
    }
    const missing = operandsOf(top).filter((each) => !done.has(each));
    if (missing.length > 0) {
      stack.push(...missing);
      continue;
    }
    stack.pop();
    done.add(top);
    visit(top);
  }
}

export function accessesOf(kernel: Kernel): Accesses {
  const accesses: Access[] = [];
  const bounds: Bound[] = [];
  const contractions: Contraction[] = [];
  const locals = new Map<string, Scalar>();
  const faults: string[] = [];
  const known = new Set<string>();
  let order = 0;

  /** Indices must have been defined before they are used: the loops around, or a `bind`. */
  const checkIndices = (size: Size, site: Site): void => {
    for (const index of indicesOf(size)) {
      if (known.has(index.id) || site.loops.some((loop) => loop.index.id === index.id)) continue;
      faults.push(`the index ${size.key} uses '${index.id}', which is not defined there`);
      known.add(index.id);
    }
  };

  const read = (root: Scalar, site: Site): void => {
    // A load in one branch of a select counts only if the condition chooses that branch; a shared one is read in any
    // case.
    const pending: (readonly [Scalar, Site["guards"]])[] = [[root, site.guards]];
    const seen = new Map<Scalar, number>();
    for (let next = pending.pop(); next; next = pending.pop()) {
      const [scalar, guards] = next;
      const before = seen.get(scalar);
      if (before !== undefined && before <= guards.length) continue;
      seen.set(scalar, guards.length);
      if (scalar.kind === "load") {
        checkIndices(scalar.index, site);
        accesses.push({ ...site, guards, kind: "load", buffer: scalar.buffer, index: scalar.index });
      }
      if (scalar.kind === "index") checkIndices(scalar.value, site);
      if (scalar.kind === "select") {
        const { condition, x, y } = scalar;
        pending.push([condition, guards]);
        pending.push([x, [...guards, { condition, holds: true }]], [y, [...guards, { condition, holds: false }]]);
        continue;
      }
      for (const operand of operandsOf(scalar)) pending.push([operand, guards]);
    }
  };

  const initial = (carried: readonly Carried[], site: Site): void =>
    carried.forEach((each) => read(each.initial, site));
  const next = (carried: readonly Carried[], site: Site): void => {
    const after = { ...site, order: ++order };
    carried.forEach((each) => read(each.next, after));
  };

  const walk = (statements: readonly Statement[], around: Site): void => {
    for (const statement of statements) {
      const site = { ...around, order: ++order };
      switch (statement.kind) {
        case "loop": {
          initial(statement.carried, site);
          checkIndices(statement.extent, site);
          const inside = { ...site, loops: [...site.loops, statement] };
          walk(statement.body, inside);
          next(statement.carried, inside);
          break;
        }
        case "while": {
          initial(statement.carried, site);
          read(statement.condition, site);
          const inside = {
            ...site,
            guards: [...site.guards, { condition: statement.condition, holds: true }],
            repeated: true,
          };
          walk(statement.body, inside);
          next(statement.carried, inside);
          break;
        }
        case "if":
          read(statement.condition, site);
          walk(statement.then, { ...site, guards: [...site.guards, { condition: statement.condition, holds: true }] });
          break;
        case "let":
          read(statement.value, site);
          locals.set(statement.name, statement.value);
          break;
        case "bind":
          read(statement.value, site);
          bounds.push({ ...site, index: statement.index, value: statement.value });
          known.add(statement.index.id);
          break;
        case "store":
          read(statement.value, site);
          checkIndices(statement.index, site);
          accesses.push({
            ...site,
            kind: statement.accumulate ? "add" : "store",
            buffer: statement.buffer,
            index: statement.index,
            value: statement.value,
          });
          break;
        case "contract": {
          const { rows, columns, depths, a, b } = statement;
          contractions.push(statement);
          const loopOf = (index: Axis): Loop => ({ index, extent: index.extent });
          const tile = [...site.loops, ...[...rows, ...columns].map(loopOf)];
          for (const [{ buffer, index }, lines] of [
            [a, rows],
            [b, columns],
          ] as const) {
            const own = [...lines, ...depths];
            const block = { ...site, loops: [...site.loops, ...own.map(loopOf)] };
            checkIndices(index, block);
            const uneven = own.find((axis) => !splitAffine(index, axis));
            if (uneven) faults.push(`a product's operand at ${index.key} lies in uneven steps along '${uneven.id}'`);
            accesses.push({ ...block, kind: "operand", buffer, index });
          }
          walk(statement.epilogue, { ...site, loops: tile, contraction: statement });
          break;
        }
      }
    }
  };
  walk(kernel.body, { loops: [], guards: [], contraction: null, order: 0, repeated: false });
  return { accesses, bounds, contractions, locals, faults };
}
