/** The export of an emitted module: its program, ready to be instantiated. */

import { abi, type Dims, type Program, type TensorSpec } from "./abi.js";
import type { Loaded, Loader } from "./load.js";
import { type Counters, method, type Shared } from "./method.js";
import { checkNumber, counts } from "./numbers.js";
import { choose, enter, open, refuse, within } from "./refuse.js";
import { load, save, type Tree } from "./state.js";
import { bind, type Tensor, type View } from "./tensor.js";
import type { CreateOptions, Instance, Module, ModelState, Shapes } from "./types.js";

type Specs = Readonly<Record<string, TensorSpec>>;

function instantiate(
  description: Program,
  { seed = 0, check }: CreateOptions,
  [memory, kernels, target, fallback]: Loaded,
): Record<string, unknown> {
  const { name: model, dims, functions } = description;
  const code = description.host(kernels, memory, target);
  const counting = new Set<View>();
  const tensors = (specs: Specs, capacities: Dims = dims) =>
    Object.keys(specs).map((name) => {
      const tensor = bind(memory, name, specs[name]!, capacities);
      if (tensor.spec.counts) counting.add(tensor.view);
      return tensor;
    });
  const views = (tensors: Tensor[]): Record<string, View> =>
    Object.freeze(Object.fromEntries(tensors.map(({ name, view }) => [name, view])));

  const live = {
    format: 1,
    model,
    seed,
    parameters: views(tensors(description.parameters)),
    state: views(tensors(description.state)),
    functions: {} as Tree,
  };
  const shared: Shared = {
    names: Object.assign({}, ...Object.values(functions).map(({ inputs }) => inputs)) as object,
    finite: !!check,
    call: {
      dims,
      call: 0,
      step: 0,
      hyper: {},
      get seed(): [number, number] {
        return [live.seed | 0, (live.seed / 4294967296) | 0];
      },
    },
  };

  const net: Instance & Record<string, unknown> & { inputs: Record<string, Record<string, View>> } = {
    get target() {
      return target;
    },
    fallback,
    parameters: live.parameters,
    // What is kept between calls has fixed sizes.
    shapes: { parameters: description.parameters, state: description.state, functions } as Shapes,
    dims,
    inputs: {},
    state: () => save(live) as unknown as ModelState,
    load(state, options = {}) {
      return within(`${model}.load`, () => {
        const given = open("options", options, "option", { strict: 0 });
        return load(live, state, choose(given, "strict", true, false) ?? true, counting);
      });
    },
  };
  for (const name in functions) {
    const spec = functions[name]!;
    const counters: Counters & Tree = { calls: 0 };
    if (spec.hyper) counters.step = 0;
    if (spec.shared) counters.shared = views(tensors(spec.shared));
    if (spec.optimizer) {
      const parameters: Tree = (counters.parameters = {});
      for (const parameter in spec.optimizer) parameters[parameter] = views(tensors(spec.optimizer[parameter]!));
    }
    live.functions[name] = counters;
    const capacities = { ...dims, ...spec.dims };
    const inputs = tensors(spec.inputs, capacities);
    net.inputs[name] = views(inputs);
    net[name] = method(
      `${model}.${name}`,
      spec,
      capacities,
      inputs,
      tensors(spec.outputs, capacities),
      counters,
      shared,
      code.functions[name]!,
    );
  }
  code.initialize(shared.call);
  return net;
}

/** Makes the export of an emitted module. */
export function programWith<Net extends Instance>(description: Program, { load, loadSync }: Loader): Module<Net> {
  const { name } = description;
  enter(`module ${name}`);
  if (description.abi !== abi)
    refuse(`built for runtime ABI ${description.abi}, not ${abi}: rebuild it with optimc build`);

  const checked = (given: unknown): CreateOptions =>
    within(`${name}.create`, () => {
      const options = open("options", given, "option", { seed: 0, target: 0, relaxed: 0, module: 0, check: 0 });
      const { seed = 0 } = options;
      checkNumber("seed", seed, counts);
      choose(options, "target", "js", "wasm");
      choose(options, "relaxed", true, false);
      choose(options, "check", "finite");
      return options;
    });
  const make = (options: CreateOptions, loaded: Loaded) => instantiate(description, options, loaded) as unknown as Net;

  return {
    create: async (options = {}) => make(options, await load(checked(options))),
    createSync: (options = {}) => make(options, loadSync(checked(options))),
  };
}
