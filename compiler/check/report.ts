/** A report as text: a line for each proof, then the findings, each at its place in the source. */
import { formatDiagnostic, type FormatOptions } from "../diagnostics.js";
import type { Report } from "./check.js";

/** Whether everything was proved. */
export const passed = ({ proofs, findings }: Report): boolean =>
  findings.length === 0 && proofs.every(({ verdict }) => verdict === "ok");

/**
 * ```
 * two-layer-net
 *   train    gradients  ok      4 tensors at 3 points (batch 3, 1, 5): worst 2.1e-10 of the slope
 *   train    wasm       failed  loss[0] is 3 instead of 4, allowed 1e-6
 * ```
 */
export function formatReport(report: Report, options: FormatOptions = {}): string {
  const { model, proofs, findings, notes } = report;
  const width = (texts: readonly string[]): number => Math.max(0, ...texts.map((each) => each.length));
  const [names, subjects] = [width(proofs.map((each) => each.function)), width(proofs.map(({ subject }) => subject))];
  const verdicts = Math.max(...["failed", ...proofs.map(({ verdict }) => verdict)].map(({ length }) => length));
  return [
    model,
    ...proofs.map(({ function: name, subject, verdict, text }) =>
      ["", name.padEnd(names), subject.padEnd(subjects), verdict.padEnd(verdicts), text].join("  "),
    ),
    ...notes.map((note) => `  note: ${note}`),
    ...findings.flatMap((finding) => ["", formatDiagnostic(finding, options)]),
  ].join("\n");
}
