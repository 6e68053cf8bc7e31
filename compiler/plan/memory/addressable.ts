/** Blocks of memory that can be addressed. */
import { fail } from "../../diagnostics.js";

const most = Number.MAX_SAFE_INTEGER;

/** Refuses a model whose instance needs more bytes than can be counted. */
export function checkBytes(name: string, total: number): void {
  if (total <= most) return;
  fail({
    code: "too-large",
    message: `${name} needs more memory than any target can address`,
    expected: `at most ${most} bytes`,
    found: `${total} bytes`,
    hint: "make its tensors smaller, or lower the capacities in dims",
  });
}
