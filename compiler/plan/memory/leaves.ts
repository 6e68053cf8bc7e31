/** The buffers of all that is in memory before the first kernel. */
import { isOp } from "../../ir/graph.js";
import type { Expression } from "../../ir/op.js";
import type { Model } from "../../model/model.js";
import { input } from "../../ops/input.js";
import { param, state } from "../../ops/param.js";
import { optimizerState, sharedCell } from "../../ops/kept.js";
import { capacityStrides, scalarTypeOf, type Buffer, type Category } from "./buffer.js";
import { cellKey, inputKey, modelStateKey, parameterKey, stateKey } from "./bufferIds.js";

/** The buffers of parameters, state, constants, inputs and optimizer state: one each for the whole module. */
export class Leaves {
  readonly buffers = new Map<string, Buffer>();
  readonly constants = new Map<string, Float64Array>();
  readonly #model: Model;
  readonly #handles = new Map<unknown, string>();

  constructor(model: Model) {
    this.#model = model;
    // Every parameter and state has its place, in the order of declaration, whether or not a function reads it.
    for (const each of [...Object.values(model.parameters), ...Object.values(model.state)]) this.bufferOf(each, "", {});
  }

  bufferOf(node: Pick<Expression, "op" | "attributes" | "shape" | "element">, of: string, dims: Model["dims"]): Buffer {
    const { category, key, label } = this.#describe(node, of);
    const known = this.buffers.get(key);
    if (known) return known;
    const type = scalarTypeOf(node.element, this.#model.precision);
    const made = {
      id: key,
      label,
      type,
      shape: node.shape,
      ...capacityStrides(node.shape, dims),
      category,
      node: null,
    };
    this.buffers.set(key, made);
    return made;
  }

  #describe(
    node: Pick<Expression, "op" | "attributes">,
    of: string,
  ): { category: Category; key: string; label: string } {
    const name = String(node.attributes["name"]);
    if (isOp(node, param)) return { category: "parameters", key: parameterKey(name), label: name };
    if (isOp(node, state)) return { category: "state", key: modelStateKey(name), label: name };
    if (isOp(node, input)) return { category: "inputs", key: inputKey(of, name), label: name };
    if (isOp(node, optimizerState)) {
      const { function: owner, parameter } = node.attributes as { function: string; parameter: string };
      return { category: "optimizerState", key: stateKey(owner, parameter, name), label: `${parameter}.${name}` };
    }
    if (isOp(node, sharedCell)) {
      const { function: owner } = node.attributes as { function: string };
      return { category: "optimizerState", key: cellKey(owner, name), label: name };
    }
    const { values } = node.attributes as { values: () => Float64Array };
    const key = this.#handles.get(values) ?? `constant:${this.#handles.size}`;
    this.#handles.set(values, key);
    this.constants.set(key, values());
    return { category: "constants", key, label: "constant" };
  }
}
