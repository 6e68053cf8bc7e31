/**
 * The schedule's verifier. It shares no code with the planner: it executes the final schedule on names of values. It
 * tracks the value that each buffer holds, and a read must find the value that it names. This one rule finds a stale
 * read, a forgotten contribution, a second update, and an overlap in the arena. Three more rules hold for each kernel:
 * it computes its results from all values that the graph names, stays inside its buffers at every size, and replaces an
 * element in place only in the turn that reads it.
 */
import { visitCalls } from "../../ir/program.js";
import { bytesOf } from "../memory/buffer.js";
import { accessesOf, type Accesses } from "./access.js";
import { additionFaults } from "./additions.js";
import { Bounds, dimensionsIn, isBelowOne, sizesToTry, someAreEmpty } from "./bounds.js";
import { schedulesOf, type VerifiedProgram } from "./describe.js";
import { flowOf } from "./flow.js";
import { ownRows, type OwnRow } from "./ownRows.js";
import { inPlaceFaults } from "./inPlace.js";
import { Memory } from "./memory.js";
import type { MemoryPlace, Schedule, ScheduledKernel } from "./schedule.js";

export type { Holding, MemoryPlace, Schedule, ScheduledKernel, Write } from "./schedule.js";
export { placedPlan, schedulesOf, type VerifiedProgram } from "./describe.js";

/** Every fault of a program's schedules as a sentence. Faults are defects of the compiler, never of the user. */
export function verifyProgram(program: VerifiedProgram): string[] {
  return schedulesOf(program).flatMap(verifySchedule);
}

/** Ends the build if a schedule is wrong: that is a defect of the compiler, never the user's. */
export function proveProgram(program: VerifiedProgram): void {
  const faults = verifyProgram(program);
  if (faults.length === 0) return;
  throw new Error(`${program.name}: the schedule is wrong (a defect of optimc): ${faults.join("; ")}`);
}

/** Every fault of one function's schedule. */
export function verifySchedule(schedule: Schedule): string[] {
  const faults: string[] = [];
  const { places, name } = schedule;
  const memory = new Memory();
  const end = ({ offset, length, type }: MemoryPlace): number => offset + length * bytesOf[type];

  for (const { label, offset, length, type } of places.values()) {
    const to = offset + length * bytesOf[type];
    if (offset < 0 || to > schedule.total)
      faults.push(`${name}: ${label} lies at bytes ${offset} to ${to} of ${schedule.total}`);
    if (offset % bytesOf[type] !== 0) faults.push(`${name}: ${label} begins at byte ${offset}, which no ${type} can`);
  }
  for (const { buffer, value } of schedule.before) {
    const place = places.get(buffer);
    if (place) memory.write(place.offset, end(place), value);
  }
  visitCalls(schedule.steps, (scheduled) => {
    const { kernel, reads, writes } = scheduled;
    const say = (fault: string): void => void faults.push(`${name}: kernel '${kernel.name}' ${fault}`);
    const found = accessesOf(kernel);
    found.faults.forEach(say);
    const own = ownRows(found, reads);
    for (const fault of usedFaults(scheduled, found, places, own)) say(fault);
    const used = new Set(found.accesses.map(({ buffer }) => buffer));
    for (const { buffer, value } of reads) {
      const place = places.get(buffer);
      if (!place || !used.has(buffer)) continue;
      const instead = memory.instead(place.offset, end(place), value);
      if (instead !== null) say(`reads ${place.label}, which must hold ${value}, but ${instead}`);
    }
    for (const { buffer, replaces } of writes) {
      const place = places.get(buffer);
      if (!place || replaces === null) continue;
      const instead = memory.instead(place.offset, end(place), replaces);
      if (instead !== null) say(`replaces ${place.label}, which must hold ${replaces} until then, but ${instead}`);
    }
    inPlaceFaults(scheduled, found, places, own).forEach(say);
    computedFaults(scheduled, own).forEach(say);
    boundsFaults(scheduled, found, schedule, own).forEach(say);
    const stored = storedBuffers(found);
    for (const { buffer, value } of writes) {
      const place = places.get(buffer);
      if (place && stored.has(buffer)) memory.write(place.offset, end(place), value);
    }
  });
  for (const { buffer, value, as } of schedule.after) {
    const place = places.get(buffer);
    if (!place) {
      faults.push(`${name}: ${as} has no place`);
      continue;
    }
    const instead = memory.instead(place.offset, end(place), value);
    if (instead !== null) faults.push(`${name}: after the last kernel ${as} must be ${value}, but ${instead}`);
  }
  return faults;
}

const storedBuffers = ({ accesses }: Accesses): Set<string> =>
  new Set(accesses.flatMap(({ kind, buffer }) => (kind === "store" || kind === "add" ? [buffer] : [])));

type Own = ReadonlyMap<string, OwnRow>;

/** Checks that the kernel's statements use exactly the buffers that the graph says it reads and writes. */
function usedFaults(
  { reads, writes }: ScheduledKernel,
  found: Accesses,
  places: ReadonlyMap<string, MemoryPlace>,
  own: Own,
): string[] {
  const faults: string[] = [];
  const label = (buffer: string): string => places.get(buffer)?.label ?? buffer;
  const needed = new Set(reads.map(({ buffer }) => buffer));
  const written = new Set(writes.map(({ buffer }) => buffer));
  const stored = storedBuffers(found);
  const loaded = new Set(
    found.accesses.flatMap(({ kind, buffer }) => (kind === "load" || kind === "operand" ? [buffer] : [])),
  );
  for (const buffer of new Set([...stored, ...loaded]))
    if (!places.has(buffer)) faults.push(`uses ${buffer}, which has no place in memory`);
  for (const buffer of loaded)
    if (!needed.has(buffer) && !own.has(buffer)) faults.push(`reads ${label(buffer)}, which nothing in it needs`);
  for (const buffer of stored) {
    if (places.get(buffer)?.fixed) faults.push(`writes ${label(buffer)}, which must not change`);
    else if (!written.has(buffer)) faults.push(`writes ${label(buffer)}, which it does not compute`);
  }
  for (const buffer of written) if (!stored.has(buffer)) faults.push(`never writes ${label(buffer)}`);
  return faults;
}

/** Checks that written values are computed from every value that the graph names, and from nothing else. */
function computedFaults({ kernel, reads, writes }: ScheduledKernel, own: Own): string[] {
  const faults: string[] = [];
  const flow = flowOf(kernel, (buffer) => own.has(buffer));
  const valuesIn = new Map<string, string>();
  for (const { buffer, value } of reads) valuesIn.set(buffer, value);
  for (const write of writes) {
    const from = flow.get(write.buffer);
    if (!from) continue;
    const values = new Set([...from].map((buffer) => valuesIn.get(buffer) ?? `what ${buffer} held before`));
    for (const value of write.from) {
      if (!values.has(value) && !write.unread.has(value)) faults.push(`computes ${write.value} without ${value}`);
    }
    for (const value of values) if (!write.from.has(value)) faults.push(`computes ${write.value} also from ${value}`);
  }
  return faults;
}

function boundsFaults(
  { writes }: ScheduledKernel,
  found: Accesses,
  { dims, places, positive }: Schedule,
  own: Own,
): string[] {
  const listed = new Map(writes.flatMap((write) => (write.listed ? [[write.buffer, write.listed] as const] : [])));
  const used = dimensionsIn(found, places);
  const capacities = Object.fromEntries([...used].sort().map((name) => [name, dims[name] ?? 1]));
  // One fault is enough: other sizes would show the same fault.
  for (const sizes of sizesToTry(capacities)) {
    if (someAreEmpty(found, places, sizes) || positive.some((size) => isBelowOne(size, sizes))) continue;
    const bounds = new Bounds(found, sizes, own, listed);
    const faults = [...bounds.faults(places), ...additionFaults(found, places, sizes, bounds.extentOf)];
    if (faults.length > 0) return faults;
  }
  return [];
}
