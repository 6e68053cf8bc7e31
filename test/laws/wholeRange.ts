/** Calls of operations on numbers of the whole range of their types: infinities, NaN, both zeros, subnormal numbers, extremes. */
import { difference } from "../../compiler/check/numbers.js";
import type { Graph } from "../../compiler/ir/graph.js";
import { model } from "../../compiler/model/model.js";
import { generator, inputsOf, type OperationCall, type TensorValue } from "../arbitrary.js";
import { build, numbersOf } from "../run.js";
import { meaning, type Precision } from "./check.js";
import { targets } from "../targets.js";
import { graphOf } from "../stages.js";

const [largest, smallestNormal, smallest] = [2 ** 128 - 2 ** 104, 2 ** -126, 2 ** -149];
// prettier-ignore
const floats = [
  0, -0, 1, -1, 0.5, -0.5, 2.5, NaN, Infinity, -Infinity, largest, -largest, smallestNormal, -smallestNormal, smallest, -smallest,
  2 ** 31, -(2 ** 31), 2 ** 31 - 128, -(2 ** 31) - 256, 2 ** 24 + 2, 2 ** 23 + 0.5, 88.75, -87.5, -103.5, -150,
];
const integers = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 16, -(2 ** 16)];

/** Sines are exact to a few ulp for angles up to this one; beyond, targets may differ. */
const largestAngle = 2e5;

/**
 * The same call on other numbers; in every third call, only a few of them are special. Small integers are indices, and
 * stay.
 */
export function onWholeRange(call: OperationCall, seed: number): OperationCall {
  const next = generator(seed);
  const special = seed % 3 === 0 ? 0.03 : 0.35;
  const pick = (from: readonly number[]): number => from[Math.floor(next() * from.length)] as number;
  const float = (): number => {
    const kind = next();
    if (kind < special) return pick(floats);
    return Math.fround(kind < 0.6 ? (next() < 0.5 ? -1 : 1) * 10 ** (next() * 83 - 45) : next() * 6 - 3);
  };
  const data = (arg: TensorValue): readonly number[] => {
    if (arg.element === "float") return arg.data.map(float);
    const isWide = arg.element === "int32" && arg.data.some((each) => Math.abs(each) > 2 ** 20);
    return isWide ? arg.data.map((each) => (next() < special ? pick(integers) : each)) : arg.data;
  };
  return { ...call, args: call.args.map((arg) => ({ ...arg, data: data(arg) })) };
}

const has = (graph: Graph, is: (op: Graph["nodes"][number]["op"]) => boolean): boolean =>
  graph.nodes.some(({ op }) => is(op));

/**
 * The place where the targets differ, or where one differs from the interpreter in float64, as a sentence; null if they
 * agree.
 */
export function checkWholeRange(call: OperationCall, precision: Precision): string | null {
  const made = model("law", { precision, functions: { run: { result: call.make(inputsOf(call.args)) } } });
  const [js, wasm] = [targets.js, targets.wasm].map((target) => build(made, { target })) as [
    ReturnType<typeof build>,
    ReturnType<typeof build>,
  ];
  const graph = graphOf(js.stages).stages.final;
  const turns = has(graph, ({ definition: { name } }) => name === "sin" || name === "cos");
  const moderate = (data: readonly number[]): readonly number[] =>
    turns ? data.map((each) => (Math.abs(each) > largestAngle && Number.isFinite(each) ? 1 / each : each)) : data;
  const numbers = precision === "float32" ? Float32Array : Float64Array;
  const inputs = Object.fromEntries(
    call.args.map(({ data, element }, at) => [`x${at}`, element === "float" ? numbers.from(moderate(data)) : data]),
  );
  const [a, b] = [js, wasm].map((live) => numbersOf(live.call("run", inputs)["result"])) as [number[], number[]];
  const { parameters, state } = js.state();
  const [ofJs, ofWasm] = (["js", "wasm"] as const).map((target) => meaning(made, "run", { inputs, parameters, state }, target).result); // prettier-ignore
  const unit = precision === "float32" ? 2 ** -21 : 2 ** -46;
  const least = precision === "float32" ? 2 ** -147 : 2 ** -1072;
  const allowed = (i: number): number => {
    const bound = 2 * ((ofJs?.bound?.[i] as number) + (ofWasm?.bound?.[i] as number));
    const relative = unit * Math.max(Math.abs(a[i] as number), Math.abs(b[i] as number)) + least;
    return bound < Infinity ? Math.max(bound, relative) : relative;
  };
  // In WebAssembly sums of products are float32, and overflow where those of JavaScript, in double, do not.
  const contracts = has(graph, ({ definition: { lowering } }) => lowering?.kind === "contract");
  const overflowed = (i: number): boolean => precision === "float32" && contracts && !Number.isFinite(b[i] as number);
  const compared = b.map((each, i) => (overflowed(i) ? (a[i] as number) : each));
  const apart = difference(`${call.text}: in WebAssembly`, compared, a, allowed);
  const wanted = precision === "float64" && ofJs ? ofJs.data : a;
  return apart ?? difference(call.text, a, wanted, allowed);
}
