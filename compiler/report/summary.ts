/** A build's summary of each function, in one line. */
import type { Manifest } from "../emit/manifest.js";

/** A line for each function: its kernels and memory, its updates, and the gradients that it stores. */
export function summaryOf(manifest: Manifest): string[] {
  return Object.entries(manifest.functions).map(([name, { kernels, memory, updates, storedGradients }]) => {
    const parts = [`${kernels.length} kernel${kernels.length === 1 ? "" : "s"}`, `${memory.total} bytes`];
    if (updates.length > 0) {
      const fused = updates.filter((update) => update.fused).length;
      const stored = [...new Set(storedGradients.map(({ parameter }) => parameter))];
      parts.push(`${fused} of ${updates.length} updates in the kernel of their gradient`);
      if (stored.length > 0) parts.push(`gradients stored: ${listed(stored)}`);
    }
    return `${name}: ${parts.join("; ")}`;
  });
}

/** The first few names, and how many more there are. */
function listed(names: readonly string[]): string {
  return names.length <= 6 ? names.join(", ") : `${names.slice(0, 4).join(", ")} and ${names.length - 4} more`;
}
