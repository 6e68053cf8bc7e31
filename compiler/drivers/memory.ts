/**
 * The buffers that a driver keeps in the instance's block beside the gradients: its state, work space, and copies of
 * results.
 */
import { isOp, nodeAt, type Graph } from "../ir/graph.js";
import type { ElementType } from "../ir/tensorType.js";
import { evaluate, size, type Size } from "../ir/size.js";
import { cellKey, driverKey, modelStateKey } from "../plan/memory/bufferIds.js";
import type { Model, ModelFunction } from "../model/model.js";
import { state } from "../ops/param.js";
import { sharedCell } from "../ops/kept.js";
import { targetsOf } from "../ir/effects.js";
import type { Driver } from "../optimizers/driver.js";
import type { Notes } from "../passes/notes.js";
import { capacityStrides, scalarTypeOf, type Buffer } from "../plan/memory/buffer.js";

interface Driven {
  readonly name: string;
  readonly definition: ModelFunction | null;
  readonly dims: Readonly<Record<string, number>>;
  readonly notes: Pick<Notes, "updates">;
  readonly stages: { readonly final: Graph };
}

export const driverOf = ({ definition }: Pick<Driven, "definition">): Driver | null =>
  (definition?.kind === "minimize" && definition.optimizer.driver) || null;

/** The number of elements of all trained parameters together. */
export const drivenLength = (model: Model, { notes }: Pick<Driven, "notes">): number =>
  [...notes.updates.keys()].reduce((sum, parameter) => sum + parameterLength(model, parameter), 0);

export const parameterLength = (model: Model, parameter: string): number =>
  (model.parameters[parameter]?.shape ?? []).reduce((product, each) => product * evaluate(each, () => undefined), 1);

/** A leaf that an evaluation changes beside the gradients: a state that it assigns, or a number that a schedule keeps. */
interface Assigned {
  readonly name: string;
  /** The id of its buffer. */
  readonly key: string;
  readonly element: ElementType;
  readonly shape: readonly Size[];
}

/** The leaves that a call leaves as the first evaluation made them, because effects act once. */
export const assignedBy = ({ name: owner, stages: { final } }: Driven): Assigned[] =>
  final.effects.flatMap((effect) =>
    targetsOf(final, effect).flatMap((target) => {
      const { op, attributes, element, shape } = nodeAt(final, target);
      const name = String(attributes["name"]);
      if (isOp({ op }, state)) return [{ name, key: modelStateKey(name), element, shape }];
      return isOp({ op }, sharedCell) ? [{ name, key: cellKey(owner, name), element, shape }] : [];
    }),
  );

export function driverBuffers(model: Model, made: Driven): Buffer[] {
  const driver = driverOf(made);
  if (!driver) return [];
  const { final } = made.stages;
  const buffer = (name: string, label: string, type: Buffer["type"], shape: readonly Size[]): Buffer => ({
    id: driverKey(made.name, name),
    label,
    type,
    shape,
    ...capacityStrides(shape, made.dims),
    category: "optimizerState",
    node: null,
  });
  const float = scalarTypeOf("float", model.precision);
  const tensors = Object.entries(driver.tensors(drivenLength(model, made))).map(([name, { element, shape }]) =>
    buffer(name, name, element === "double" ? "f64" : float, shape.map(size)),
  );
  return [
    ...tensors,
    ...final.outputs.map(({ name, node }) => {
      const { element, shape } = nodeAt(final, node);
      return buffer(`result:${name}`, `${name} of the first evaluation`, scalarTypeOf(element, model.precision), shape);
    }),
    ...assignedBy(made).flatMap(({ name, key, element, shape }) => {
      const type = scalarTypeOf(element, model.precision);
      return [
        buffer(`before:${key}`, `${name} before the call`, type, shape),
        buffer(`after:${key}`, `${name} after the first evaluation`, type, shape),
      ];
    }),
  ];
}
