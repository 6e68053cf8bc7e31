import type { Counted } from "./ids.js";

/**
 * The program of a function: a tree of steps, in the order of their execution. A step is a call of a kernel, or a
 * sequence of steps. The content of a call differs from stage to stage: a kernel, its printed text, or its description
 * for the verifier.
 */
export type Step<Call> = CallStep<Call> | Sequence<Call>;

export interface CallStep<Call> {
  readonly kind: "call";
  readonly call: Call;
}

export interface Sequence<Call> {
  readonly kind: "sequence";
  readonly steps: readonly Step<Call>[];
}

export const callStep = <Call>(call: Call): CallStep<Call> => ({ kind: "call", call });

export const sequence = <Call>(steps: readonly Step<Call>[]): Sequence<Call> => ({ kind: "sequence", steps });

/** Where a call stands in the order of execution, from 0. */
export type CallPosition = Counted<"call">;

/** Meets every call in the order of execution, `at` its position there. */
export function visitCalls<Call>(root: Step<Call>, visit: (call: Call, at: CallPosition) => void): void {
  let at = 0;
  const walk = (step: Step<Call>): void => {
    switch (step.kind) {
      case "call":
        return visit(step.call, at++);
      case "sequence":
        return step.steps.forEach(walk);
    }
  };
  walk(root);
}

/** All calls, in the order of execution. */
export function callsOf<Call>(root: Step<Call>): Call[] {
  const calls: Call[] = [];
  visitCalls(root, (call) => calls.push(call));
  return calls;
}

/** The same tree with other calls. */
export function mapCalls<From, To>(root: Step<From>, change: (call: From) => To): Step<To> {
  switch (root.kind) {
    case "call":
      return callStep(change(root.call));
    case "sequence":
      return sequence(root.steps.map((step) => mapCalls(step, change)));
  }
}

/** Turns each call into a list, and a sequence into the lists of its steps one after another. */
export function printSteps<Call, Line>(root: Step<Call>, print: (call: Call) => readonly Line[]): Line[] {
  switch (root.kind) {
    case "call":
      return [...print(root.call)];
    case "sequence":
      return root.steps.flatMap((step) => printSteps(step, print));
  }
}
