/** Plants faults in a schedule, which is plain data: each of these returns a changed one. */
import { callsOf, callStep, sequence } from "../../compiler/ir/program.js";
import type { Carried, Kernel, Statement } from "../../compiler/ir/kernel.js";
import { constant, mapOperands, type Scalar } from "../../compiler/ir/scalar.js";
import { add, one, size, type Size } from "../../compiler/ir/size.js";
import {
  schedulesOf,
  type MemoryPlace,
  type Schedule,
  type ScheduledKernel,
} from "../../compiler/plan/verify/verify.js";
import { compileStages } from "../../compiler/compile.js";
import { js } from "../../compiler/targets/js/js.js";
import type { FusionLevel } from "../../compiler/plan/fuse/fuse.js";
import type { Model } from "../../src/index.js";
import { placedOf } from "../stages.js";

export function scheduleOf(model: Model, name: string, fusion: FusionLevel = "all"): Schedule {
  const found = schedulesOf(placedOf(compileStages(model, [js], { fusion }))).find(
    (schedule) => schedule.name === name,
  );
  if (!found) throw new Error(`no function ${name}`);
  return found;
}

/** The position of the only kernel of which something holds. */
export function kernelWhere(schedule: Schedule, holds: (kernel: ScheduledKernel) => boolean): number {
  const found = callsOf(schedule.steps).flatMap((kernel, position) => (holds(kernel) ? [position] : []));
  if (found.length !== 1)
    throw new Error(
      `${found.length} kernels: ${callsOf(schedule.steps)
        .map(({ kernel }) => kernel.name)
        .join(", ")}`,
    );
  return found[0] as number;
}

export const reads = (buffer: string) => (kernel: ScheduledKernel) =>
  kernel.reads.some((read) => read.buffer === buffer);
export const replaces = (buffer: string) => (kernel: ScheduledKernel) =>
  kernel.writes.some((write) => write.buffer === buffer && write.replaces !== null);

export const withKernels = (schedule: Schedule, kernels: readonly ScheduledKernel[]): Schedule => ({
  ...schedule,
  steps: sequence(kernels.map((each) => callStep(each))),
});

export const without = (schedule: Schedule, position: number): Schedule =>
  withKernels(
    schedule,
    callsOf(schedule.steps).filter((_, at) => at !== position),
  );

export const repeated = (schedule: Schedule, position: number): Schedule =>
  withKernels(
    schedule,
    callsOf(schedule.steps).flatMap((kernel, at) => (at === position ? [kernel, kernel] : [kernel])),
  );

/** With one kernel moved before another. */
export function moved(schedule: Schedule, position: number, before: number): Schedule {
  const kernels = callsOf(schedule.steps).filter((_, at) => at !== position);
  kernels.splice(before > position ? before - 1 : before, 0, callsOf(schedule.steps)[position] as ScheduledKernel);
  return withKernels(schedule, kernels);
}

export function changed(schedule: Schedule, position: number, change: (kernel: Kernel) => Kernel): Schedule {
  return withKernels(
    schedule,
    callsOf(schedule.steps).map((each, at) => (at === position ? { ...each, kernel: change(each.kernel) } : each)),
  );
}

export function placed(
  schedule: Schedule,
  buffer: string,
  change: (place: MemoryPlace) => Partial<MemoryPlace>,
): Schedule {
  const place = schedule.places.get(buffer) as MemoryPlace;
  return { ...schedule, places: new Map([...schedule.places, [buffer, { ...place, ...change(place) }]]) };
}

/** The kernel with each statement replaced by some; inner ones first. */
export function withStatements(kernel: Kernel, replace: (statement: Statement) => readonly Statement[]): Kernel {
  const all = (list: readonly Statement[]): readonly Statement[] =>
    list.flatMap((statement) => replace(inside(statement)));
  const inside = (statement: Statement): Statement => {
    switch (statement.kind) {
      case "loop":
      case "while":
        return { ...statement, body: all(statement.body) };
      case "if":
        return { ...statement, then: all(statement.then) };
      case "contract":
        return { ...statement, epilogue: all(statement.epilogue) };
      case "let":
      case "bind":
      case "store":
        return statement;
    }
  };
  return { ...kernel, body: all(kernel.body) };
}

/** The kernel with every scalar replaced, operands first. */
export function withScalars(kernel: Kernel, replace: (each: Scalar) => Scalar): Kernel {
  const done = new Map<Scalar, Scalar>();
  const map = (each: Scalar): Scalar => {
    const made = done.get(each) ?? replace(mapOperands(each, map));
    done.set(each, made);
    return made;
  };
  const carried = (each: Carried): Carried => ({ ...each, initial: map(each.initial), next: map(each.next) });
  return withStatements(kernel, (each) => {
    switch (each.kind) {
      case "loop":
        return [{ ...each, carried: each.carried.map(carried) }];
      case "while":
        return [{ ...each, condition: map(each.condition), carried: each.carried.map(carried) }];
      case "if":
        return [{ ...each, condition: map(each.condition) }];
      case "let":
      case "bind":
      case "store":
        return [{ ...each, value: map(each.value) }];
      case "contract":
        return [each];
    }
  });
}

export const withoutStores = (kernel: Kernel, buffer: string): Kernel =>
  withStatements(kernel, (each) => (each.kind === "store" && each.buffer === buffer ? [] : [each]));

/** The kernel with 0 in place of loads from the buffer; the same kernel if it loads nothing from there. */
export function withoutLoads(kernel: Kernel, buffer: string): Kernel {
  let found = false;
  const without = withScalars(kernel, (each) => {
    if (each.kind !== "load" || each.buffer !== buffer) return each;
    found = true;
    return constant(0, each.type);
  });
  return found ? without : kernel;
}

export const withLoadsAt = (kernel: Kernel, buffer: string, at: (index: Size) => Size): Kernel =>
  withScalars(kernel, (each) =>
    each.kind === "load" && each.buffer === buffer ? { ...each, index: at(each.index) } : each,
  );

export const withStoresAt = (kernel: Kernel, buffer: string, at: (index: Size) => Size): Kernel =>
  withStatements(kernel, (each) => [
    each.kind === "store" && each.buffer === buffer ? { ...each, index: at(each.index) } : each,
  ]);

export const next = (index: Size): Size => add(index, one);

/** Loops of one extent run to another. */
export const withExtents = (kernel: Kernel, from: string, to: Size | number): Kernel =>
  withStatements(kernel, (each) => [
    each.kind === "loop" && each.extent.key === from ? { ...each, extent: size(to) } : each,
  ]);
