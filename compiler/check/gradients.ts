/**
 * Gradients against finite differences, in double, by the interpreter. A finite difference includes dependencies that a
 * gradient must ignore. The result of `stopGradient` is therefore held at its value while the rest moves, and so is a
 * value whose gradient rule is declared a surrogate.
 */
import { gradient as gradientPass } from "../passes/gradient.js";
import { evaluate, valuesOf, type Environment, type Value } from "../meaning/interpreter.js";
import { isOp, nodeAt, type Graph, type NodeId } from "../ir/graph.js";
import { entriesOf, idAt } from "../ir/ids.js";
import { topologicalOrder } from "../ir/order.js";
import { ruled } from "../ops/customGradient.js";
import { gradientMark } from "../ops/gradient.js";
import { stopGradient } from "../ops/stopGradient.js";
import { dead } from "../passes/dead.js";
import { runPass } from "../passes/pass.js";
import { rootMeanSquare } from "./numbers.js";
import { judge, steps, type Verdict } from "./slope.js";

/** A gradient in a graph: the loss, and the tensor of differentiation. */
export interface Taken {
  readonly of: NodeId;
  readonly wrt: NodeId;
  readonly gradient: NodeId;
}

export interface Derived {
  /** The graph with gradients derived, and one output for each node that is needed. */
  readonly graph: Graph;
  readonly taken: readonly Taken[];
}

/** Whether a node has a rule that is meant not to be the derivative of its output, which no difference can prove. */
export const isSurrogate = (graph: Graph, id: NodeId): boolean => {
  const node = nodeAt(graph, id);
  return isOp(node, ruled) && node.attributes["surrogate"] === true;
};

/** The graph with the outputs of such rules held: no gradient flows into them. */
function withoutSurrogates(graph: Graph): Graph {
  const nodes = Array.from(entriesOf(graph.nodes), ([id, node]) =>
    isSurrogate(graph, id) ? { ...node, op: stopGradient, args: node.args.slice(0, 1), attributes: {} } : node,
  );
  return { ...graph, nodes };
}

/** All gradients in a function's graph: of a loss that is minimized, or as results. */
export function derive(whole: Graph): Derived {
  const interned = withoutSurrogates(whole);
  // A rule of the user's may contain gradients of nodes that have no value outside it.
  const marks = topologicalOrder(valuesOf(interned)).filter((id) => isOp(nodeAt(interned, id), gradientMark));
  const outputs = marks.flatMap((id) => {
    const { args } = nodeAt(interned, id);
    return [idAt(args, 0), idAt(args, 1), id].map((node, part) => ({ name: `${id} ${part}`, node }));
  });
  const bare = { ...interned, outputs, effects: [], gradients: [] };
  const { graph } = runPass(runPass(bare, gradientPass).graph, dead);
  const results = graph.outputs.map(({ node }) => node);
  const taken = marks.map((_, position): Taken => {
    const first = 3 * position;
    return { of: idAt(results, first), wrt: idAt(results, first + 1), gradient: idAt(results, first + 2) };
  });
  return { graph, taken };
}

/** All nodes that are computed from some nodes, those included. */
export function below(graph: Graph, from: Iterable<NodeId>): Set<NodeId> {
  const found = new Set(from);
  for (const id of topologicalOrder(graph)) if (nodeAt(graph, id).args.some((arg) => found.has(arg))) found.add(id);
  return found;
}

export interface Tested extends Taken {
  readonly verdict: Verdict;
  /** The slope by the gradients. */
  readonly wanted: number;
  /** The difference of the two slopes, divided by the scale of the slope. */
  readonly apart: number;
}

/** A direction in which the tensor of differentiation is moved. */
interface Direction {
  readonly wrt: NodeId;
  readonly direction: Float64Array;
  /** The slope along it by the gradient, and the root of the sum of the squares of its parts. */
  readonly sum: number;
  readonly size: number;
}

const scaled = (each: Direction, by: number): Direction => ({
  ...each,
  direction: each.direction.map((value) => value * by),
  sum: each.sum * by,
  size: each.size * by,
});

/** Parameters are tested together in so many groups at most; those of a group at fault are tested one by one. */
const mostGroups = 24;

/** Finds slopes of one evaluated graph. */
export class Slopes {
  readonly values: ReadonlyMap<NodeId, Value>;
  readonly derived: Derived;
  readonly #given: Environment;
  readonly #next: () => number;
  /** The nodes that no difference moves. */
  readonly #held: ReadonlyMap<NodeId, Value>;
  /** The last step that was good enough. */
  #first = 0;

  constructor(derived: Derived, given: Environment, next: () => number) {
    this.derived = derived;
    this.#given = given;
    this.#next = next;
    this.values = evaluate(derived.graph, given).values;
    this.#held = new Map([...this.values].filter(([id]) => isOp(nodeAt(derived.graph, id), stopGradient)));
  }

  /** Tests every gradient, one by one if there are few. */
  testAll(): Tested[] {
    const { taken: all } = this.derived;
    return [...new Set(all.map(({ of }) => of))].flatMap((loss) => {
      const taken = all.filter(({ of }) => of === loss);
      const size = Math.ceil(taken.length / mostGroups);
      const groups: Taken[][] = [];
      for (let at = 0; at < taken.length; at += size) groups.push(taken.slice(at, at + size));
      return groups.flatMap((group) => {
        const together = this.test(group);
        if (group.length === 1 || together.verdict.kind === "agrees")
          return group.map((each) => ({ ...together, ...each }));
        return group.map((each) => this.test([each]));
      });
    });
  }

  /** Gradients of one loss, along one random direction. */
  test(group: readonly Taken[]): Tested {
    const directions = group.map((each) => {
      const { data } = this.#value(each.wrt);
      const scale = rootMeanSquare(data) || 1;
      return this.#along(
        each,
        data.map(() => scale * (2 * this.#next() - 1)),
      );
    });
    // If there are several, none should hide the others: the larger its part of the slope, the less it is moved.
    const sizes = directions.map(({ size }) => size).filter((size) => size > 0);
    const least = Math.min(...sizes);
    const shares = directions.map(({ size }) => (size > 0 ? Math.max(least / size, 1e-2) : 1));
    return this.#judge(
      group,
      directions.map((each, position) => scaled(each, shares[position] as number)),
    );
  }

  /** One element of a gradient: the direction moves this element alone. */
  testElement(taken: Taken, element: number): Tested {
    const direction = new Float64Array(this.#value(taken.wrt).data.length);
    direction[element] = 1;
    return this.#judge([taken], [this.#along(taken, direction)]);
  }

  #along({ wrt, gradient }: Taken, direction: Float64Array): Direction {
    const parts = this.#value(gradient).data.map((each, i) => each * (direction[i] as number));
    const size = rootMeanSquare(parts) * Math.sqrt(parts.length);
    return { wrt, direction, sum: parts.reduce((a, b) => a + b, 0), size };
  }

  #judge(group: readonly Taken[], directions: readonly Direction[]): Tested {
    const { graph } = this.derived;
    const [{ of }] = group as readonly [Taken];
    const wanted = directions.reduce((total, { sum }) => total + sum, 0);
    const size = Math.hypot(...directions.map((each) => each.size));
    const scale = Math.max(size, 1e-6 * Math.abs(this.#value(of).data[0] as number));
    const moving = below(
      graph,
      group.map(({ wrt }) => wrt),
    );
    const still = new Map([...this.values].filter(([id]) => !moving.has(id)));
    for (const [id, value] of this.#held) still.set(id, value);
    const part: Graph = { ...graph, outputs: [{ name: "loss", node: of }] };
    const lossAt = (offset: number): number => {
      const known = new Map(still);
      for (const { wrt, direction } of directions) {
        const value = this.#value(wrt);
        known.set(wrt, { ...value, data: value.data.map((each, i) => each + offset * (direction[i] as number)) });
      }
      return evaluate(part, this.#given, null, known).values.get(of)?.data[0] as number;
    };
    const verdict = judge(lossAt, wanted, scale, this.#first);
    if (verdict.kind === "agrees") this.#first = steps.indexOf(verdict.step);
    const apart = verdict.kind === "undecided" ? NaN : Math.abs(verdict.slope - wanted) / (scale || 1);
    return { ...(group[0] as Taken), verdict, wanted, apart };
  }

  #value(id: NodeId): Value {
    return this.values.get(id) as Value;
  }
}

/** Nodes between the tensors of wrong gradients and the losses. */
export function between({ graph }: Derived, wrong: readonly Taken[]): Set<NodeId> {
  const after = below(
    graph,
    wrong.map(({ wrt }) => wrt),
  );
  const before = new Set(
    topologicalOrder(
      graph,
      wrong.map(({ of }) => of),
    ),
  );
  return new Set([...after].filter((id) => before.has(id)));
}
