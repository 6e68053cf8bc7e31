/** Sizes as JavaScript: whatever the polynomial, the text computes it. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  add,
  evaluate,
  floorDiv,
  indexSize,
  mod,
  mul,
  size,
  sub,
  type Factor,
  type Size,
} from "../../compiler/ir/size.js";
import { printSize } from "../../compiler/targets/js/size.js";
import { runs } from "../runs.js";

const name = (factor: Exclude<Factor, { kind: "floor" }>): string =>
  factor.kind === "dimension" ? factor.name : factor.index.id;

function run(text: string, values: Readonly<Record<string, number>>): number {
  return (new Function(...Object.keys(values), `return ${text};`) as (...args: number[]) => number)(
    ...Object.values(values),
  );
}

describe("printSize", () => {
  const [n, m, i] = [size("n"), size("m"), indexSize({ id: "i", extent: size("n") })];

  it("writes what a person would", () => {
    expect(printSize(size(0), name)).toBe("0");
    expect(printSize(n, name)).toBe("n");
    expect(printSize(sub(n, i), name)).toBe("n - i");
    expect(printSize(sub(size(0), n), name)).toBe("-n");
    expect(printSize(add(mul(i, size(100)), m), name)).toBe("i * 100 + m");
    expect(printSize(mul(n, m, size(-2)), name)).toBe("-m * n * 2");
    expect(printSize(floorDiv(n, size(2)), name)).toBe("((n / 2) | 0)");
    expect(printSize(floorDiv(add(i, m), add(n, size(1))), name)).toBe("(((i + m) / (n + 1)) | 0)");
  });

  it("keeps the meaning", () => {
    const leaf = fc.oneof(fc.constantFrom(n, m, i), fc.integer({ min: 0, max: 40 }).map(size));
    const expression = fc.letrec<{ size: Size }>((tie) => ({
      size: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.tuple(tie("size"), tie("size")).map(([a, b]) => add(a, b)),
        fc.tuple(tie("size"), tie("size")).map(([a, b]) => mul(a, b)),
        fc.tuple(tie("size"), fc.integer({ min: 1, max: 9 })).map(([a, b]) => floorDiv(a, size(b))),
        fc.tuple(tie("size"), fc.integer({ min: 1, max: 9 })).map(([a, b]) => mod(a, size(b))),
        tie("size").map((a) => floorDiv(a, add(m, size(1)))),
      ),
    })).size;
    fc.assert(
      fc.property(expression, fc.nat(20), fc.nat(20), fc.nat(20), (each, a, b, c) => {
        const values: Record<string, number> = { n: a + b + 1, m: c, i: b };
        const expected = evaluate(each, (key) => values[key]);
        // Products of products leave the range in which `| 0` is the floor: no index is that large.
        fc.pre(
          Math.abs(expected) < 2 ** 31 && [...each.key.matchAll(/\d+/g)].every(([digits]) => Number(digits) < 2 ** 20),
        );
        expect(run(printSize(each, name), values)).toBe(expected);
      }),
      runs(500, 1),
    );
  });
});
