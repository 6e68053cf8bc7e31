/** The list of passes: every pass stands in it, and a pass hands on what it finds, and keeps nothing. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { noNotes, type PassContext } from "../../compiler/passes/notes.js";
import { runPass, type Pass } from "../../compiler/passes/pass.js";
import { pipeline, runPasses } from "../../compiler/passes/pipeline.js";
import { printGraph } from "../../compiler/ir/print.js";
import { models } from "../plan/models.js";

const folder = join(import.meta.dirname, "../../compiler/passes");
const isPass = (value: unknown): value is Pass =>
  typeof value === "object" && value !== null && "run" in value && "doc" in value;

it("every pass of the folder is a step of it", async () => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  const found = new Map<Pass, string>();
  for (const file of files) {
    const module = (await import(join(folder, file))) as Record<string, unknown>;
    for (const value of Object.values(module)) if (isPass(value)) found.set(value, file);
  }
  const steps = new Set(pipeline.map(({ pass }) => pass));
  expect(found.size).toBeGreaterThan(12);
  expect([...found].filter(([pass]) => !steps.has(pass)).map(([, file]) => file)).toEqual([]);
});

it("stages end in their order", () => {
  expect(pipeline.flatMap(({ ends }) => ends ?? [])).toEqual(["graph", "gradient", "update", "final"]);
});

it.each(Object.entries(models))("run twice on one graph, a pass finds the same: %s", (_, make) => {
  const model = make();
  for (const { name, definition, dims, stages } of runPasses(model).functions) {
    let at = stages.graph;
    let context: PassContext = { definition, dims, trainers: [], denseRows: false, notes: noNotes };
    for (const { pass, of } of pipeline) {
      if (of && !of(context)) continue;
      const frozen = Object.freeze({ ...context, notes: Object.freeze(context.notes) });
      const [once, again] = [runPass(at, pass, frozen), runPass(at, pass, frozen)];
      expect(printGraph(again.graph), `${name}: ${pass.name}`).toBe(printGraph(once.graph));
      expect(again.notes, `${name}: ${pass.name}`).toEqual(once.notes);
      [at, context] = [once.graph, { ...context, notes: once.notes }];
    }
  }
});
