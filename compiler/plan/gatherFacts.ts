/** Gathers the facts about functions from their graphs, their declarations, and the groups of their nodes. */
import { assignedBy, driverOf, drivenLength } from "../drivers/memory.js";
import { isOp, nodeAt, type Graph } from "../ir/graph.js";
import { hostScalarOf } from "../ir/hostScalar.js";
import { topologicalOrder } from "../ir/order.js";
import type { Expression } from "../ir/op.js";
import type { Model } from "../model/model.js";
import { input } from "../ops/input.js";
import { standardNormal, standardUniform } from "../ops/random.js";
import type { HyperVariable } from "../optimizers/bindHyperparameters.js";
import { gradientName, type Driver } from "../optimizers/driver.js";
import { describeRange } from "../optimizers/hyperparameters.js";
import { averageName, keptFor, type Training } from "../optimizers/training.js";
import { graphHash } from "../passes/graphHash.js";
import { clampedName } from "../passes/indices/countClamped.js";
import { indexBounds } from "../passes/indices/indexBounds.js";
import { trainingOf } from "../passes/notes.js";
import type { FunctionGraph } from "../passes/pipeline.js";
import { skippedName } from "../passes/update/updateCondition.js";
import type * as facts from "./facts.js";
import type { Buffer } from "./memory/buffer.js";
import { cellKey, driverKey, inputKey, parameterKey, modelStateKey, stateKey } from "./memory/bufferIds.js";
import { bytesOfBuffer } from "./memory/layout.js";
import type { Grouping } from "./plan.js";
import { drivenReason, storedGradients } from "./storedGradients.js";

/** The buffers of all that lies in memory before the first kernel, by id. */
type Leaves = ReadonlyMap<string, Buffer>;

/** A buffer that some function reads or writes, and that the groups of all functions have therefore asked for. */
function leafAt(leaves: Leaves, id: string): Buffer {
  const found = leaves.get(id);
  if (!found) throw new Error(`there is no buffer ${id}`);
  return found;
}

/** `leaves` are those of all functions. */
export function modelFacts({ name, precision, dims, parameters, state }: Model, leaves: Leaves): facts.ModelFacts {
  const named = (all: object, keyOf: (name: string) => string): facts.NamedBuffer[] =>
    Object.keys(all).map((each) => ({ name: each, buffer: leafAt(leaves, keyOf(each)) }));
  return {
    name,
    precision,
    dims,
    parameters: named(parameters, parameterKey),
    state: named(state, modelStateKey),
  };
}

/** `leaves` are those of all functions. */
export function functionFacts(
  model: Model,
  made: FunctionGraph,
  grouping: Grouping,
  leaves: Leaves,
): facts.FunctionFacts {
  const { name, definition, dims, stages } = made;
  const driver = driverOf(made);
  const changes = definition?.kind === "minimize" || stages.update.effects.length > 0;
  const training = trainingOf(made);
  return {
    name,
    kind: definition?.kind ?? "initialize",
    dims,
    ownDims: definition?.dims ?? {},
    inputs: inputFacts(model, made, leaves),
    outputs: outputFacts(made, grouping),
    positive: grouping.positive,
    streams: streamFacts(stages.final),
    storedGradients: driver ? drivenGradients(made, leaves) : gradientsOf(grouping),
    hash: changes ? graphHash(stages.update, !driver) : null,
    training: training && trainingFacts(model, made, training, grouping, leaves),
  };
}

function inputFacts(model: Model, { name: of, stages }: FunctionGraph, leaves: Leaves): facts.InputFacts[] {
  const bounds = indexBounds(stages.final);
  const read = new Set(stages.final.nodes.flatMap((node) => (isOp(node, input) ? [node.attributes["name"]] : [])));
  return Object.keys(model.inputs).flatMap((name) => {
    const buffer = leaves.get(inputKey(of, name));
    return buffer ? [{ name, buffer, indices: bounds.get(name) ?? [], isRead: read.has(name) }] : [];
  });
}

function outputFacts({ stages }: FunctionGraph, { outputs }: Grouping): facts.OutputFacts[] {
  const own = new Set(stages.graph.outputs.map(({ name }) => name));
  const added = (name: string): facts.OutputFacts["added"] => {
    if (own.has(name)) return null;
    return name === skippedName ? "skipped" : name === clampedName ? "clamped" : null;
  };
  return outputs.map(({ name, buffer }) => ({ name, buffer, added: added(name) }));
}

function streamFacts(graph: Graph): facts.StreamFacts[] {
  const found = new Map<string | number, facts.StreamFacts>();
  for (const id of topologicalOrder(graph)) {
    const node = nodeAt(graph, id);
    const isNormal = isOp(node, standardNormal);
    if (!isNormal && !isOp(node, standardUniform)) continue;
    const stream = node.attributes["stream"] as string | number;
    found.set(stream, { stream, isNormal, shape: node.shape });
  }
  return [...found.values()];
}

const gradientsOf = ({ context, fusion }: Grouping): facts.StoredGradient[] =>
  storedGradients(context.graph, fusion, context.bufferOf);

const drivenGradients = ({ name, notes }: FunctionGraph, leaves: Leaves): facts.StoredGradient[] =>
  [...notes.updates.keys()].map((parameter) => {
    const buffer = leafAt(leaves, stateKey(name, parameter, gradientName));
    return { parameter, bytes: bytesOfBuffer(buffer), reason: drivenReason };
  });

function trainingFacts(
  model: Model,
  made: FunctionGraph,
  training: Training,
  grouping: Grouping,
  leaves: Leaves,
): facts.TrainingFacts {
  const { name, definition, notes, variables } = made;
  const { optimizer, accumulate, skipNonFinite } = training;
  const driver = driverOf(made);
  const decisions = new Map([...notes.rows].reverse().map((each) => [each.parameter, each]));
  const updates = [...notes.updates.values()].map(({ parameter, kind, isBody }): facts.UpdateFacts => {
    const rows = decisions.get(parameter);
    return { parameter, kind, isBody, rows: rows ? { listed: rows.sparse, reason: rows.reason } : null };
  });
  const average = (of: string): facts.KeptFor => ({ name: of, tensors: [keptFacts(name, of, averageName, leaves)] });
  return {
    optimizer: optimizer.name,
    hyper: variables.map(hyperFacts),
    groups: optimizer.groups.flatMap((group) => (group.name === null ? [] : [group.name])),
    updates,
    accumulate,
    skipped: skipNonFinite ? leafAt(leaves, cellKey(name, skippedName)) : null,
    returnsMore: definition?.kind === "minimize" && Object.keys(definition.also).length > 0,
    kept: [
      ...(driver ? savedByDriver(model, made, driver, leaves) : keptByUpdates(model, made, training, leaves)),
      ...notes.averagedStates.map(average),
    ],
    numbers: notes.cells.map((cell) => ({
      name: cell.name,
      buffer: leafAt(leaves, cellKey(name, cell.name)),
      isCount: cell.isCount === true,
    })),
    driver: driver && driverFacts(model, made, driver, grouping, leaves),
  };
}

const hyperFacts = ({ schedule, updates, ...rest }: HyperVariable): facts.HyperFacts => ({
  ...rest,
  schedule: schedule && hostScalarOf(schedule),
  updates,
  allowed: describeRange(rest.range),
});

const keptFacts = (owner: string, parameter: string, name: string, leaves: Leaves): facts.KeptFacts => ({
  name,
  buffer: leafAt(leaves, stateKey(owner, parameter, name)),
  isCount: false,
});

const keptByUpdates = (model: Model, made: FunctionGraph, training: Training, leaves: Leaves): facts.KeptFor[] =>
  [...made.notes.updates.keys()].map((parameter) => {
    const { shape } = model.parameters[parameter] as Expression;
    const names = Object.keys(keptFor(training, parameter, shape).states);
    return { name: parameter, tensors: names.map((name) => keptFacts(made.name, parameter, name, leaves)) };
  });

/** The state that a driver saves, under the first parameter as in PyTorch. */
function savedByDriver(model: Model, made: FunctionGraph, driver: Driver, leaves: Leaves): facts.KeptFor[] {
  const [first] = made.notes.updates.keys();
  if (first === undefined) return [];
  const saved = Object.entries(driver.tensors(drivenLength(model, made))).filter(([, { isSaved }]) => isSaved);
  const tensors = saved.map(([name, { isCount = false }]) => ({
    name,
    buffer: leafAt(leaves, driverKey(made.name, name)),
    isCount,
  }));
  return [{ name: first, tensors }];
}

function driverFacts(
  model: Model,
  made: FunctionGraph,
  driver: Driver,
  { outputs }: Grouping,
  leaves: Leaves,
): facts.DriverFacts {
  const { runtime, options, settings } = driver;
  const own = (name: string): Buffer => leafAt(leaves, driverKey(made.name, name));
  const length = drivenLength(model, made);
  const assigned = assignedBy(made).map(({ key }) => leafAt(leaves, key));
  return {
    runtime,
    options,
    settings,
    description: driver.describe(length),
    length,
    parameters: [...made.notes.updates.keys()].map((parameter) => ({
      parameter: leafAt(leaves, parameterKey(parameter)),
      gradient: leafAt(leaves, stateKey(made.name, parameter, gradientName)),
    })),
    loss: outputs.find(({ name }) => name === "loss")?.buffer as Buffer,
    tensors: Object.keys(driver.tensors(length)).map((name) => ({ name, buffer: own(name) })),
    before: assigned.map((from) => ({ from, to: own(`before:${from.id}`) })),
    after: [
      ...outputs.map(({ name, buffer }) => ({ from: buffer, to: own(`result:${name}`) })),
      ...assigned.map((from) => ({ from, to: own(`after:${from.id}`) })),
    ],
  };
}
