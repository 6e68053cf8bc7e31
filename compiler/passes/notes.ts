/** The facts that passes are given beside the graph, and their findings for later passes. */
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
  /** Whether it is one `update` node; otherwise it is spread over several nodes of the graph. */
  readonly isBody: boolean;
}

/** The decision for a parameter whose gradient lists rows, or whose optimizer is declared sparse. */
export interface RowsDecision {
  readonly parameter: string;
  /** Whether only the listed rows are touched. */
  readonly sparse: boolean;
  /** Why, in words that `explain` prints. */
  readonly reason: string;
  /** Hyper-parameters that must be above 0 for this decision, though their range includes 0. */
  readonly positive: readonly string[];
}

/** The findings of passes about the graph of one function. */
export interface Notes {
  /** By parameter. */
  readonly updates: ReadonlyMap<string, AttachedUpdate>;
  /** Kept numbers that belong to no single parameter. */
  readonly cells: readonly ScalarState[];
  /** States of the model of which an average is kept. */
  readonly averagedStates: readonly string[];
  /** For parameters whose gradients list rows: whether only these rows are updated, and why. */
  readonly rows: readonly RowsDecision[];
  /** Warnings for the user about the function. */
  readonly warnings: readonly OptimcError[];
}

export const noNotes: Notes = { updates: new Map(), cells: [], averagedStates: [], rows: [], warnings: [] };

/** A function that updates, and the findings about it. */
export interface Trainer {
  readonly name: string;
  readonly training: Training;
  readonly notes: Notes;
}

/** The facts that a pass is given beside the graph of a function. */
export interface PassContext {
  /**
   * The function as the user declared it; null for a function that the compiler makes, such as the one for initial
   * values.
   */
  readonly definition: ModelFunction | null;
  /** The functions that update: passes run over them before those that only compute. */
  readonly trainers: readonly Trainer[];
  /** The capacities of named dimensions. */
  readonly dims: Readonly<Record<string, number>>;
  /** Whether all rows are updated where a gradient lists some, unless the optimizer is declared sparse. */
  readonly denseRows: boolean;
  /** The findings of earlier passes. */
  readonly notes: Notes;
}

export const noContext: PassContext = { definition: null, trainers: [], dims: {}, denseRows: false, notes: noNotes };

/** How the function trains; null if it only computes. */
export const trainingOf = ({ definition }: Pick<PassContext, "definition">): Training | null =>
  definition?.kind === "minimize" ? definition : null;
