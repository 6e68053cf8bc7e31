/** Nets to train in tests. */
import { moduleOf } from "../../compiler/check/instance.js";
import type { ModuleParts } from "../../compiler/emit/module.js";
import type { AnyInstance, Module } from "../../runtime/node.js";
import {
  adam,
  compute,
  crossEntropy,
  dropout,
  input,
  linear,
  minimize,
  model,
  reduceLROnPlateau,
  sgd,
  type Model,
} from "../../src/index.js";
import { compiled } from "../end/emit.js";
import type { Float32, FloatInput, Int32, Int32Input, Shapes, ModelState, LoadReport } from "../../runtime/node.js";

/** What `optimc build` declares of the net below. */
export interface Classifier {
  train(
    inputs: { x: FloatInput<["batch", 3]>; labels: Int32Input<["batch"]> },
    options?: { lr?: number; metric?: number; dims?: { batch?: number } },
  ): { loss: number };
  evaluate(
    inputs: { x: FloatInput<["batch", 3]>; labels: Int32Input<["batch"]> },
    options?: { dims?: { batch?: number } },
  ): { loss: number; right: number };
  predict(
    inputs: { x: FloatInput<["batch", 3]> },
    options?: { into?: { scores?: Float32<["batch", 4]> } },
  ): { scores: Float32<["batch", 4]>; label: Int32<["batch"]>; all: number };
  readonly parameters: { readonly "a.weight": Float32<[5, 3]> };
  readonly shapes: Shapes;
  readonly dims: { readonly batch: number };
  state(): ModelState;
  load(state: ModelState): LoadReport;
}

export interface NetOptions {
  readonly lr?: number;
  readonly plateau?: boolean;
  readonly target?: "js" | "wasm";
  readonly seed?: number;
}

/** The parts of its module. */
export function classifierParts({ lr = 0.05, plateau = false, target = "js" }: NetOptions = {}): ModuleParts {
  const x = input("x", ["batch", 3]);
  const labels = input("labels", ["batch"], "int32");
  const scores = linear("b", 5, 4)(dropout(linear("a", 3, 5)(x).relu(), 0.1));
  const loss = crossEntropy(scores, labels);
  const label = scores.argmax(-1);
  const optimizer = plateau ? sgd({ lr: reduceLROnPlateau(lr, { patience: 0 }) }) : adam({ lr });
  const made = model("classifier", {
    dims: { batch: 8 },
    functions: {
      train: minimize(loss, optimizer),
      evaluate: compute({ loss, right: label.eq(labels).toFloat().sum() }, { dims: { batch: 16 } }),
      predict: { scores, label, all: scores.sum() },
    },
  }) as unknown as Model;
  return compiled(made, [target], { inline: true }).parts;
}

export const classifierModule = (options: NetOptions = {}): Module<AnyInstance> =>
  moduleOf(classifierParts(options)) as unknown as Module<AnyInstance>;

export const classifier = (options: NetOptions = {}): Classifier =>
  classifierModule(options).createSync({ seed: options.seed ?? 1 }) as unknown as Classifier;

/** Rows that can be told apart, in an order that depends on nothing. */
export function rows(count: number): { x: Float32Array; labels: Int32Array } {
  const x = Float32Array.from({ length: 3 * count }, (_, i) => Math.sin(i * 12.9898) * 2);
  const labels = Int32Array.from(
    { length: count },
    (_, row) => (x[3 * row]! > 0 ? 1 : 0) + (x[3 * row + 1]! > 0 ? 2 : 0),
  );
  return { x, labels };
}
