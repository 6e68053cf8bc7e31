/** A hundred steps of every optimizer that PyTorch does not have, as its authors take them: test/reference/authors.json. */
import { describe, expect, test } from "vitest";
import { adabound, adaboundw, amsbound } from "../../library/optimizers/adabound.js";
import { adan } from "../../library/optimizers/adan.js";
import { lamb } from "../../library/optimizers/lamb.js";
import { lion } from "../../library/optimizers/lion.js";
import { scheduleFreeAdamW, scheduleFreeSGD } from "../../library/optimizers/scheduleFree.js";
import { swats } from "../../library/optimizers/swats.js";
import { eachTarget, isTriedIn } from "../targets.js";
import { allowed, distance, recordingOf, type Optimizers } from "./recorded.js";

const reference = recordingOf("authors.json");
const optimizers = {
  adabound,
  amsbound,
  adaboundw,
  lion,
  lamb,
  adan,
  swats,
  scheduleFreeSGD,
  scheduleFreeAdamW,
} as unknown as Optimizers;

const cases = Object.keys(optimizers).flatMap((optimizer) =>
  eachTarget.map(([name, target]) => [optimizer, name, target] as const),
);

describe.each(cases)("%s on %s", (optimizer, name, target) => {
  const runs = reference.runs.filter((run) => run.optimizer === optimizer && isTriedIn(name, run.precision));
  test.each(runs.map((run) => [`${JSON.stringify(run.options)} in ${run.precision}`, run] as const))("%s", (_, run) => {
    const { at, relative } = distance(reference, optimizers, run, target);
    expect(relative, at).toBeLessThan(allowed[run.precision]);
  });
});
