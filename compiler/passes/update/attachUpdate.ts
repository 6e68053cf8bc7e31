/**
 * Adds the optimizer's update, with the accumulating, clipping and averaging around it, to the graph of the gradients.
 */
import { asExpression, asTensor } from "../../ir/asTensor.js";
import { fail } from "../../diagnostics.js";
import { Builder, isOp, nodeAt, type Graph, type NodeId } from "../../ir/graph.js";
import { idAt } from "../../ir/ids.js";
import { isExpression, printType, type Expression } from "../../ir/op.js";
import { withPlace } from "../../ir/place.js";
import { equalAll, printShape } from "../../ir/size.js";
import { averageName, keptFor, sumName, type Training } from "../../optimizers/training.js";
import { assignment } from "../../ops/param.js";
import { optimizerState, type ScalarState } from "../../ops/kept.js";
import { byAssign, update, write } from "../../ops/update.js";
import { averaged, averageCells, type Averaging } from "./averaging.js";
import { clipGradients } from "./clipGradients.js";
import { Gate, skippedName } from "./updateCondition.js";
import type { ParameterUpdate } from "./parameterUpdate.js";
import { trainingOf, type AttachedUpdate } from "../notes.js";
import type { Pass } from "../pass.js";
import { recomputed } from "./recompute.js";
import { scheduleCells, sharedNumbers, updateCells, type NextScalarState, type Numbers } from "./sharedNumbers.js";
import { elementBody } from "./updateBody.js";

export const attachUpdate: Pass = {
  name: "update",
  doc: "merges the optimizer's update and the assigns into the graph",
  run(graph, context) {
    if (graph.gradients.length === 0 && graph.effects.length === 0) return null;
    const builder = new Builder(graph);
    const training = trainingOf(context);
    if (graph.gradients.length > 0 && !training) throw new Error(`${graph.name}: gradients without an optimizer`);
    const made = training ? new Attachment(graph, builder, training) : null;
    const averagedStates: string[] = [];
    const effects = graph.effects.flatMap((effect) => {
      const node = nodeAt(graph, effect);
      if (!isOp(node, assignment)) return [effect];
      const [target, next] = node.args.map((arg) => builder.reference(arg)) as [Expression, Expression];
      const value = made?.stateAfter(target, next) ?? next;
      const writes = [write(target, value, byAssign)];
      const average = made?.averageOf(effect) ?? null;
      if (average) averagedStates.push(target.attributes["name"] as string);
      return [...writes, ...(average ? [average] : [])].map((each) => builder.add(each));
    });
    return {
      added: builder.added,
      effects: [...effects, ...(made?.effects ?? [])],
      outputs: [...graph.outputs, ...(made?.outputs ?? [])],
      gradients: [],
      ...(made && { notes: { updates: made.updates, cells: made.cells, averagedStates } }),
    };
  },
};

const added = (sum: Expression, gradient: Expression): Expression =>
  asExpression(asTensor<[1]>(sum).add(asTensor<[1]>(gradient)));

const divided = (sum: Expression, count: number): Expression => asExpression(asTensor<[1]>(sum).div(count));

/** The updates of one function. */
class Attachment {
  readonly #graph: Graph;
  readonly #builder: Builder;
  readonly #training: Training;
  readonly #gate: Gate;
  readonly updates = new Map<string, AttachedUpdate>();
  readonly cells: ScalarState[] = [];
  readonly effects: NodeId[] = [];
  readonly outputs: { readonly name: string; readonly node: NodeId }[] = [];
  #averaging: Averaging | null = null;
  /** The gradients from which a number is computed. */
  readonly #sources = new Map<Expression, ReadonlySet<Expression>>();

  constructor(graph: Graph, builder: Builder, training: Training) {
    this.#graph = graph;
    this.#builder = builder;
    this.#training = training;
    this.#gate = new Gate(training);
    this.#run();
  }

  #run(): void {
    const { accumulate, clip, average } = this.#training;
    const parts = this.#graph.gradients.map(({ parameter, gradient }) => this.#part(parameter, gradient));
    this.#checkGroups(parts);
    const mean = ({ kept, source }: ParameterUpdate): Pick<ParameterUpdate, "sum" | "grad"> => {
      if (accumulate === 1) return { sum: null, grad: source };
      const sum = added(kept[sumName] as Expression, source);
      return { sum, grad: divided(sum, accumulate) };
    };
    const summed = parts.map((part): ParameterUpdate => ({ ...part, ...mean(part) }));
    this.#gate.watch(summed.map(({ grad }) => grad));
    const again = (part: ParameterUpdate, first: Expression): ParameterUpdate => {
      // Accumulated gradients are in memory in any case.
      if (accumulate > 1) return part;
      const source = recomputed(this.#graph, this.#builder, part.source, first);
      return { ...part, source, grad: source };
    };
    const ready = clip ? clipGradients(clip, summed, again) : summed;
    const { of: numbersOf, cells } = sharedNumbers(this.#graph.name, ready);
    this.#averaging = average && averageCells(this.#graph.name, average);
    for (const part of ready) withPlace(part.param.place, () => this.#attach(part, numbersOf(part)));
    const all: NextScalarState[] = [
      ...updateCells(this.#graph.name, ready),
      ...cells,
      ...scheduleCells(this.#graph.name, this.#training.optimizer),
      ...(this.#averaging?.cells ?? []),
    ];
    for (const each of [...all, ...this.#gate.cells(this.#graph.name)]) this.#writeCell(each);
    const skipped = this.#gate.skipped();
    if (skipped) this.outputs.push({ name: skippedName, node: this.#builder.add(skipped) });
  }

  /** The next value of a state of the model. */
  stateAfter(state: Expression, next: Expression): Expression {
    return this.#gate.passState(next, state);
  }

  /** The effect that keeps the average of a state that an effect assigns. */
  averageOf(effect: NodeId): Expression | null {
    const { args } = nodeAt(this.#graph, effect);
    const [state, next] = [idAt(args, 0), idAt(args, 1)];
    const { attributes, shape, element } = nodeAt(this.#graph, state);
    if (!this.#averaging || element !== "float") return null;
    const name = attributes["name"] as string;
    const twin = optimizerState({ function: this.#graph.name, parameter: name, name: averageName, shape });
    const value = this.#gate.pass(averaged(this.#averaging, twin, this.#builder.reference(next)), twin);
    return this.#write(name, [twin], [value], [this.#builder.reference(next)], byAssign).nodes[0] as Expression;
  }

  /** A pattern that matches no name is a mistake; a function of shapes may be meant for other nets. */
  #checkGroups(parts: readonly ParameterUpdate[]): void {
    const { name: optimizer, groups } = this.#training.optimizer;
    const used = new Set(parts.map(({ group }) => group.name));
    const unused = groups.find(({ name, isNamed }) => isNamed && !used.has(name));
    if (!unused) return;
    const names = parts.map(({ name }) => name);
    fail({
      code: "invalid-hyper",
      message: `${optimizer}: no parameter of '${this.#graph.name}' is in group '${String(unused.name)}'`,
      place: this.#training.place,
      expected: "a match that fits at least one trained parameter",
      found: `parameters ${names.slice(0, 6).join(", ")}${names.length > 6 ? ", ..." : ""}`,
      hint: "a pattern has to fit the whole name: * stands for any characters",
    });
  }

  #part(parameter: NodeId, gradient: NodeId): ParameterUpdate {
    const leaf = nodeAt(this.#graph, parameter);
    const name = leaf.attributes["name"] as string;
    return withPlace(leaf.place, () => {
      const { group, states } = keptFor(this.#training, name, leaf.shape);
      const of = this.#graph.name;
      const kept = Object.entries(states).map(
        ([state, { shape }]) => [state, optimizerState({ function: of, parameter: name, name: state, shape })] as const,
      );
      const [param, source] = [this.#builder.reference(parameter), this.#builder.reference(gradient)];
      return { name, group, param, source, sum: null, grad: source, kept: Object.fromEntries(kept) };
    });
  }

  #attach(part: ParameterUpdate, { shared, next }: Numbers): void {
    const { name, group, param, kept, grad, source, sum } = part;
    const { rule } = group;
    const result = rule.update({ param, grad, state: kept, shared, next });
    const own = Object.keys(kept).filter((each) => each !== sumName && each !== averageName);
    const wanted: (readonly [string, unknown, Expression])[] = [
      ["the parameter", result?.param, param],
      ...own.map((each) => [`the state '${each}'`, result?.state?.[each], kept[each] as Expression] as const),
    ];
    for (const [what, value, target] of wanted) {
      if (isExpression(value) && value.element === "float" && equalAll(value.shape, target.shape)) continue;
      fail({
        code: "invalid-optimizer",
        message: `${rule.name}: the update of '${name}' does not give ${what} a fitting value`,
        expected: `float ${printShape(target.shape)}`,
        found: isExpression(value) ? printType(value) : value === undefined ? "nothing" : typeof value,
        hint: "update returns { param, state: { ... } }: what the parameter and each of its states become",
      });
    }
    // A parameter that keeps its value, as under a driver, is not written.
    const changed = wanted.filter(([, value, target]) => target !== param || value !== param);
    const targets = changed.map(([, , target]) => target);
    const values = changed.map(([, value, target]) => this.#gate.pass(value as Expression, target));
    const twin = kept[averageName];
    if (twin && this.#averaging) {
      targets.push(twin);
      values.push(this.#gate.pass(averaged(this.#averaging, twin, result.param), twin));
    }
    if (sum) {
      const target = kept[sumName] as Expression;
      targets.push(target);
      values.push(this.#gate.reset(sum, target));
    }
    const { nodes, isBody, numbers } = this.#write(name, targets, values, [source], rule.name);
    const sources = new Set(numbers.flatMap((each) => [...this.#sourcesOf(each)]));
    // Sums from which only later steps follow are taken over all gradients too.
    const isGlobal = sources.size > 1 || (rule.measure !== null && rule.scope !== "tensor");
    const isAlone = isBody && sources.size === 0 && rule.measure === null;
    const kind = isGlobal ? "global" : isAlone ? "elementwise" : "per tensor";
    this.updates.set(name, { parameter: name, by: rule.name, group: group.name, kind, isBody });
    const called = (each: Expression): { name?: string } => {
      const found = Object.entries(kept).find(([, leaf]) => leaf === each);
      return found ? { name: `${name}.${found[0]}` } : {};
    };
    this.effects.push(...nodes.map((node) => this.#builder.add(node, called)));
  }

  /**
   * The effects that write the targets: one update, if each element follows from the same elements of all arguments.
   */
  #write(
    name: string,
    targets: readonly Expression[],
    values: readonly Expression[],
    sources: readonly Expression[],
    by: string,
  ): { readonly nodes: readonly Expression[]; readonly isBody: boolean; readonly numbers: readonly Expression[] } {
    const [first] = targets as readonly [Expression];
    const tensors = [...targets, ...sources];
    const alike = tensors.every(({ shape }) => equalAll(shape, first.shape));
    const abstracted = alike ? elementBody(values, tensors) : null;
    if (abstracted) {
      const { body, numbers } = abstracted;
      const gradient = by === byAssign ? {} : { gradient: targets.length };
      const attributes = { targets: targets.length, by, bodies: [body], ...gradient };
      return { nodes: [update.node([...tensors, ...numbers], attributes)], isBody: true, numbers };
    }
    for (const each of sources) {
      const id = this.#builder.add(each);
      this.#builder.rename(id, `${name}.gradient`);
    }
    const nodes = targets.map((target, position) => {
      return write(target, values[position] as Expression, by);
    });
    return { nodes, isBody: false, numbers: values };
  }

  /** The gradients from which an expression is computed. */
  #sourcesOf(root: Expression): ReadonlySet<Expression> {
    const known = this.#sources.get(root);
    if (known) return known;
    const gradients = new Set(this.#graph.gradients.map(({ gradient }) => this.#builder.reference(gradient)));
    const found = new Set<Expression>();
    const seen = new Set([root]);
    // A set may grow while it is walked.
    for (const each of seen) {
      if (gradients.has(each)) found.add(each);
      for (const arg of each.args) seen.add(arg);
    }
    this.#sources.set(root, found);
    return found;
  }

  #writeCell(next: NextScalarState): void {
    const { cell } = next;
    this.cells.push(cell.attributes as ScalarState);
    if (next.value === next.old) return;
    const node = write(cell, this.#gate.passNumber(next), "shared");
    const { name } = cell.attributes as { name: string };
    this.effects.push(this.#builder.add(node, (each) => (each === cell ? { name } : {})));
  }
}
