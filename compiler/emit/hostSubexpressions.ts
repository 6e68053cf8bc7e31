/** Computes the shared parts of the host's scalars once, under names. */
import { Canonical } from "../ir/canonical.js";
import { operandsOf, type Scalar } from "../ir/scalar.js";

export interface SharedParts {
  /** The shared parts of a scalar, each after the shared parts that it contains. */
  of(root: Scalar): readonly Scalar[];
  /** The one scalar that stands for all that compute the same. */
  canonical(scalar: Scalar): Scalar;
}

const isLeaf = (scalar: Scalar): boolean => operandsOf(scalar).length === 0;

/** The parts that several of the roots use, or that one root uses more than once. */
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
