/** A reporter that names skipped tests; the other reporters only count them. */
import type { Reporter, TestCase, TestModule } from "vitest/node";

export class NameSkipped implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = new Map<string, number>();
    for (const module of modules) {
      for (const test of module.children.allTests("skipped")) {
        // A test that -t leaves out does not count as skipped.
        if (test.options.mode !== "skip") continue;
        const name = `${module.relativeModuleId}: ${skippedPart(test)}`;
        skipped.set(name, (skipped.get(name) ?? 0) + 1);
      }
    }
    if (skipped.size === 0) return;
    console.log(
      `\nSkipped:\n${[...skipped].map(([name, tests]) => `  ${name}, ${tests} test${tests > 1 ? "s" : ""}`).join("\n")}`,
    );
  }
}

/** The outermost group around the test that is skipped as a whole, or the test. */
function skippedPart(test: TestCase): string {
  let part: { readonly name: string } = test;
  for (let suite = test.parent; suite.type === "suite"; suite = suite.parent) {
    if (suite.options.mode === "skip") part = suite;
  }
  return part.name;
}
