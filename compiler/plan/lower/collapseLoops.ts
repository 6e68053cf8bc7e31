/** Makes one loop of two nested ones if all indices depend on their loop indices only as `i * n + j`. */
import { mapStatements, visitAll, type Carried, type Statement } from "../../ir/kernel.js";
import type { Scalar } from "../../ir/scalar.js";
import { indexSize, indicesOf, mul, sub, substitute, type Index, type Size } from "../../ir/size.js";

type Replaced = (before: Scalar, after: Scalar) => void;
type Loop = Statement & { readonly kind: "loop" };

/** Whether the outer loop only passes on the inner loop's carried scalars. */
function carriesThrough(outer: Loop, inner: Loop): boolean {
  return (
    outer.carried.length === inner.carried.length &&
    outer.carried.every((each, position) => {
      const within = inner.carried[position] as Carried;
      const starts = within.initial.kind === "variable" && within.initial.name === each.name;
      return starts && each.next.kind === "variable" && each.next.name === within.result;
    })
  );
}

function collapseTwo(outer: Loop, replaced: Replaced): Loop {
  const [inner] = outer.body;
  if (outer.body.length !== 1 || inner?.kind !== "loop" || !carriesThrough(outer, inner)) return outer;
  // The chains run along the innermost axis, so that results do not depend on which loops can be joined.
  if (inner.merge) return outer;
  if (indicesOf(inner.extent).some((each) => each.id === outer.index.id)) return outer;
  const extent = mul(outer.extent, inner.extent);
  const both: Index = { id: inner.index.id, extent };
  // Put j = t - i n: if i then cancels in every index, the two loops are one.
  const column = sub(indexSize({ ...both, id: `${both.id}'` }), mul(indexSize(outer.index), inner.extent));
  const replace = (size: Size): Size =>
    substitute(size, (factor) => (factor.kind === "index" && factor.index.id === inner.index.id ? column : undefined));
  // The body and the carried scalars are rewritten together, because they share parts.
  const nexts = inner.carried.map((each): Statement => ({ kind: "let", name: each.name, value: each.next }));
  const mapped = mapStatements([...inner.body, ...nexts], { size: replace, replaced });
  const body = mapped.slice(0, inner.body.length);
  const carried = inner.carried.map((each, position) => {
    const { initial, result } = outer.carried[position] as Carried;
    const next = mapped[inner.body.length + position] as Statement & { kind: "let" };
    return { ...each, initial, result, next: next.value };
  });
  let free = true;
  const collapsed: Loop = { kind: "loop", index: { ...both, id: `${both.id}'` }, extent, carried, body };
  visitAll([collapsed], {
    size: (size) => {
      if (indicesOf(size).some((each) => each.id === outer.index.id)) free = false;
    },
  });
  return free ? collapsed : outer;
}

/** Collapses loops wherever it is possible, inner ones first; calls `replaced` for each scalar that became another. */
export function collapseLoops(statements: readonly Statement[], replaced: Replaced = () => {}): readonly Statement[] {
  const all = (list: readonly Statement[]): readonly Statement[] => list.map(one);
  const one = (statement: Statement): Statement => {
    switch (statement.kind) {
      case "loop":
        return collapseTwo({ ...statement, body: all(statement.body) }, replaced);
      case "while":
        return { ...statement, body: all(statement.body) };
      case "if":
        return { ...statement, then: all(statement.then) };
      case "contract":
        return { ...statement, epilogue: all(statement.epilogue) };
      case "let":
      case "bind":
      case "store":
        return statement;
    }
  };
  return all(statements);
}
