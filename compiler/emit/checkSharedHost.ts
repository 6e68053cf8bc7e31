/** Checks that the programs of one model for several targets can share the host's code and the description. */
import type { CompiledProgram } from "./compiled.js";
import { describeModule } from "./moduleDescription.js";
import { printHost } from "./host.js";
import { signatureOf } from "./signature.js";

/** Everything about a program that does not depend on its target, as lines. */
function sharedLines(program: CompiledProgram): string[] {
  return [
    ...[...program.functions, program.initialize].map(
      (made) =>
        `${made.name}(${signatureOf(made)
          .map(({ kind, name }) => `${kind} ${name}`)
          .join(", ")})`,
    ),
    ...describeModule(program).entries.flatMap(([name, lines]) => [name, ...lines]),
    ...printHost(program, []),
  ];
}

/**
 * Throws unless kept tensors, inputs and outputs lie at the same offsets, and kernels are given the same numbers. A
 * difference is a defect of the compiler.
 */
export function checkAlike([first, ...others]: readonly CompiledProgram[]): void {
  if (first === undefined) throw new Error("a module needs a program");
  const expected = sharedLines(first);
  for (const other of others) {
    const lines = sharedLines(other);
    const at = expected.findIndex((line, position) => line !== lines[position]);
    if (at < 0 && lines.length === expected.length) continue;
    throw new Error(
      `${first.name}: the programs for ${first.target.name} and ${other.target.name} differ (a defect of optimc): ` +
        `${expected[at]} in one, ${lines[at]} in the other`,
    );
  }
}
