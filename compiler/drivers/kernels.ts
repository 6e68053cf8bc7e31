/** Kernels over vectors that a driver calls itself, with the places of its vectors: compiled like any other. */
import { Builder, type Graph } from "../ir/graph.js";
import type { Expression } from "../ir/op.js";
import { callsOf } from "../ir/program.js";
import { size } from "../ir/size.js";
import { add } from "../ops/add.js";
import { hyper } from "../ops/hyper.js";
import { mul } from "../ops/mul.js";
import { total } from "../ops/sumInDouble.js";
import { optimizerState, sharedCell } from "../ops/kept.js";
import { write } from "../ops/update.js";
import { runPass } from "../passes/pass.js";
import { cleanUp } from "../passes/pipeline.js";
import { capacityStrides, scalarTypeOf } from "../plan/memory/buffer.js";
import type { Numerics } from "../plan/lower/lowerElement.js";
import { groupFunction, planFunction } from "../plan/plan.js";
import type { VectorKernel } from "../targets/program.js";

const vector = (name: string, length: number): Expression =>
  optimizerState({ function: "", parameter: "", name, shape: [size(length)] });

/** `dot(a, b, sum)`: sum becomes a double. `add(y, x, scale)`: y becomes y + scale x. */
function effects(length: number): Readonly<Record<string, readonly [target: Expression, value: Expression]>> {
  const [a, b, x, y] = ["a", "b", "x", "y"].map((name) => vector(name, length)) as [
    Expression,
    Expression,
    Expression,
    Expression,
  ];
  const sum = sharedCell({ function: "", name: "sum", initial: 0 });
  return { dot: [sum, total(mul(a, b))], add: [y, add(y, mul(x, hyper("scale")))] };
}

const order = { dot: ["a", "b", "sum"], add: ["y", "x"] } as const;

/** The kernels for the driver of the function with this name, whose vectors have this length. */
export function vectorKernels(
  owner: string,
  length: number,
  precision: Graph["precision"],
  numerics: Numerics,
): VectorKernel[] {
  return Object.entries(effects(length)).map(([name, [target, value]]) => {
    const empty: Graph = { name: `${owner}.${name}`, precision, nodes: [], outputs: [], effects: [], gradients: [] };
    const builder = new Builder(empty);
    const node = write(target, value, name);
    const named = (each: Expression): { name?: string } => {
      const own = each.attributes["name"];
      return each.args.length === 0 && typeof own === "string" ? { name: own } : {};
    };
    const effect = builder.add(node, named);
    const graph = cleanUp.reduce((at, pass) => runPass(at, pass).graph, {
      ...empty,
      nodes: builder.added,
      effects: [effect],
    } as Graph);
    const grouping = groupFunction(graph, {
      dims: {},
      fusion: "all",
      leafBuffer: (id, of) => {
        const { attributes, shape, element } = of.nodes[id] as Graph["nodes"][0];
        const own = String(attributes["name"]);
        const type = scalarTypeOf(element, precision);
        return {
          id: own,
          label: own,
          type,
          shape,
          ...capacityStrides(shape, {}),
          category: "optimizerState",
          node: id,
        };
      },
    });
    const [first, ...others] = callsOf(planFunction(grouping, numerics).steps);
    if (!first || others.length > 0) throw new Error(`${owner}.${name} is not one kernel`);
    return { name: `${owner}.${name}`, kernel: first.kernel, buffers: order[name as keyof typeof order] };
  });
}
