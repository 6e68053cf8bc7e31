/** The same model gives the same bytes, whatever was compiled before it: `optimc build --check` relies on it. */
import { expect, test } from "vitest";
import { emit } from "../end/emit.js";
import { classifier, twoLayerNet } from "../end/nets.js";

test("a module does not depend on what was compiled before", () => {
  const model = classifier("float32");
  const first = emit(model);
  for (let i = 0; i < 3; i++) emit(twoLayerNet(20 + i, 5, 3, 4));
  expect(emit(model)).toBe(first);
});
