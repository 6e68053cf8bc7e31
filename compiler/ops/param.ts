/**
 * The tensors that a model keeps between calls: parameters, which training changes, and states, which `assign` changes.
 */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import { isOp } from "../ir/graph.js";
import { defineOp, isExpression, toShape, type Expression, type Operand } from "../ir/op.js";
import { printType, shapeFault } from "../ir/op.js";
import { equalAll, printShape, type Size } from "../ir/size.js";
import type { Shape, Writable } from "../ir/shape.js";
import type { Effect, HostNumber, Tensor } from "../ir/tensorMethods.js";
import { broadcast, broadcastTo } from "./broadcast.js";
import { toDevice } from "./elementwise.js";
import type { Initializer } from "./initializers.js";
import { full } from "./initializers.js";
import { checkName, checkShape } from "./declarations.js";
import { nextOrder } from "./order.js";

export interface Param {
  /**
   * A tensor that training updates and that is saved with the net. Its name is a dotted path: `hidden.weight`. Its
   * sizes are numbers. The instance computes its initial elements from the initializer, the seed and the name; a finite
   * number sets all of them.
   */
  <const S extends readonly number[]>(name: string, shape: S, initializer: Initializer | number): Tensor<Writable<S>>;
}

export interface State {
  /**
   * A named tensor that is saved with the net but not trained; `assign` changes it. Its sizes are numbers. It starts
   * with the values of the initializer, or with one number in all elements, which may be infinite or NaN:
   * `state("best", [], Infinity)`. No gradient flows to it.
   */
  <const S extends readonly number[]>(name: string, shape: S, initializer: Initializer | number): Tensor<Writable<S>>;
}

export interface Assign {
  /**
   * An effect: the state becomes `next(current)` at the end of a call of every function that lists the effect.
   * `current` is the value that the previously created assign of the same state in that function left. Everything else
   * that `next` reads has its value from the start of the call: in a `minimize`, parameters from before the update.
   */
  <S extends Shape>(of: Tensor<S>, next: (current: Tensor<S>) => Tensor<NoInfer<S>> | HostNumber | number): Effect;
}

interface Kept extends Record<string, unknown> {
  readonly name: string;
  readonly shape: readonly Size[];
  readonly initializer: Initializer;
}

function keeper(kind: "param" | "state") {
  return defineOp<[name: string, shape: readonly number[], initializer: Initializer | number], Kept>({
    name: kind,
    parse(name, shape, initializer) {
      const what = `${kind} '${checkName(kind, name)}'`;
      if (typeof initializer !== "number" && typeof initializer !== "function") {
        fail({
          code: "invalid-argument",
          message: `${what}: not an initializer`,
          expected: "an initializer such as zeros(), uniform(-1, 1) or kaimingUniform(), or a number",
          found: initializer === undefined ? "nothing" : describeValue(initializer),
        });
      }
      const sizes = checkShape(what, toShape(what, shape), false);
      const init = typeof initializer === "number" ? full(initializer) : initializer;
      // The value is made again when the model is compiled. Here it is made for its errors, which then point at the
      // declaration.
      const first = init(sizes, name);
      if (typeof first === "function") {
        fail({
          code: "invalid-argument",
          message: `${what}: the initializer was not called`,
          expected: "an initializer such as zeros() or uniform(-1, 1)",
          found: describeValue(init),
          hint: init.name ? `write ${init.name}()` : undefined,
        });
      }
      if (!isExpression(first) || first.element !== "float" || !equalAll(first.shape, sizes)) {
        shapeFault(
          `${what}: the initializer gives something else`,
          `float ${printShape(sizes)}`,
          isExpression(first) ? printType(first) : describeValue(first),
        );
      }
      const start = numberOf(first);
      if (kind === "param" && start !== undefined && !Number.isFinite(start)) {
        fail({
          code: "invalid-argument",
          message: `${what}: the initial value is not finite`,
          expected: "a finite number, from which training can move",
          found: describeValue(start),
          hint: "a state, which is not trained, may start at any number",
        });
      }
      return { args: [], attributes: { name, shape: sizes, initializer: init } };
    },
    infer: (_, { shape }) => ({ shape, element: "float" }),
    lowering: { kind: "leaf" },
  });
}

/** The number that all elements of an initial value have, if it was given as a number. */
function numberOf(value: Expression): number | undefined {
  const { attributes } = isOp(value, broadcast) ? (value.args[0] as Expression) : value;
  return typeof attributes.value === "number" ? attributes.value : undefined;
}

/** A trained tensor. Its shape is fixed; the initializer draws from a stream that is named after it. */
export const param = keeper("param");
/** A tensor that is saved with the model but not trained; `assign` changes it. */
export const state = keeper("state");

/** Within `assign`: the value that the assign of this state before it left, or the state at the start of the call. */
export const current = defineOp<[of: Expression, order: number], { order: number }>({
  name: "current",
  parse: (of, order) => ({ args: [of], attributes: { order } }),
  infer: ([of]) => of,
});

/** The effect that gives a state its next value; made by `assign`. */
export const assignment = defineOp<[state: Expression, next: Expression, order: number], { order: number }>({
  name: "assign",
  parse: (of, next, order) => ({ args: [of, next], attributes: { order } }),
  infer: ([of]) => of,
  writes: () => ({ targets: 1 }),
});

/**
 * An effect: the state becomes `next(current)` at the end of a call of every function that lists the effect.
 * `current` is what the previously created assign of the same state in that function left.
 */
export function assign(of: Expression, next: (current: Expression) => Operand): Expression {
  if (!isExpression(of) || of.op !== state) {
    return fail({
      code: "invalid-argument",
      message: "assign: the first argument is not a state",
      expected: "a tensor made by state(name, shape, initializer)",
      found: isExpression(of) ? `a result of ${of.op.definition.name}` : describeValue(of),
      hint: "parameters are changed by minimize",
    });
  }
  if (typeof next !== "function") {
    return fail({
      code: "invalid-argument",
      message: "assign: the second argument is not a function",
      expected: "a function from the current value to the next, as in (count) => count.add(1)",
      found: describeValue(next),
    });
  }
  const order = nextOrder();
  const result = next(current(of, order));
  const value =
    typeof result === "number"
      ? broadcastTo(full(result)(of.shape, ""), of.shape)
      : isExpression(result)
        ? toDevice(result)
        : result;
  if (!isExpression(value) || value.element !== "float" || !equalAll(value.shape, of.shape)) {
    shapeFault(
      "assign: the next value does not fit the state",
      `float ${printShape(of.shape)}`,
      isExpression(value) ? printType(value) : describeValue(value),
      "return the next value from the function",
    );
  }
  return assignment(of, value, order);
}
