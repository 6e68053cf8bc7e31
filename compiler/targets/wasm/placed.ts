/**
 * The functions of a WebAssembly module: kernels with the addresses of their buffers, and the functions that the host
 * calls.
 */
import { callsOf, printSteps } from "../../ir/program.js";
import type { Parameter, PrintedKernel, TargetCall as Call, TargetFunction, VectorKernel } from "../program.js";
import { address, call, get, load, plain, set, type Code, type FunctionCode, type Local } from "./code.js";
import { compileKernel, type KernelCode } from "./kernel.js";
import { limits } from "./limits.js";
import type { ValueType } from "./opcodes.js";
import { isWasmKernel } from "./printed.js";
import { valueTypes } from "./scalarCode.js";

/** A kernel as it stands in the module. */
export interface Placed {
  readonly code: FunctionCode;
  readonly kernel: KernelCode;
  /** The address of each buffer, or the parameter for it if calls differ. */
  readonly bases: readonly (number | Local)[];
  /** Whether it reads from memory the numbers that it is given: they are too many for parameters. */
  readonly fromMemory?: boolean;
}

/**
 * A buffer that all calls of a kernel find at one address is a constant of its code; others are parameters. A kernel
 * with more parameters than engines take is in the module once for each call, so that the addresses of its buffers are
 * constants. If its numbers alone are too many, it reads them from memory, as its function does.
 */
export function placeKernels(functions: readonly TargetFunction[], relaxed: boolean): ReadonlyMap<Call, Placed> {
  const calls = functions.flatMap((made) => callsOf(made.steps).map((call) => ({ made, call })));
  const byName = new Map<string, typeof calls>();
  for (const each of calls) byName.set(each.call.name, [...(byName.get(each.call.name) ?? []), each]);
  const placed = new Map<Call, Placed>();
  for (const [name, list] of byName) {
    const [first] = list as [(typeof calls)[0]];
    const { printed } = first.call;
    const kernel =
      isWasmKernel(printed) && !relaxed
        ? printed.kernelCode
        : compileKernel(first.call.kernel, (dim) => first.made.dims[dim] as number, { relaxed });
    const addresses = list.map((each) => addressesOf(each.made, each.call.printed.passes));
    const bases = kernel.buffers.map((_, position): number | Local => {
      const own = addresses.map((each) => each[position] as number);
      return own.every((each) => each === own[0]) ? (own[0] as number) : { type: "i32", name: `base${position}` };
    });
    const parameters = [...bases.filter((base): base is Local => typeof base !== "number"), ...kernel.code.parameters];
    if (parameters.length <= limits.parameters) {
      const made = { code: { ...kernel.code, name, parameters }, kernel, bases };
      for (const { call } of list) placed.set(call, made);
    } else {
      list.forEach(({ made, call }, position) => {
        const own = position === 0 ? name : `${name}.${position}`;
        const fromMemory = kernel.code.parameters.length > limits.parameters;
        const code = fromMemory ? withoutParameters(kernel.code, made, call) : kernel.code;
        placed.set(call, { code: { ...code, name: own }, kernel, bases: addresses[position] as number[], fromMemory });
      });
    }
  }
  return placed;
}

/** A kernel that reads the numbers of its one call from memory. */
function withoutParameters(
  { parameters, body, ...code }: FunctionCode,
  made: TargetFunction,
  { printed }: Call,
): FunctionCode {
  const numbers = numbersOf(made);
  const given = printed.passes.flatMap((pass) =>
    pass.kind === "buffer" ? [] : [numbers.get(`${pass.kind}:${pass.name}`)],
  );
  return { ...code, parameters: [], body: [...parameters.map((each, at) => set(each, given[at] as Code)), ...body] };
}

const typeOfNumber = (each: Parameter): ValueType => (each.kind === "dimension" ? "i32" : valueTypes[each.type]);

/** The numbers that a function is given through memory, by kind and name. */
function numbersOf({ given, parameters }: TargetFunction): ReadonlyMap<string, Code> {
  const first = given ? given.offset : 0;
  return new Map(
    parameters.map((each, at) => {
      const double = load("f64.load", { base: "zero", offset: first + 8 * at, address: null });
      const type = typeOfNumber(each);
      const code = type === "f64" ? double : plain(type === "f32" ? "f32.demote_f64" : "i32.trunc_sat_f64_s", double);
      return [`${each.kind}:${each.name}`, code] as const;
    }),
  );
}

/** A kernel that is called with addresses, in the order that its caller knows. */
export function placeVectorKernel(
  { name, kernel, buffers }: VectorKernel,
  relaxed: boolean,
): { readonly code: FunctionCode; readonly inner: Placed } {
  const compiled = compileKernel(kernel, () => 1, { relaxed });
  const given = new Map(buffers.map((id): [string, Local] => [id, { type: "i32", name: id }]));
  const bases = compiled.buffers.map((_, position): Local => ({ type: "i32", name: `base${position}` }));
  const scalars = compiled.code.parameters;
  const inner = {
    code: { ...compiled.code, name: `${name}.kernel`, parameters: [...bases, ...scalars] },
    kernel: compiled,
    bases,
  };
  const body = call(
    inner.code,
    ...compiled.buffers.map((id) => get(given.get(id) as Local)),
    ...scalars.map((each) => get(each)),
  );
  return { code: { name, parameters: [...given.values(), ...scalars], body: [body], results: [] }, inner };
}

const addressesOf = (made: TargetFunction, passes: PrintedKernel["passes"]): number[] =>
  passes.flatMap((pass) => (pass.kind === "buffer" ? [made.bufferOf(pass.id).offset] : []));

/** The function that the host calls: its kernels in order, or some of them. */
export function entryOf(
  made: TargetFunction,
  placed: ReadonlyMap<Call, Placed>,
  { name: own, steps }: Pick<TargetFunction, "name" | "steps"> = made,
): FunctionCode {
  const throughMemory = made.given !== null;
  const parameters = throughMemory
    ? []
    : made.parameters.map((each) => ({ kind: each.kind, local: { type: typeOfNumber(each), name: each.name } }));
  const given = throughMemory
    ? numbersOf(made)
    : new Map(parameters.map(({ kind, local }) => [`${kind}:${local.name}`, get(local)]));
  const body = printSteps(steps, (each): Code[] => {
    const { printed } = each;
    const { code, bases, fromMemory } = placed.get(each) as Placed;
    const addresses = addressesOf(made, printed.passes);
    return [
      call(
        code,
        ...bases.flatMap((base, position) =>
          typeof base === "number" ? [] : [address("zero", addresses[position] as number)],
        ),
        ...printed.passes.flatMap((pass) =>
          pass.kind === "buffer" || fromMemory ? [] : [given.get(`${pass.kind}:${pass.name}`) as Code],
        ),
      ),
    ];
  });
  return { name: own, parameters: parameters.map(({ local }) => local), body, results: [] };
}
