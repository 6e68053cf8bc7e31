/**
 * Optimizers are declared, not coded: a declaration gives the state of a parameter, and the formula of its next value
 * and state. The built-in ones use this form and nothing else.
 */
import { asExpression, asExpressions, asHostNumber, asHostNumbers, asTensor, asTensors } from "../ir/asTensor.js";
import { fail, nearest } from "../diagnostics.js";
import { describeValue, entry, guarded } from "../ir/guards.js";
import { isExpression, type Expression } from "../ir/op.js";
import { size, type Size, type SizeLike } from "../ir/size.js";
import type { HostNumber, Tensor } from "../ir/tensorMethods.js";
import type { Shape } from "../ir/shape.js";
// Scalars have methods: the operations install them.
import "../ops/index.js";
import { hyper as hyperLeaf } from "../ops/hyper.js";
import { bindOptions } from "./bindHyperparameters.js";
import { groupsOf, type GroupOptions } from "./groups.js";
import type { Expressions, Group, Optimizer, BoundOptimizer, Scope, StateInit, Step } from "./updateRule.js";
import type { BuiltOf, HyperOf, HyperRules, OptionsOf } from "./hyperparameters.js";
import { isIdentifier } from "../ir/identifier.js";

export type { HyperVariable } from "./bindHyperparameters.js";
export type { Optimizer, StateInit } from "./updateRule.js";
export { describeRange } from "./hyperparameters.js";

type AnyTensor = Tensor<Shape>;

/** An optimizer as data: its hyper-parameters, the state of each parameter, and the formula of one step. */
export interface OptimizerDeclaration<
  H extends HyperRules,
  S extends string,
  N extends string = never,
  M extends string = never,
> {
  /** The name in reports and in the saved state. */
  readonly name: string;
  /** Its options by name, each made by a function of `hyper`: `lr: hyper.number(1e-3)`. */
  readonly hyper: H;
  /**
   * Whether an update changes only the rows that the gradient lists, if the gradient is a sum of rows at indices, as
   * that of an embedding. By default it does so only if the build proves that it leaves other rows unchanged.
   */
  readonly sparse?: boolean;
  /** Checks a rule between options that ranges cannot express; returns the fault as a text, or null. */
  check?(options: OptionsOf<H>): string | null;
  /** Checks the shape of a parameter; returns the fault as a text, or null. */
  accepts?(shape: readonly Size[]): string | null;
  /**
   * The state of each parameter, under PyTorch's names: `like(x)` has the parameter's shape and is filled with x,
   * `full(shape, x)` has any shape.
   */
  state(context: {
    readonly like: (value: number) => StateInit;
    readonly full: (shape: readonly SizeLike[], value: number) => StateInit;
    readonly shape: readonly Size[];
    readonly hyper: HyperOf<H>;
  }): Partial<Record<S, StateInit>>;
  /** Numbers that are kept in double from step to step, with their initial values. */
  shared?(context: { readonly hyper: HyperOf<H> }): Partial<Record<N, number>>;
  /**
   * The parameters that share numbers and sums: those of a "group" (the default), all ("global"), or each alone
   * ("tensor").
   */
  scope?(hyper: HyperOf<H>): Scope;
  /** Tensors whose elements are summed over all parameters of the scope, before any of them is updated. */
  measure?(context: StepContext<H, S, N>): Partial<Record<M, AnyTensor>>;
  /** The shared numbers after this step. */
  advance?(context: {
    readonly shared: Readonly<Record<N, HostNumber>>;
    readonly sums: Readonly<Record<M, HostNumber>>;
    readonly hyper: HyperOf<H>;
    readonly step: HostNumber;
  }): Partial<Record<N, HostNumber>>;
  /**
   * The parameter and its state after the step: from `param`, `grad`, `state` by name, the values of `hyper`, `step`,
   * which counts from 1, the `shared` numbers from before the step and the `next` ones, to `{ param, state }`.
   */
  update(context: StepContext<H, S, N> & { readonly next: Readonly<Record<N, HostNumber>> }): {
    readonly param: AnyTensor;
    readonly state: Partial<Record<S, AnyTensor>>;
  };
  /**
   * The value that functions without an update read instead of the parameter, computed from the options that are fixed
   * when the model is built, the state, the shared numbers, and `step`, the number of updates done: 0 before the first.
   */
  evaluate?(context: {
    readonly param: AnyTensor;
    readonly state: Readonly<Record<S, AnyTensor>>;
    readonly shared: Readonly<Record<N, HostNumber>>;
    readonly hyper: BuiltOf<H>;
    readonly step: HostNumber;
  }): AnyTensor;
}

/** The operands of an update. */
export interface StepContext<H extends HyperRules, S extends string, N extends string> {
  readonly param: AnyTensor;
  readonly grad: AnyTensor;
  readonly state: Readonly<Record<S, AnyTensor>>;
  readonly hyper: HyperOf<H>;
  readonly step: HostNumber;
  readonly shared: Readonly<Record<N, HostNumber>>;
}

/** The 1-based number of the running update, as a host scalar. */
export const stepScalar = (): Expression => hyperLeaf("step");

/** Option names that a call uses for itself, and variables that the compiled function has already. */
const taken: ReadonlySet<string> = new Set([
  "loss",
  "into",
  "dims",
  "step",
  "call",
  "seed",
  "seedLow",
  "seedHigh",
  "hyper",
  "groups",
  "metric",
]);

type AnyDeclaration = OptimizerDeclaration<HyperRules, string, string, string>;

function checkDeclaration(declaration: AnyDeclaration): void {
  const { name, hyper } = declaration;
  for (const part of ["name", "hyper", "state", "update"] as const) {
    const kind = { name: "string", hyper: "object", state: "function", update: "function" }[part];
    if (typeof declaration[part] === kind && declaration[part] !== null) continue;
    fail({
      code: "invalid-optimizer",
      message: `optimizer: its declaration has no usable ${part}`,
      expected: `${part}: ${kind === "object" ? "an object" : `a ${kind}`}`,
      found: describeValue(declaration[part]),
    });
  }
  for (const [option, rule] of Object.entries(hyper)) {
    if (!isIdentifier(option) || taken.has(option) || option === "__proto__") {
      fail({
        code: taken.has(option) ? "reserved-name" : "invalid-name",
        message: `optimizer '${name}': an option cannot be called '${option}'`,
        expected: `a JavaScript identifier other than ${[...taken].join(", ")}`,
        found: option,
      });
    }
    if (typeof rule === "object" && rule !== null && "kind" in rule) {
      if (rule.kind !== "initial" || hyper[rule.of]?.kind === "number") continue;
      fail({
        code: "invalid-optimizer",
        message: `optimizer '${name}': option '${option}' is the initial value of no option`,
        expected: "hyper.initialOf the name of an option that is declared with hyper.number(default)",
        found: describeValue(rule.of),
      });
    }
    fail({
      code: "invalid-optimizer",
      message: `optimizer '${name}': option '${option}' is not declared`,
      expected:
        "a value made by hyper: number(default), numbers(defaults), optional(), fixed(default), fixedNumbers(defaults), initialOf(option), choice(words) or flag()",
      found: describeValue(rule),
    });
  }
}

/**
 * Declares an optimizer: returns a function of its options. The compiler classifies the update by its graph, never by
 * its name.
 */
export function optimizer<H extends HyperRules, S extends string, N extends string = never, M extends string = never>(
  declaration: OptimizerDeclaration<H, S, N, M>,
): (options?: OptionsOf<H> & GroupOptions<OptionsOf<H>>) => Optimizer {
  const plain: AnyDeclaration = declaration;
  guarded("optimizer", [declaration], () => checkDeclaration(plain));
  return entry(declaration.name, (given = {} as OptionsOf<H> & GroupOptions<OptionsOf<H>>) => {
    const { groups, ...options } = given as OptionsOf<HyperRules> & GroupOptions<OptionsOf<HyperRules>>;
    const rest = ruleOf(plain, given === null || typeof given !== "object" ? given : options, null, null);
    const named = groupsOf(declaration.name, groups, (name, own) => ruleOf(plain, { ...options, ...own }, name, own));
    const all: readonly Group[] = [...named, { name: null, match: null, isNamed: false, rule: rest }];
    return Object.freeze({
      name: declaration.name,
      groups: all,
      variables: [...new Set(all.flatMap(({ rule }) => rule.variables))],
      ruleFor: (group) => ruleOf(plain, options, group, null),
    } satisfies Optimizer);
  });
}

/** Checks that the results of `advance` are the shared numbers, and are numbers. */
function checkAdvanced(name: string, shared: readonly string[], next: Expressions): void {
  for (const [each, value] of Object.entries(next)) {
    if (shared.includes(each) && isExpression(value) && value.shape.length === 0) continue;
    const near = nearest(each, shared);
    fail({
      code: "invalid-optimizer",
      message: `${name}: advance gives '${each}' ${shared.includes(each) ? "an unusable value" : "which is not shared"}`,
      expected: shared.includes(each) ? "a number made of shared, sums, hyper and step" : `one of ${shared.join(", ")}`,
      found: shared.includes(each) ? describeValue(value) : each,
      hint: shared.includes(each) || near === undefined ? undefined : `did you mean ${near}?`,
    });
  }
}

/** `own` are the options that a group has for itself, null if all are; it takes the others from the whole optimizer. */
function ruleOf(
  declaration: AnyDeclaration,
  options: OptionsOf<HyperRules>,
  group: string | null,
  own: object | null,
): BoundOptimizer {
  const { name } = declaration;
  const { variables, schedules, hyper, built } = bindOptions(name, declaration.hyper, options, group, own);
  const fault = declaration.check?.(options);
  if (fault) {
    const found = Object.entries(options).map(([option, value]) => `${option}: ${String(value)}`);
    fail({
      code: "invalid-hyper",
      message: `${name}: ${fault}`,
      expected: "options that go together",
      found: found.join(", ") || "no options",
    });
  }
  const step = asHostNumber(stepScalar());
  const contextOf = ({ param, grad, state, shared }: Step) => ({
    param: asTensor(param),
    grad: asTensor(grad),
    state: asTensors(state),
    shared: asHostNumbers(shared),
    hyper,
    step,
  });
  const { measure, advance, evaluate } = declaration;
  const shared = (declaration.shared?.({ hyper }) ?? {}) as Record<string, number>;
  return {
    name,
    variables,
    schedules,
    sparse: declaration.sparse ?? false,
    scope: declaration.scope?.(hyper) ?? "group",
    shared,
    accepts: (shape) => declaration.accepts?.(shape) ?? null,
    states: (shape) =>
      declaration.state({
        like: (value) => ({ shape, value }),
        full: (own, value) => ({ shape: own.map(size), value }),
        shape,
        hyper,
      }) as Record<string, StateInit>,
    measure: measure ? (given) => asExpressions(measure(contextOf(given))) : null,
    advance(before, sums) {
      const given = { shared: asHostNumbers(before), sums: asHostNumbers(sums), hyper, step };
      const next = asExpressions(advance?.(given) ?? {});
      checkAdvanced(name, Object.keys(shared), next);
      return next;
    },
    update: ({ next, ...given }) =>
      declaration.update({ ...contextOf(given), next: asHostNumbers(next) }) as unknown as ReturnType<
        BoundOptimizer["update"]
      >,
    evaluate: evaluate
      ? ({ step: done, ...given }) => {
          const [param, state, shared] = [asTensor(given.param), asTensors(given.state), asHostNumbers(given.shared)];
          return asExpression(evaluate({ param, state, shared, hyper: built, step: asHostNumber(done) }));
        }
      : null,
  };
}
