/**
 * The parts of an emitted module for a driver: its import, and its arguments when it is bound to an instance's memory.
 */
import { assignedBy, driverOf, drivenLength, parameterLength } from "../drivers/memory.js";
import { driverKey } from "../plan/memory/bufferIds.js";
import { gradientName } from "../optimizers/driver.js";
import { bytesOfBuffer } from "../plan/memory/layout.js";
import type { Buffer } from "../plan/memory/buffer.js";
import { stateKey } from "../plan/memory/bufferIds.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import { object, suffixed } from "../targets/js/text.js";
import { elementOf } from "./memoryMap.js";

/** The runtime's exports that the drivers of a program need, each once. */
export const driverImports = (program: CompiledProgram): string[] => [
  ...new Set(
    program.functions.flatMap((made) => {
      const { runtime } = driverOf(made) ?? {};
      return runtime ? [runtime.name, ...runtime.parts] : [];
    }),
  ),
];

/** The call that makes a function's driver, as lines; null if the function has none. */
export function printDriver(program: CompiledProgram, made: CompiledFunction): string[] | null {
  const driver = driverOf(made);
  if (!driver) return null;
  const { model, layout, leaves } = program;
  const offset = (key: string): number => layout.offsets.get(key) as number;
  const list = (items: readonly (readonly number[])[]): string[] => [
    `[${items.map((each) => `[${each.join(", ")}]`).join(", ")}]`,
  ];
  const copy = (from: string, name: string): number[] => {
    const buffer = leaves.get(driverKey(made.name, name)) as Buffer;
    return [offset(from), offset(buffer.id), bytesOfBuffer(buffer)];
  };
  const names = Object.keys(driver.tensors(drivenLength(model, made)));
  const assigned = assignedBy(made);
  const resultBuffer = (name: string): Buffer => made.plan.outputs.find((each) => each.name === name)?.buffer as Buffer;
  const spec = object([
    ["name", [JSON.stringify(made.name)]],
    ["element", [JSON.stringify(elementOf(resultBuffer("loss")))]],
    [
      "parameters",
      list(
        [...made.notes.updates.keys()].map((parameter) => [
          offset(`param:${parameter}`),
          offset(stateKey(made.name, parameter, gradientName)),
          parameterLength(model, parameter),
        ]),
      ),
    ],
    ["loss", [String(offset(resultBuffer("loss").id))]],
    ["tensors", object(names.map((name) => [name, [String(offset(driverKey(made.name, name)))]] as const))],
    ["before", list(assigned.map(({ key }) => copy(key, `before:${key}`)))],
    [
      "after",
      list([
        ...made.plan.outputs.map(({ name, buffer }) => copy(buffer.id, `result:${name}`)),
        ...assigned.map(({ key }) => copy(key, `after:${key}`)),
      ]),
    ],
    ...Object.entries(driver.settings).map(([name, value]) => [name, [String(value)]] as const),
  ]);
  const { name, parts } = driver.runtime;
  const [first, ...rest] = spec;
  return suffixed([`${name}(memory, functions, ${first}`, ...rest], `${parts.map((part) => `, ${part}`).join("")})`);
}
