import { expect } from "vitest";
import type { AnyInstance } from "../../runtime/node.js";

/** Runs what must be refused: with exactly this message, and without a trace in the state, the inputs included. */
export function refused(net: AnyInstance, run: () => unknown, message: string): void {
  const before = [net.state(), structuredClone(net.inputs)];
  expect(run).toThrow(new TypeError(message));
  expect([net.state(), net.inputs]).toEqual(before);
}
