/** Leaves out dead locals: those that are never read, except to compute their own next values. */
import { codesOf, partsOf, visitCode, type Code, type FunctionCode, type Local } from "./code.js";

/** Locals that are read for something other than their own next value. */
function readLocals(made: FunctionCode): ReadonlySet<Local> {
  const read = new Set<Local>();
  const visit = (code: Code, own: Local | null): void => {
    if (code.kind === "get" && code.local !== own) read.add(code.local);
    for (const part of partsOf(code)) visit(part, code.kind === "set" ? code.local : own);
  };
  for (const code of codesOf(made)) visit(code, null);
  return read;
}

/** Whether evaluating a tree has an effect beside its value. */
function hasEffect(code: Code): boolean {
  let found = false;
  visitCode([code], (each) => {
    found ||=
      each.kind === "call" || each.kind === "receive" || (each.kind === "memory" && each.name.includes("store"));
  });
  return found;
}

function withoutDead(codes: readonly Code[], read: ReadonlySet<Local>): readonly Code[] {
  return codes.flatMap((code): readonly Code[] => {
    switch (code.kind) {
      case "set":
        return read.has(code.local) || hasEffect(code.value) ? [code] : [];
      case "loop":
        return [{ ...code, body: withoutDead(code.body, read) }];
      case "if": {
        const [then, otherwise] = [withoutDead(code.then, read), withoutDead(code.otherwise, read)];
        if (then.length === 0 && otherwise.length === 0 && !hasEffect(code.condition)) return [];
        return [{ ...code, then, otherwise }];
      }
      default:
        return [code];
    }
  });
}

/** The function without dead locals, and without the code that only they needed. */
export function prune(made: FunctionCode): FunctionCode {
  let current = made;
  for (;;) {
    const read = readLocals(current);
    let dead = false;
    visitCode(current.body, (code) => {
      dead ||= code.kind === "set" && !read.has(code.local) && !hasEffect(code.value);
    });
    if (!dead) return current;
    current = { ...current, body: withoutDead(current.body, read) };
  }
}
