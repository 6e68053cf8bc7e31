/** Finds the source of a fault of a function: the node that shows it alone, at the smallest sizes. */
import { OptimcError } from "../diagnostics.js";
import { buildGraph } from "../model/buildGraph.js";
import { evaluate, type Environment, type Value } from "../meaning/interpreter.js";
import { isOp, isLeaf, nodeAt, type Graph, type NodeId } from "../ir/graph.js";
import type { Expression } from "../ir/op.js";
import { topologicalOrder } from "../ir/order.js";
import { printNode } from "../ir/print.js";
import { compute, model, type Model, type ModelFunction } from "../model/model.js";
import { sum } from "../ops/broadcast.js";
import { input } from "../ops/input.js";
import { constant } from "../ops/constant.js";
import { gradient } from "../ops/gradient.js";
import { mul } from "../ops/mul.js";
import { stopGradient } from "../ops/stopGradient.js";
import { compileProgram } from "../compile.js";
import type { Target } from "../targets/target.js";
import { compare } from "./call.js";
import type { Dims } from "./draw.js";
import { derive, Slopes, type Tested } from "./gradients.js";
import { instantiate, numbersOf } from "./instance.js";
import { between, generator } from "./numbers.js";
import { expressionOfPart, inputsOfPart, partOf, printArguments, shrink, type CheckedNode } from "./part.js";

/** A graph, its values, and the inputs and state from which they follow. */
export interface Evaluated {
  readonly graph: Graph;
  readonly values: ReadonlyMap<NodeId, Value>;
  readonly given: Environment;
  readonly dims: Dims;
}

/** A fault of one node of the source: the same in each function that computes it. */
export interface Fault {
  readonly node: string;
  readonly error: OptimcError;
}

const differentiable = (graph: Graph, id: NodeId): boolean => {
  const node = nodeAt(graph, id);
  if (node.element !== "float" || isOp(node, stopGradient)) return false;
  return node.args.some((arg) => nodeAt(graph, arg).element === "float");
};

/** Every node among `candidates` whose own gradient rule is wrong, as findings; one for each place in the source. */
export function wrongRules({ graph, values, given, dims }: Evaluated, candidates: ReadonlySet<NodeId>): Fault[] {
  const findings = new Map<string, Fault>();
  for (const id of topologicalOrder(graph)) {
    if (!candidates.has(id) || !values.has(id) || !differentiable(graph, id)) continue;
    const { place, op } = nodeAt(graph, id);
    const key = `${op.definition.name} ${place?.file}:${place?.line}:${place?.column}`;
    if (findings.has(key)) continue;
    const part = partOf(graph, id, values, dims);
    const fails = (each: CheckedNode): boolean => differsAt(each, given) !== null;
    if (!fails(part)) continue;
    findings.set(key, { node: op.definition.name, error: wrongRule(shrink(part, fails), given) });
  }
  return [...findings.values()];
}

/** The first of the part's gradients that differs from finite differences. */
function differsAt(part: CheckedNode, given: Environment, plain = false): { tested: Tested; slopes: Slopes } | null {
  const { result, inputs } = expressionOfPart(part);
  const count = result.shape.reduce((product, each) => product * Number(each.key), 1);
  const weights = constant({
    shape: result.shape.map((each) => Number(each.key)),
    data: between(0.5, 1.5, count, generator(5)),
  });
  const loss = sum(plain ? result : mul(result, weights));
  const floats = floatsOf(part).map((position) => inputs[position] as Expression);
  const outputs = Object.fromEntries(floats.map((each, i) => [`g${i}`, gradient(loss, each) as Expression]));
  const made = model("part", { precision: "float64", functions: { part: compute(outputs) } });
  const derived = derive(buildGraph(made, "part", made.functions["part"] as ModelFunction));
  const slopes = new Slopes(derived, { ...given, inputs: inputsOfPart(part) }, generator(3));
  const tested = derived.taken.map((each) => slopes.test([each])).find(({ verdict }) => verdict.kind === "differs");
  return tested ? { tested, slopes } : null;
}

/** The arguments for which the gradient rule gives cotangents. */
const floatsOf = ({ args }: CheckedNode): number[] =>
  args.flatMap(({ element, position }, at) => (element === "float" && position !== null ? [at] : []));

/** The most elements of an argument that are tested one by one. */
const mostElements = 64;

function wrongRule(part: CheckedNode, given: Environment): OptimcError {
  const { tested, slopes } =
    differsAt(part, given, true) ?? (differsAt(part, given) as NonNullable<ReturnType<typeof differsAt>>);
  const { result } = expressionOfPart(part);
  const wrt = slopes.derived.taken.findIndex((each) => each.wrt === tested.wrt);
  const { data, position } = part.args[floatsOf(part)[wrt] as number] as CheckedNode["args"][0];
  const elements = Array.from({ length: Math.min(data.length, mostElements) }, (_, i) => slopes.testElement(tested, i));
  const [worst] = elements
    .map((each, element) => ({ ...each, element }))
    .filter(({ verdict }) => verdict.kind === "differs")
    .sort((a, b) => b.apart - a.apart);
  const { wanted, verdict } = worst ?? tested;
  const slope = verdict.kind === "undecided" ? NaN : verdict.slope;
  const where =
    worst === undefined ? " along a random direction" : data.length > 1 ? ` at element ${worst.element}` : "";
  const name = part.node.op.definition.name;
  return new OptimcError({
    code: "wrong-gradient",
    message:
      `${name}: the rule's gradient for input ${(position as number) + 1} is ${short(wanted)}${where}, ` +
      `finite differences say ${short(slope)}${printArguments(part)}`,
    place: part.node.place,
    expected: `${short(slope)}, the slope that finite differences measure`,
    found: short(wanted),
    hint: result.shape.length > 0 ? `the gradient is that of the sum of what ${name} gives` : undefined,
  });
}

export const short = (value: number): string => String(Number(value.toPrecision(8)));

/** The first node whose result, compiled alone, differs from its meaning; null if none differs. */
export function wrongNode(
  { graph, values, given, dims }: Evaluated,
  target: Target,
  precision: Model["precision"],
): Fault | null {
  const seen = new Set<string>();
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    if (isLeaf(node) || !values.has(id) || node.element === "scalar" || node.args.length === 0) continue;
    const text = printNode(node, (arg) =>
      nodeAt(graph, arg)
        .shape.map(({ key }) => key)
        .join("x"),
    );
    if (seen.has(text)) continue;
    seen.add(text);
    const part = rounded(partOf(graph, id, values, dims), precision);
    const fails = (each: CheckedNode): boolean => runPart(each, given, target, precision) !== null;
    if (!fails(part)) continue;
    const least = shrink(part, fails);
    const fault = runPart(least, given, target, precision) as string;
    const error = new OptimcError({
      code: "wrong-value",
      message: `${node.op.definition.name} on ${target.name}: ${fault}${printArguments(least)}`,
      place: node.place,
      expected: "what the operation means, within what rounding explains",
      found: fault,
      hint: "this is a defect of optimc's: please report it with these lines",
    });
    return { node: `${node.op.definition.name} on ${target.name}`, error };
  }
  return null;
}

function rounded(part: CheckedNode, precision: Model["precision"]): CheckedNode {
  if (precision === "float64") return part;
  return {
    ...part,
    args: part.args.map((arg) => (arg.element === "float" ? { ...arg, data: arg.data.map(Math.fround) } : arg)),
  };
}

function runPart(part: CheckedNode, given: Environment, target: Target, precision: Model["precision"]): string | null {
  const { result } = expressionOfPart(part);
  const made = model("part", { precision, functions: { part: compute({ result }) } });
  const inputs = Object.fromEntries(Object.entries(inputsOfPart(part)).map(([name, data]) => [name, Array.from(data)]));
  const live = instantiate(compileProgram(made, { target }));
  const graph = buildGraph(made, "part", made.functions["part"] as ModelFunction);
  const wanted = evaluate(graph, { ...given, inputs }, target.rounding[precision]).outputs["result"] as Value;
  return compare("the result", numbersOf(live.call("part", inputs)["result"]), wanted).fault;
}

/** The first node that is not finite though its arguments are, and the inputs from which it is computed. */
export function firstNotFinite({ graph, values }: Pick<Evaluated, "graph" | "values">): {
  readonly id: NodeId;
  readonly inputs: readonly string[];
} | null {
  const finite = (id: NodeId): boolean => {
    const value = values.get(id);
    return value === undefined || value.data.every((each) => Number.isFinite(each));
  };
  // A literal may be infinite on purpose.
  const id = topologicalOrder(graph).find(
    (each) => nodeAt(graph, each).args.length > 0 && !finite(each) && nodeAt(graph, each).args.every(finite),
  );
  if (id === undefined) return null;
  const inputs = topologicalOrder(graph, [id]).flatMap((each) => {
    const node = nodeAt(graph, each);
    const { name, element } = node;
    return isOp(node, input) && element === "float" && name !== undefined ? [name] : [];
  });
  return { id, inputs };
}
