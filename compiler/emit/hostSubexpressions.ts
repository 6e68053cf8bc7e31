/** What the host's scalars have in common is computed once, under a name. */
import { Canonical } from "../ir/canonical.js";
import { operandsOf, type Scalar } from "../ir/scalar.js";

export interface SharedParts {
  /** The parts of a scalar that stand in several places, each after those that it is made of. */
  of(root: Scalar): readonly Scalar[];
  /** The one scalar that stands for all that compute the same. */
  canonical(scalar: Scalar): Scalar;
}

const isLeaf = (scalar: Scalar): boolean => operandsOf(scalar).length === 0;

/** The parts that several of the roots need, or one of them more than once. */
export function sharedParts(roots: readonly Scalar[]): SharedParts {
  const canonical = new Canonical();
  const uses = new Map<Scalar, number>();
  const use = (scalar: Scalar): void => {
    const each = canonical.of(scalar);
    const before = uses.get(each) ?? 0;
    uses.set(each, before + 1);
    if (before === 0) operandsOf(each).forEach(use);
  };
  roots.forEach(use);

  const isShared = (scalar: Scalar): boolean => !isLeaf(scalar) && (uses.get(scalar) as number) > 1;
  return {
    canonical: (scalar) => canonical.of(scalar),
    of(root) {
      const found = new Set<Scalar>();
      const seen = new Set<Scalar>();
      const collect = (scalar: Scalar): void => {
        const each = canonical.of(scalar);
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
