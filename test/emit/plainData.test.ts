/** A compiled program is what emission needs and no more: no graph, no expression and no declaration is in it. */
import { expect, test } from "vitest";
import { compileProgram } from "../../compiler/compile.js";
import { isExpression } from "../../compiler/ir/op.js";
import { isModel } from "../../compiler/model/model.js";
import { js } from "../../compiler/targets/js/js.js";
import { input, lbfgs, linear, minimize, model } from "../../src/index.js";
import { models } from "../plan/models.js";
import { oddities } from "./models.js";

const x = input("x", ["batch", 3]);
const all = {
  ...models,
  oddities,
  driven: () =>
    model("driven", {
      dims: { batch: 4 },
      functions: { train: minimize(linear("layer", 3, 2)(x).square().sum(), lbfgs()) },
    }),
};

/** The paths in a value to what only early stages know: graphs, expressions, models and functions of code. */
function foreign(root: unknown): string[] {
  const found: string[] = [];
  const seen = new Set<unknown>();
  const pending: (readonly [value: unknown, path: string])[] = [[root, ""]];
  for (let next = pending.pop(); next; next = pending.pop()) {
    const [value, path] = next;
    if (typeof value === "function") found.push(path);
    if (typeof value !== "object" || value === null || ArrayBuffer.isView(value) || seen.has(value)) continue;
    seen.add(value);
    if (isExpression(value) || isModel(value) || ("nodes" in value && "effects" in value)) found.push(path);
    const parts: Iterable<readonly [unknown, unknown]> =
      value instanceof Map || value instanceof Set ? value.entries() : Object.entries(value);
    for (const [key, each] of parts) pending.push([each, `${path}.${String(key)}`]);
  }
  return found;
}

test.each(Object.entries(all))("%s", (_, make) => {
  const made = make();
  const { target, ...program } = compileProgram(made, { target: js });
  expect(target).toBe(js);
  expect(foreign(program)).toEqual([]);
  expect(foreign({ planted: { deep: [made.functions] } })).not.toEqual([]);
});
