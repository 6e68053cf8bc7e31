/** What the host's scalars have in common is computed once, under a name. */
import { operandsOf, type Scalar } from "../ir/scalar.js";

export interface SharedParts {
  /** The parts of a scalar that stand in several places, each after those that it is made of. */
  of(root: Scalar): readonly Scalar[];
  /** The one scalar that stands for all that compute the same. */
  canonical(scalar: Scalar): Scalar;
}

/** What distinguishes a scalar from others with the same operands. */
function own(scalar: Scalar): string {
  switch (scalar.kind) {
    case "constant":
      return `${Object.is(scalar.value, -0) ? "-0" : scalar.value}`;
    case "variable":
      return scalar.name;
    case "unary":
    case "binary":
      return scalar.operator;
    case "call":
      return scalar.function.name;
    case "load":
      return `${scalar.buffer}[${scalar.index.key}]`;
    case "index":
      return scalar.value.key;
    case "select":
    case "convert":
    case "unsigned":
      return "";
  }
}

const isLeaf = (scalar: Scalar): boolean => operandsOf(scalar).length === 0;

/** The parts that several of the roots need, or one of them more than once. */
export function sharedParts(roots: readonly Scalar[]): SharedParts {
  const canonical = new Map<Scalar, Scalar>();
  const byKey = new Map<string, Scalar>();
  const ids = new Map<Scalar, number>();
  const uses = new Map<Scalar, number>();
  const use = (scalar: Scalar): void => void uses.set(scalar, (uses.get(scalar) ?? 0) + 1);

  const visit = (scalar: Scalar): Scalar => {
    const known = canonical.get(scalar);
    if (known !== undefined) return known;
    const operands = operandsOf(scalar).map(visit);
    const key = [scalar.kind, scalar.type, own(scalar), ...operands.map((each) => ids.get(each))].join(" ");
    const found = byKey.get(key) ?? scalar;
    if (found === scalar) {
      byKey.set(key, scalar);
      ids.set(scalar, ids.size);
      operands.forEach(use);
    }
    canonical.set(scalar, found);
    return found;
  };
  for (const root of roots) use(visit(root));

  const isShared = (scalar: Scalar): boolean => !isLeaf(scalar) && (uses.get(scalar) as number) > 1;
  return {
    canonical: (scalar) => canonical.get(scalar) ?? scalar,
    of(root) {
      const found = new Set<Scalar>();
      const seen = new Set<Scalar>();
      const collect = (scalar: Scalar): void => {
        const each = canonical.get(scalar) as Scalar;
        if (seen.has(each)) return;
        seen.add(each);
        operandsOf(each).forEach(collect);
        if (isShared(each)) found.add(each);
      };
      collect(root);
      return [...found];
    },
  };
}
