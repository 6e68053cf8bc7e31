/**
 * The parts of an emitted module for a driver: its import, and its arguments when it is bound to an instance's memory.
 */
import type { Copy } from "../plan/facts.js";
import { bytesOfBuffer } from "../plan/memory/layout.js";
import type { Buffer } from "../plan/memory/buffer.js";
import type { CompiledFunction, CompiledProgram } from "./compiled.js";
import { object, suffixed } from "../targets/js/text.js";
import { elementOf } from "./memoryMap.js";

/** The runtime's exports that the drivers of a program need, each once. */
export const driverImports = (program: CompiledProgram): string[] => [
  ...new Set(
    program.functions.flatMap(({ training }) => {
      const { runtime } = training?.driver ?? {};
      return runtime ? [runtime.name, ...runtime.parts] : [];
    }),
  ),
];

/** The call that makes a function's driver, as lines; null if the function has none. */
export function printDriver({ layout }: CompiledProgram, { name, training }: CompiledFunction): string[] | null {
  const driver = training?.driver;
  if (!driver) return null;
  const offset = ({ id }: Buffer): number => layout.offsets.get(id) as number;
  const list = (items: readonly (readonly number[])[]): string[] => [
    `[${items.map((each) => `[${each.join(", ")}]`).join(", ")}]`,
  ];
  const copies = (all: readonly Copy[]): string[] =>
    list(all.map(({ from, to }) => [offset(from), offset(to), bytesOfBuffer(to)]));
  const spec = object([
    ["name", [JSON.stringify(name)]],
    ["element", [JSON.stringify(elementOf(driver.loss))]],
    [
      "parameters",
      list(driver.parameters.map(({ parameter, gradient }) => [offset(parameter), offset(gradient), parameter.length])),
    ],
    ["loss", [String(offset(driver.loss))]],
    ["tensors", object(driver.tensors.map(({ name, buffer }) => [name, [String(offset(buffer))]] as const))],
    ["before", copies(driver.before)],
    ["after", copies(driver.after)],
    ...Object.entries(driver.settings).map(([name, value]) => [name, [String(value)]] as const),
  ]);
  const { runtime } = driver;
  const [first, ...rest] = spec;
  return suffixed(
    [`${runtime.name}(memory, functions, ${first}`, ...rest],
    `${runtime.parts.map((part) => `, ${part}`).join("")})`,
  );
}
