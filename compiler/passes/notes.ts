/** What passes know beside the graph, and what they find out and hand on. */
import type { OptimcError } from "../diagnostics.js";
import type { ModelFunction } from "../model/model.js";
import type { ScalarState } from "../ops/kept.js";
import type { Training } from "../optimizers/training.js";

/** How a parameter is updated. */
export interface AttachedUpdate {
  readonly parameter: string;
  /** The name of the optimizer that updates it, and of its group. */
  readonly by: string;
  readonly group: string | null;
  /**
   * `elementwise`: each element by itself. `per tensor`: it depends on other elements of the same parameter or gradient.
   * `global`: it depends on other gradients.
   */
  readonly kind: "elementwise" | "per tensor" | "global";
  /** Whether it is one node, whose elements follow each other: else it is spread over the graph. */
  readonly isBody: boolean;
}

/** What was decided for a parameter whose gradient lists rows, or whose optimizer is declared sparse. */
export interface RowsDecision {
  readonly parameter: string;
  /** Whether only the listed rows are touched. */
  readonly sparse: boolean;
  /** Why, in words that `explain` prints. */
  readonly reason: string;
  /** Hyper-parameters that must be above 0 for this, though their range has 0 too. */
  readonly positive: readonly string[];
}

/** What passes found out about the graph of one function. */
export interface Notes {
  /** By parameter. */
  readonly updates: ReadonlyMap<string, AttachedUpdate>;
  /** Numbers that are kept beside the parameters' own. */
  readonly cells: readonly ScalarState[];
  /** States of the model of which an average is kept. */
  readonly averagedStates: readonly string[];
  /** Of parameters whose gradients list rows: whether only these are updated, and why. */
  readonly rows: readonly RowsDecision[];
  /** What the user should know of the function. */
  readonly warnings: readonly OptimcError[];
}

export const noNotes: Notes = { updates: new Map(), cells: [], averagedStates: [], rows: [], warnings: [] };

/** A function that updates, and what was found out about it. */
export interface Trainer {
  readonly name: string;
  readonly training: Training;
  readonly notes: Notes;
}

/** What a pass may know beside the graph of a function. */
export interface PassContext {
  /** The function as the user declared it; null for what the compiler makes itself, such as the initial values. */
  readonly definition: ModelFunction | null;
  /** The functions that update: they are derived before those that only compute. */
  readonly trainers: readonly Trainer[];
  /** The capacities of named dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  /** Whether all rows are updated where a gradient lists some, unless the optimizer is declared sparse. */
  readonly denseRows: boolean;
  /** What the passes before this one found out. */
  readonly notes: Notes;
}

export const noContext: PassContext = { definition: null, trainers: [], dims: {}, denseRows: false, notes: noNotes };

/** How the function trains; null if it only computes. */
export const trainingOf = ({ definition }: Pick<PassContext, "definition">): Training | null =>
  definition?.kind === "minimize" ? definition : null;
