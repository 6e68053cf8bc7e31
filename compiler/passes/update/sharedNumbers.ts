/** Numbers that optimizers and schedules keep from step to step, and the sums from which they follow. */
import { asExpression, asHostNumber } from "../../ir/asTensor.js";
import { isOp } from "../../ir/graph.js";
import type { Expression } from "../../ir/op.js";
import { expressionOrder } from "../../ir/order.js";
import { hyper } from "../../ops/hyper.js";
import { sharedCell, sharedScalar } from "../../ops/kept.js";
import { total } from "../../ops/sumInDouble.js";
import type { Group, Optimizer, BoundOptimizer } from "../../optimizers/updateRule.js";
import type { ParameterUpdate } from "./parameterUpdate.js";

/** A kept number and its next value. */
export interface NextScalarState {
  readonly cell: Expression;
  readonly value: Expression;
  /** Its value before the call, a host scalar. */
  readonly old: Expression;
  /** When it gets its next value: with the update, in any call, or also if this host scalar is not 0. */
  readonly when: "update" | "call" | Expression;
}

type Expressions = Readonly<Record<string, Expression>>;

/** The numbers that an update reads: from before the step, and from after it. */
export interface Numbers {
  readonly shared: Expressions;
  readonly next: Expressions;
}

/** The parts that share their numbers. */
interface Unit {
  readonly prefix: string;
  readonly rule: BoundOptimizer;
  readonly parts: ParameterUpdate[];
}

/** The prefix of the names of numbers that a parameter's group shares. */
export function prefixOf({ name, rule }: Group, parameter: string): string {
  if (rule.scope === "tensor") return `${parameter}.`;
  return rule.scope === "group" && name !== null ? `${name}.` : "";
}

function unitsOf(parts: readonly ParameterUpdate[]): Unit[] {
  const units = new Map<string, Unit>();
  for (const part of parts) {
    const { rule } = part.group;
    if (Object.keys(rule.shared).length === 0 && !rule.measure) continue;
    const prefix = prefixOf(part.group, part.name);
    const key = rule.scope === "global" ? rule.name : prefix;
    const unit = units.get(key);
    if (unit) unit.parts.push(part);
    else units.set(key, { prefix, rule, parts: [part] });
  }
  return [...units.values()];
}

export function sharedNumbers(
  of: string,
  parts: readonly ParameterUpdate[],
): { readonly of: (part: ParameterUpdate) => Numbers; readonly cells: readonly NextScalarState[] } {
  const numbers = new Map<ParameterUpdate, Numbers>();
  const cells: NextScalarState[] = [];
  for (const { prefix, rule, parts: own } of unitsOf(parts)) {
    const shared = Object.fromEntries(Object.keys(rule.shared).map((name) => [name, sharedScalar("", prefix + name)]));
    const sums: Record<string, Expression> = {};
    for (const { param, grad, kept, group } of own) {
      for (const [name, each] of Object.entries(group.rule.measure?.({ param, grad, state: kept, shared }) ?? {})) {
        const before = sums[name];
        const sum = asHostNumber(total(each));
        sums[name] = asExpression(before ? asHostNumber(before).add(sum) : sum);
      }
    }
    const next = { ...shared, ...rule.advance(shared, sums) };
    for (const part of own) numbers.set(part, { shared, next });
    for (const [name, initial] of Object.entries(rule.shared)) {
      const cell = sharedCell({ function: of, name: prefix + name, initial });
      const [old, value] = [shared[name], next[name]] as [Expression, Expression];
      cells.push({ cell, value, old, when: "update" });
    }
  }
  return { of: (part) => numbers.get(part) ?? { shared: {}, next: {} }, cells };
}

/** The name of the kept number of updates that a function has done; it is kept only if other functions need it. */
export const updatesName = "updates";

/** That number, if other functions evaluate tensors that an optimizer keeps. */
export function updateCells(of: string, parts: readonly ParameterUpdate[]): NextScalarState[] {
  if (!parts.some(({ group }) => group.rule.evaluate)) return [];
  const old = sharedScalar("", updatesName);
  const value = asExpression(asHostNumber(old).add(1));
  return [
    { cell: sharedCell({ function: of, name: updatesName, initial: 0, isCount: true }), value, old, when: "update" },
  ];
}

/**
 * The numbers that schedules keep. A number that follows from a metric also moves in a call that is given the metric.
 */
export function scheduleCells(of: string, { groups }: Optimizer): NextScalarState[] {
  const metric = asHostNumber(hyper("metric"));
  const given = asExpression(metric.eq(metric));
  return groups.flatMap(({ rule }) =>
    rule.schedules.flatMap(({ shared, next }) => {
      const isFed = [...expressionOrder(Object.values(next))].some(
        (each) => isOp(each, hyper) && each.attributes["name"] === "metric",
      );
      return Object.entries(shared).map(([name, initial]) => ({
        cell: sharedCell({ function: of, name, initial }),
        value: next[name] as Expression,
        old: sharedScalar("", name),
        when: isFed ? given : ("update" as const),
      }));
    }),
  );
}
