/** Errors for a program that is valid, but that no engine would compile. */
import { fail } from "../../diagnostics.js";
import { callsOf } from "../../ir/program.js";
import type { Place } from "../../ir/place.js";
import type { TargetProgram } from "../program.js";
import type { FunctionCode } from "./code.js";
import { limits, type Limit } from "./limits.js";

/** The places of the parts of a model that no engine would compile, and hints for the user. */
export function refuseLimit(program: TargetProgram, limit: Limit, found: number, code?: FunctionCode): never {
  const { name } = program;
  const kernel = kernelOf(program, code);
  fail({
    code: "too-large",
    message: kernel
      ? `${name}: the kernel of ${kernel.what} is larger than engines take`
      : `${name} is larger than engines take`,
    place: kernel?.place,
    expected: `at most ${limits[limit]} ${limit} in WebAssembly`,
    found: String(found),
    hint: kernel
      ? "compute in smaller parts, such as fewer operations between two products of matrices, or build with --target js"
      : "build smaller models, or with --target js",
  });
}

/** The function of the model and the user's line of a kernel's code; undefined if the code is no kernel's. */
function kernelOf(program: TargetProgram, code?: FunctionCode): { what: string; place: Place | undefined } | null {
  for (const made of [...program.functions, program.initialize]) {
    const called = callsOf(made.steps).find(({ name }) => name === code?.name);
    if (called) return { what: `${called.name} in ${made.name}`, place: called.place };
  }
  return null;
}
