/** An optimizer whose options are chosen, as the compiler sees it. */
import type { Driver } from "./driver.js";
import type { Expression } from "../ir/op.js";
import type { Size } from "../ir/size.js";
import type { HyperVariable, KeptSchedule } from "./bindHyperparameters.js";

/** Whether a parameter belongs to a group. */
export type ParameterMatch = (parameter: {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}) => boolean;

/** The initial value of a state tensor: one number everywhere. */
export interface StateInit {
  readonly shape: readonly Size[];
  readonly value: number;
}

/** The parameters that share an optimizer's numbers. */
export type Scope = "group" | "global" | "tensor";

export type Expressions = Readonly<Record<string, Expression>>;

/** The operands of an update, by name. */
export interface Step {
  readonly param: Expression;
  readonly grad: Expression;
  readonly state: Expressions;
  readonly shared: Expressions;
}

/** An optimizer whose options are chosen, for the parameters of one group. */
export interface BoundOptimizer {
  /** The name of its declaration. */
  readonly name: string;
  /** The variables that no other group has. */
  readonly variables: readonly HyperVariable[];
  /** Schedules that keep numbers. */
  readonly schedules: readonly KeptSchedule[];
  /** Whether rows that the gradient does not list stay as they are, by declaration. */
  readonly sparse: boolean;
  readonly scope: Scope;
  readonly shared: Readonly<Record<string, number>>;
  readonly states: (shape: readonly Size[]) => Readonly<Record<string, StateInit>>;
  readonly accepts: (shape: readonly Size[]) => string | null;
  readonly measure: ((step: Step) => Expressions) | null;
  readonly advance: (shared: Expressions, sums: Expressions) => Expressions;
  readonly update: (step: Step & { readonly next: Expressions }) => {
    readonly param: Expression;
    readonly state: Expressions;
  };
  readonly evaluate: ((given: Omit<Step, "grad"> & { readonly step: Expression }) => Expression) | null;
}

/** The parameters that one rule updates. */
export interface Group {
  /** The name of the group; null for the group of all other parameters. */
  readonly name: string | null;
  readonly match: ParameterMatch | null;
  /** Whether it is made of patterns of names, which must match some parameter. */
  readonly isNamed: boolean;
  readonly rule: BoundOptimizer;
}

/** A declared optimizer with its options chosen. */
export interface Optimizer {
  readonly name: string;
  /** The groups of parameters: first those that have a name, then all other parameters. */
  readonly groups: readonly Group[];
  /** Every number that a call may override. */
  readonly variables: readonly HyperVariable[];
  /**
   * Present if the optimizer is host code: only the loss and the gradient are compiled, and the update just keeps the
   * gradient.
   */
  readonly driver?: Driver;
  /** The optimizer's rule for a group, whose own hyper-parameters are called by the group's name. */
  readonly ruleFor: (group: string) => BoundOptimizer;
}
