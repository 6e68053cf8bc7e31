/** Errors as plain data: an error that crosses to another process would come out as an `Error` of no kind. */
import { OptimcError, type Diagnostic } from "../../compiler/diagnostics.js";
import { described, partsOfError, soundError } from "../../compiler/read/anything.js";

/** What went wrong: the caller's fault, or a defect of ours with its stack. */
export type Failure = { readonly diagnostic: Diagnostic } | { readonly defect: string };

/** The diagnostic of an error, without what may be of any form. */
export function diagnosticOf({ code, message, place, expected, found, hint, related, layer }: OptimcError): Diagnostic {
  return { code, message, place, expected, found, hint, related, layer };
}

export function failureOf(error: unknown): Failure {
  const own = soundError(error);
  if (own) return { diagnostic: diagnosticOf(own) };
  const { isError, stack, name, message } = partsOfError(error);
  return { defect: isError ? stack || `${name}: ${message}` : described(error) };
}

/** The error that a failure was made of, to be thrown here. */
export function errorOf(failure: Failure): Error {
  if ("diagnostic" in failure) return new OptimcError(failure.diagnostic);
  const [first = ""] = failure.defect.split("\n");
  const error = new Error(first);
  // Where it arose says more than where it arrived.
  error.stack = failure.defect;
  return error;
}
