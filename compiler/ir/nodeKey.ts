/** Keys of nodes: nodes are equal if their keys are. */
import type { Node } from "./definition.js";

/**
 * Numbers for functions and other opaque values, one for each. Values are held weakly, so that they can be collected.
 */
export class Handles {
  readonly #numbers = new WeakMap<object, number>();
  #count = 0;

  of(handle: object): number {
    const number = this.#numbers.get(handle) ?? this.#count++;
    this.#numbers.set(handle, number);
    return number;
  }
}

/** A text that is equal for equal values; functions and other opaque handles are equal only to themselves. */
function keyOf(value: unknown, handles: Handles): string {
  if (value === null || (typeof value !== "object" && typeof value !== "function")) {
    if (typeof value === "string") return JSON.stringify(value);
    return Object.is(value, -0) ? "-0" : `${typeof value}:${String(value)}`;
  }
  if (typeof value === "object" && "key" in value && typeof value.key === "string") return value.key;
  const plain = typeof value === "object" && [Object.prototype, null].includes(Object.getPrototypeOf(value) as null);
  if (Array.isArray(value)) return `[${value.map((each) => keyOf(each, handles)).join()}]`;
  if (plain)
    return `{${Object.entries(value)
      .map(([name, each]) => `${name}=${keyOf(each, handles)}`)
      .join()}}`;
  return `@${handles.of(value)}`;
}

/**
 * A text that is equal for nodes of equal value; `args` are the numbers of their arguments, and `handles` tells
 * functions apart.
 */
export function nodeKey(node: Node, args: readonly number[], handles: Handles): string {
  const type = `${node.element}[${node.shape.map((each) => each.key).join()}]`;
  return `${node.op.definition.name}(${args.join()})${keyOf(node.attributes, handles)}${type}`;
}
