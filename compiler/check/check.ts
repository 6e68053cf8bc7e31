/**
 * Proves a model: its gradients against finite differences, what each target computes against the plain meaning of the
 * graph, training steps included, in memory that holds nothing of use. Schedules and memory are verified when it is
 * compiled, as in every build.
 */
import { callsOf } from "../ir/program.js";
import { OptimcError } from "../diagnostics.js";
import { buildGraph, type NameAt } from "../model/buildGraph.js";
import { evaluate, type Value } from "../meaning/interpreter.js";
import { nodeAt, type Graph } from "../ir/graph.js";
import { topologicalOrder } from "../ir/order.js";
import type { Model, ModelFunction } from "../model/model.js";
import { compileStages } from "../compile.js";
import type { CompiledProgram } from "../emit/compiled.js";
import { accessesOf } from "../plan/verify/access.js";
import type { ModelGraphs } from "../passes/pipeline.js";
import type { Stages } from "../report/stages.js";
import type { Target } from "../targets/target.js";
import { loadedTargets } from "../targets/loaded.js";
import { meaningOf, type Comparison } from "./call.js";
import { callAll, isTold, worstOf, type Called, type Drawn, type Point } from "./calls.js";
import { circumstancesOf, drawInputs, moved, negative, sizesToTry, smallOnes, type Dims } from "./draw.js";
import { between, derive, isSurrogate, Slopes, type Derived, type Tested } from "./gradients.js";
import { instantiate, type Live, type Saved } from "./instance.js";
import { firstNotFinite, short, wrongNode, wrongRules } from "./locate.js";
import { generator } from "./numbers.js";
import { Findings, type Proof, type Report } from "./findings.js";
import { subjectsOf, type Subject } from "./subject.js";
import { plural, printSizes } from "./words.js";

export type { Proof, Report };

export interface CheckOptions {
  /** From which everything is drawn. Default 0. */
  readonly seed?: number;
  /** How many points gradients are tested at, and how many calls of each function are compared. Default 3. */
  readonly runs?: number;
  readonly nameAt?: NameAt;
  /** Default: all. */
  readonly targets?: readonly Target[];
}

/** By name, so that reports have one order, which does not depend on the preferred target. */
const inOrder = (all: Readonly<Record<string, Target>>): Target[] =>
  Object.values(all).sort((a, b) => (a.name < b.name ? -1 : 1));

export function checkModel(model: Model, options: CheckOptions = {}): Report {
  const { targets = inOrder(loadedTargets), nameAt } = options;
  return new Check(model, compileStages(model, targets, nameAt ? { nameAt } : {}), options).run();
}

/** The interpreter takes a second for a step with about a million parameters. */
const mostParameters = 2 ** 22;

const countParameters = ({ parameters }: Model): number =>
  Object.values(parameters).reduce((sum, { shape }) => sum + shape.reduce((a, each) => a * Number(each.key), 1), 0);

const inDouble = (model: Model): Model => Object.freeze({ ...model, precision: "float64" as const });

/** The most points that are tried if kinks leave a gradient undecided. */
const mostRetries = 4;

class Check {
  readonly #model: Model;
  readonly #graphs: ModelGraphs;
  readonly #programs: readonly CompiledProgram[];
  readonly #seed: number;
  readonly #runs: number;
  readonly #isLarge: boolean;
  readonly #nameAt: NameAt | undefined;
  readonly #findings = new Findings();
  /** The sizes at which each function is tested, the same on every target. */
  readonly #sizes: ReadonlyMap<string, readonly Dims[]>;
  /** Inputs that must be positive for results to be finite, by function. */
  readonly #positive = new Map<string, Set<string>>();

  constructor(
    model: Model,
    { graphs, programs }: Pick<Stages, "graphs" | "programs">,
    { seed = 0, runs = 3, nameAt }: CheckOptions,
  ) {
    this.#model = model;
    this.#graphs = graphs;
    this.#programs = programs;
    const [first] = programs as readonly [CompiledProgram];
    this.#sizes = new Map(subjectsOf(graphs, first).map((each) => [each.made.name, sizesToTry(first, each)]));
    this.#seed = seed;
    this.#isLarge = countParameters(model) > mostParameters;
    this.#runs = this.#isLarge ? 1 : runs;
    if (this.#isLarge)
      this.#findings.note("the model is large: one point, and one call of each function on each target");
    this.#nameAt = nameAt;
  }

  run(): Report {
    const lives = this.#programs.map((program) => instantiate(program, this.#seed));
    const [first] = lives as [Live, ...Live[]];
    const saved = first.state();
    for (const subject of subjectsOf(this.#graphs, first.program)) {
      if (!this.#settleDomain(subject, saved)) continue;
      this.#gradients(subject, saved);
    }
    for (const live of lives) this.#calls(live);
    return this.#findings.reportOn(this.#model.name);
  }

  #point(subject: Subject, saved: Saved, dims: Dims, run: number): Point {
    const { graph, made } = subject;
    const next = generator(this.#seed * 7919 + run * 104729 + 17);
    const inputs = drawInputs(made, { ...made.dims, ...dims }, next, this.#positiveOf(subject));
    const all = { ...made.dims, ...dims };
    const given = circumstancesOf(graph, moved(saved, next), { dims: all, inputs, seed: this.#seed });
    return { dims: all, given: { ...given, call: run } };
  }

  /** Smallest first. A large model is tested at one size only: the second, because sizes of 1 may hide a fault. */
  #sizesOf({ made }: Subject): readonly Dims[] {
    const all = this.#sizes.get(made.name) ?? [];
    return this.#isLarge ? all.slice(Math.min(1, all.length - 1)).slice(0, 1) : all;
  }

  #positiveOf({ made }: Subject): Set<string> {
    const found = this.#positive.get(made.name) ?? new Set<string>();
    this.#positive.set(made.name, found);
    return found;
  }

  /**
   * Whether the results of the function are finite. If they are not for inputs of both signs, positive numbers are
   * tried for the inputs on which the first value that is not finite depends.
   */
  #settleDomain(subject: Subject, saved: Saved): boolean {
    const { made } = subject;
    const positive = this.#positiveOf(subject);
    const [dims = {}] = this.#sizes.get(made.name) ?? [];
    const graph = meaningOf(subject.graph);
    for (;;) {
      const { given } = this.#point(subject, saved, dims, 0);
      const evaluated = [given, negative(given, positive)].map((each) => evaluate(graph, each));
      const isTraining = made.kind === "minimize";
      const wrong = evaluated.find(({ outputs, parameters, values }) => {
        const isFinite = ({ data }: Value): boolean => data.every(Number.isFinite);
        const trained = [...Object.values(parameters), ...(isTraining && outputs["loss"] ? [outputs["loss"]] : [])];
        if (!trained.every(isFinite)) return true;
        // A value that only passes on an infinite state or constant is meant to be infinite.
        return !Object.values(outputs).every(isFinite) && firstNotFinite({ graph, values }) !== null;
      });
      if (wrong === undefined) return true;
      const { values } = wrong;
      const origin = firstNotFinite({ graph, values });
      const more = origin?.inputs.filter((name) => !positive.has(name)) ?? [];
      if (origin && more.length > 0) {
        for (const name of more) positive.add(name);
        const { op, place } = nodeAt(graph, origin.id);
        const where = place ? ` at line ${place.line}` : "";
        this.#findings.note(
          `${made.name}: ${op.definition.name}${where} is not finite for inputs of both signs; positive ones are drawn for ${more.join(", ")}`,
        );
        continue;
      }
      const node = origin && nodeAt(graph, origin.id);
      const found = origin && Array.from(values.get(origin.id)?.data ?? []).find((each) => !Number.isFinite(each));
      const depends = origin && origin.inputs.length > 0 ? ` (it depends on ${origin.inputs.join(", ")})` : "";
      const message = origin
        ? `${made.name}: ${node?.op.definition.name} gives ${found}${depends}, and so a result is not finite`
        : `${made.name}: the loss or a parameter is not finite, since a state or a constant is not`;
      if (!isTraining) {
        this.#findings.note(message);
        return true;
      }
      const hint = "clamp what it is computed from, or add a small number";
      const [expected, shown] = [
        "losses, gradients and parameters that are finite",
        String(found ?? "infinite or NaN"),
      ];
      this.#findings.find(made.name, {
        node: made.name,
        error: new OptimcError({ code: "not-finite", message, place: node?.place, expected, found: shown, hint }),
      });
      return false;
    }
  }

  #gradients(subject: Subject, saved: Saved): void {
    const { graph, made } = subject;
    const interned = buildGraph(inDouble(this.#model), made.name, graph.definition as ModelFunction, this.#nameAt);
    this.#noteSurrogates(made.name, interned);
    const derived = derive(interned);
    if (derived.taken.length === 0) return;
    const sizes = smallOnes(this.#sizesOf(subject));
    const looked = sizes.slice(0, this.#runs);
    const tested: Tested[] = [];
    let undecided = derived.taken;
    for (let run = 0; run < this.#runs; run++) {
      const { slopes, point } = this.#slopes(subject, saved, derived, sizes, run);
      const found = slopes.testAll();
      const wrong = found.filter(({ verdict }) => verdict.kind === "differs");
      tested.push(...found.filter(({ verdict }) => verdict.kind !== "undecided"));
      const decided = new Set(tested.map(({ wrt }) => wrt));
      undecided = undecided.filter(({ wrt }) => !decided.has(wrt));
      if (wrong.length > 0) {
        this.#report(made.name, derived, slopes, point, wrong);
        return;
      }
    }
    for (let retry = 0; retry < mostRetries && undecided.length > 0; retry++) {
      const { slopes } = this.#slopes(subject, saved, derived, sizes, this.#runs + retry);
      const found = undecided.map((each) => slopes.test([each]));
      tested.push(...found.filter(({ verdict }) => verdict.kind === "agrees"));
      undecided = undecided.filter((_, position) => found[position]?.verdict.kind !== "agrees");
    }
    if (undecided.length > 0) {
      const names = undecided.map(({ wrt }) => nodeAt(derived.graph, wrt).name ?? "an expression");
      this.#findings.note(`${made.name}: kinks at every point leave the gradient of ${names.join(", ")} undecided`);
    }
    const worst = tested.reduce((most, { apart }) => Math.max(most, apart), 0);
    const decides = undecided.length < derived.taken.length;
    this.#findings.prove(made.name, "gradients", decides ? "ok" : "undecided", [
      `${plural(derived.taken.length - undecided.length, "tensor")} at ${plural(this.#runs, "point")}${printSizes(looked)}`,
      `worst ${worst.toExponential(1)} of the slope`,
    ]);
  }

  #noteSurrogates(name: string, graph: Graph): void {
    for (const id of topologicalOrder(graph)) {
      if (!isSurrogate(graph, id)) continue;
      const { place } = nodeAt(graph, id);
      const where = place ? ` at line ${place.line}` : "";
      this.#findings.note(`${name}: the surrogate gradient${where} is left out, and what it is computed from is held`);
    }
  }

  #slopes(
    subject: Subject,
    saved: Saved,
    derived: Derived,
    sizes: readonly Dims[],
    run: number,
  ): { slopes: Slopes; point: Point } {
    const dims = sizes[run % sizes.length] ?? {};
    const point = this.#point(subject, saved, dims, run);
    return { slopes: new Slopes(derived, point.given, generator(this.#seed + 31 * run)), point };
  }

  #report(name: string, derived: Derived, slopes: Slopes, point: Point, wrong: readonly Tested[]): void {
    const { graph } = derived;
    const evaluated = { graph, values: slopes.values, ...point };
    const found = wrongRules(evaluated, between(derived, wrong));
    const names = wrong.map(({ wrt }) => nodeAt(graph, wrt).name ?? "an expression");
    const [{ wanted, verdict, wrt }] = wrong as readonly [Tested];
    const slope = verdict.kind === "undecided" ? NaN : verdict.slope;
    const whole = `along a direction of ${names[0] as string} the gradient gives ${short(wanted)}, finite differences say ${short(slope)}`;
    this.#findings.prove(name, "gradients", "failed", [`wrong for ${names.join(", ")}`, whole]);
    if (found.length > 0) found.forEach((each) => this.#findings.find(name, each));
    else {
      const { place } = nodeAt(graph, wrt);
      this.#findings.find(name, {
        node: name,
        error: new OptimcError({
          code: "wrong-gradient",
          message: `${name}: ${whole}`,
          place,
          expected: `${short(slope)}, the slope that finite differences measure`,
          found: short(wanted),
          hint: "every operation's own rule is right: this is a defect of optimc's, please report it with the model file",
        }),
      });
    }
  }

  /**
   * Calls of all functions on one target. Where rounding to float32 may explain too much, the same calls are made of the
   * program in float64: its kernels are the same but for the type of their numbers.
   */
  #calls(live: Live): void {
    const { target } = live.program;
    const called = callAll(live, this.#drawn(), subjectsOf(this.#graphs, live.program));
    const open = new Set(
      called.flatMap(({ subject, comparisons, wrong }) =>
        wrong || comparisons.every(isTold) ? [] : [subject.made.name],
      ),
    );
    const again = new Map(this.#inDouble(target, open).map((each) => [each.subject.made.name, each]));
    for (const each of called) {
      const { subject, comparisons, wrong } = each;
      const double = again.get(subject.made.name);
      if (wrong) this.#wrongCall(subject, target, this.#model.precision, wrong);
      else if (double?.wrong) this.#wrongCall(subject, target, "float64", double.wrong);
      else this.#agrees(each, target, comparisons, double?.comparisons ?? comparisons);
    }
  }

  #drawn(): Drawn {
    return {
      seed: this.#seed,
      runs: this.#runs,
      sizesOf: (subject) => this.#sizesOf(subject),
      positiveOf: (subject) => this.#positiveOf(subject),
    };
  }

  #inDouble(target: Target, functions: ReadonlySet<string>): Called[] {
    if (functions.size === 0 || this.#model.precision === "float64") return [];
    const { graphs, programs } = compileStages(inDouble(this.#model), [target]);
    const [program] = programs as readonly [CompiledProgram];
    const subjects = subjectsOf(graphs, program).filter(({ made }) => functions.has(made.name));
    return callAll(instantiate(program, this.#seed), this.#drawn(), subjects);
  }

  /** `double` are the same comparisons in float64, or again those of the model if they were not needed. */
  #agrees(
    { subject: { made }, calls, sizes }: Called,
    target: Target,
    single: readonly Comparison[],
    double: readonly Comparison[],
  ): void {
    const open = single.filter((each) => !isTold(each)).length;
    const left = single.filter((each, i) => !isTold(each) && !isTold(double[i] ?? each)).length;
    const parts = [
      `${plural(calls, made.kind === "minimize" ? "training step" : "call")}${printSizes(sizes)}, ${plural(single.length, "tensor")}`,
    ];
    const worst = `worst ${worstOf(single).toExponential(1)} of the largest element`;
    if (open === 0) parts.push(worst);
    else if (open < single.length) parts.push(`${worst} of ${single.length - open}`);
    if (left < open) {
      const compared = double.filter((each, i) => !isTold(single[i] ?? each));
      parts.push(
        `of ${open} rounding to float32 may explain more than a hundredth, ${open - left} of them agree in float64, worst ${worstOf(compared).toExponential(1)}`,
      );
    }
    if (left > 0) parts.push(`${left} undecided, rounding may explain more than a hundredth`);
    this.#findings.prove(
      made.name,
      target.name,
      2 * left > single.filter(({ isComputed }) => isComputed).length ? "undecided" : "ok",
      parts,
    );
  }

  #wrongCall(
    { graph: { stages, definition }, made }: Subject,
    target: Target,
    precision: Model["precision"],
    { comparison, fault: found, point }: NonNullable<Called["wrong"]>,
  ): void {
    const fault = precision === this.#model.precision ? found : `${found}, in float64`;
    this.#findings.prove(made.name, target.name, "failed", [fault]);
    const graph = stages.gradient;
    const { values } = evaluate(graph, point.given);
    const located = wrongNode({ graph, values, ...point }, target, precision);
    const writers = callsOf(made.steps).filter(({ kernel }) =>
      accessesOf(kernel).accesses.some(
        ({ kind, buffer }) => kind !== "load" && kind !== "operand" && buffer === comparison.buffer,
      ),
    );
    const writer = writers.length > 0 ? `, written by ${writers.map(({ name }) => name).join(" and ")}` : "";
    this.#findings.find(
      made.name,
      located ?? {
        node: `${made.name} on ${target.name}`,
        error: new OptimcError({
          code: "wrong-value",
          message: `${made.name} on ${target.name}: ${fault}${writer}`,
          place: definition?.place,
          expected: "what the graph means, within what rounding explains",
          found: fault,
          hint: "every operation alone is right: this is a defect of optimc's, please report it with the model file",
        }),
      },
    );
  }
}
