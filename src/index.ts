/**
 * optimc: a model, its loss and its optimizer as a static graph. A model file imports from here, and its default export
 * is what `model` returns; `optimc build` compiles it.
 */
import { entry } from "../compiler/ir/guards.js";
import { published } from "../compiler/ir/asTensor.js";
import * as ops from "../compiler/ops/index.js";
import type {
  Assign,
  Checkpoint,
  ByMode,
  Concat,
  Constant,
  CustomGradient,
  Dropout,
  Einsum,
  Evaluating,
  Gather,
  Gradient,
  Input,
  OneHot,
  Outer,
  Param,
  Sort,
  ScatterAdd,
  RandomNormal,
  RandomUniform,
  Split,
  Stack,
  State,
  StopGradient,
  TakeAlongAxis,
  TopK,
  Training,
  Where,
  WithEffects,
} from "../compiler/ops/index.js";
import * as models from "../compiler/model/model.js";
import { configurable as makeConfigurable, type MakeConfigurable } from "../compiler/read/configurable.js";

/**
 * The operations as users' types see them: the checks of shapes stand beside each operation. Plain JavaScript may call
 * them with anything; operations guard themselves.
 */
function typed<T>(implementation: (...parameters: never[]) => unknown): T {
  const made = "definition" in implementation ? implementation : entry(implementation.name, implementation);
  return published<T>(made);
}

export const assign = typed<Assign>(ops.assign);
export const checkpoint = typed<Checkpoint>(ops.checkpoint);
export const byMode = typed<ByMode>(ops.byMode);
export const concat = typed<Concat>(ops.concat);
export const constant = typed<Constant>(ops.constant);
export const customGradient = typed<CustomGradient>(ops.customGradient);
export const dropout = typed<Dropout>(ops.dropout);
export const einsum = typed<Einsum>(ops.einsum);
export const evaluating = typed<Evaluating>(ops.evaluating);
export const gather = typed<Gather>(ops.gather);
export const gradient = typed<Gradient>(ops.gradient);
export const input = typed<Input>(ops.input);
export const oneHot = typed<OneHot>(ops.oneHot);
export const outer = typed<Outer>(ops.outer);
export const param = typed<Param>(ops.param);
export const sort = typed<Sort>(ops.sort);
export const scatterAdd = typed<ScatterAdd>(ops.scatterAdd);
export const randomNormal = typed<RandomNormal>(ops.randomNormal);
export const randomUniform = typed<RandomUniform>(ops.randomUniform);
export const split = typed<Split>(ops.split);
export const stack = typed<Stack>(ops.stack);
export const state = typed<State>(ops.state);
export const stopGradient = typed<StopGradient>(ops.stopGradient);
export const takeAlongAxis = typed<TakeAlongAxis>(ops.takeAlongAxis);
export const topK = typed<TopK>(ops.topK);
export const training = typed<Training>(ops.training);
export const where = typed<Where>(ops.where);
export const withEffects = typed<WithEffects>(ops.withEffects);

export {
  full,
  kaimingNormal,
  kaimingUniform,
  normal,
  ones,
  uniform,
  xavierNormal,
  xavierUniform,
  zeros,
  type Initializer,
  type KaimingOptions,
} from "../compiler/ops/index.js";

export const compute = typed<models.Compute>(models.compute);
export const minimize = typed<models.Minimize>(models.minimize);
export const model = typed<models.MakeModel>(models.model);
export const configurable = typed<MakeConfigurable>(makeConfigurable);
export type { Model } from "../compiler/model/model.js";
export type { Configurable } from "../compiler/read/configurable.js";

export * from "../library/layers/index.js";
export * from "../library/losses/index.js";
export * from "../library/metrics/index.js";
export * from "../library/optimizers/index.js";
export * from "../library/schedules/index.js";

export { ema, swa, type Average } from "../compiler/optimizers/average.js";
export { clipByGlobalNorm, clipByNorm, clipByValue, type Clip } from "../compiler/optimizers/clip.js";
export type { GroupOf, GroupOptions } from "../compiler/optimizers/groups.js";
export type { ParameterMatch } from "../compiler/optimizers/updateRule.js";
export {
  schedule,
  type Schedule,
  type ScheduleContext,
  type StatefulSchedule,
} from "../compiler/optimizers/schedule.js";
export * as hyper from "../compiler/optimizers/hyper.js";
export { optimizer, type Optimizer, type OptimizerDeclaration } from "../compiler/optimizers/optimizer.js";

export type { Dim, Shape } from "../compiler/ir/shape.js";
export type { BoolTensor, Effect, IntTensor, HostNumber, Tensor } from "../compiler/ir/tensorMethods.js";
