/** What this process and the one of a task say to each other. */
import type { Place } from "../../compiler/ir/place.js";
import type { Failure } from "./failure.js";
import type { Kind, Results, Tasks } from "./task.js";

/** To the task's process: what to do, or that something is about to come. */
export type Request =
  { readonly kind: "prepare" } | { [K in Kind]: { readonly kind: K; readonly task: Tasks[K] } }[Kind];

/** From the task's process. */
export type Report =
  | { readonly kind: "source"; readonly path: string; readonly sha256: string | null }
  | { readonly kind: "begin" }
  /** The file has run; if it has left traces, no other may run in the process. */
  | { readonly kind: "end"; readonly isClean: boolean }
  /** The file is about to end the process by this call. */
  | { readonly kind: "ending"; readonly call: string; readonly place: Place | undefined }
  | { readonly kind: "done"; readonly result: Results[Kind]; readonly isClean: boolean }
  | { readonly kind: "failed"; readonly failure: Failure };
