/**
 * Finds, for each buffer that a kernel writes, the buffers from which it is computed. A missing contribution shows
 * here.
 */
import type { Carried, Kernel, Statement } from "../../ir/kernel.js";
import type { Scalar } from "../../ir/scalar.js";
import { operandsOf } from "../../ir/scalar.js";
import { indicesOf, type Size } from "../../ir/size.js";
import { operandsFirst } from "./access.js";

type Flow = ReadonlySet<string>;
const nothing: Flow = new Set();

/** The union; the same set where one holds the other. */
function union(a: Flow, b: Flow): Flow {
  if (b.size > a.size) return union(b, a);
  let all: Set<string> | null = null;
  for (const each of b) if (!a.has(each)) (all ??= new Set(a)).add(each);
  return all ?? a;
}

/**
 * For each written buffer, the buffers from which its last contents were computed. The buffer itself is among them only
 * if its contents before the kernel matter: a load of the kernel's own result reads the values that it has stored.
 */
export function flowOf(kernel: Kernel, isOwn: (buffer: string) => boolean = () => false): ReadonlyMap<string, Flow> {
  const written = new Map<string, Flow>();
  const locals = new Map<string, Flow>();
  const indices = new Map<string, Flow>();

  const ofSize = (size: Size): Flow =>
    indicesOf(size).reduce<Flow>((flow, index) => union(flow, indices.get(index.id) ?? nothing), nothing);

  const ofScalar = (root: Scalar): Flow => {
    const flows = new Map<Scalar, Flow>();
    operandsFirst(root, new Set(), (scalar) => {
      let flow = operandsOf(scalar).reduce<Flow>((sum, each) => union(sum, flows.get(each) ?? nothing), nothing);
      if (scalar.kind === "variable") flow = locals.get(scalar.name) ?? nothing;
      if (scalar.kind === "index") flow = ofSize(scalar.value);
      if (scalar.kind === "load") {
        const stored = isOwn(scalar.buffer) ? written.get(scalar.buffer) : undefined;
        flow = union(stored ?? new Set([scalar.buffer]), ofSize(scalar.index));
      }
      flows.set(scalar, flow);
    });
    return flows.get(root) as Flow;
  };

  /** Repeats the body until the dependencies of the carried scalars no longer grow. */
  const repeat = (
    carried: readonly Carried[],
    condition: Scalar | null,
    control: Flow,
    body: readonly Statement[],
  ): void => {
    for (const each of carried) locals.set(each.name, ofScalar(each.initial));
    for (let grown = true; grown;) {
      const inside = condition ? union(control, ofScalar(condition)) : control;
      walk(body, inside);
      grown = false;
      const next = carried.map((each) => union(inside, ofScalar(each.next)));
      for (const [position, each] of carried.entries()) {
        const before = locals.get(each.name) as Flow;
        const after = union(before, next[position] as Flow);
        grown ||= after.size > before.size;
        locals.set(each.name, after);
      }
    }
    for (const each of carried) locals.set(each.result, locals.get(each.name) as Flow);
  };

  const walk = (statements: readonly Statement[], control: Flow): void => {
    for (const statement of statements) {
      switch (statement.kind) {
        case "loop":
          repeat(statement.carried, null, control, statement.body);
          break;
        case "while":
          repeat(statement.carried, statement.condition, control, statement.body);
          break;
        case "if":
          walk(statement.then, union(control, ofScalar(statement.condition)));
          break;
        case "let":
          locals.set(statement.name, union(control, ofScalar(statement.value)));
          break;
        case "bind":
          indices.set(statement.index.id, union(control, ofScalar(statement.value)));
          break;
        case "store": {
          const own = union(union(control, ofSize(statement.index)), ofScalar(statement.value));
          const before = written.get(statement.buffer) ?? new Set([statement.buffer]);
          const adds = statement.accumulate || (isOwn(statement.buffer) && written.has(statement.buffer));
          written.set(statement.buffer, adds ? union(own, before) : own);
          break;
        }
        case "contract": {
          const { a, b } = statement;
          const operands = [a, b].map(({ buffer, index }) => union(new Set([buffer]), ofSize(index)));
          locals.set(statement.value, operands.reduce(union, control));
          walk(statement.epilogue, control);
          break;
        }
      }
    }
  };
  walk(kernel.body, nothing);
  return written;
}
