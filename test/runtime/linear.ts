/**
 * A program as an emitted module has it, written by hand: a linear classifier with a made-up optimizer, and functions
 * for the corners of the runtime.
 */
import {
  abi,
  type Call,
  type Dims,
  type InputSpec,
  type Kernels,
  type Program,
  type TensorSpec,
} from "../../runtime/abi.js";

const capacity = { batch: 4, time: 3 };

/** Lays tensors out one after another. */
function layout() {
  let end = 0;
  return {
    get bytes() {
      return end;
    },
    place<const Spec extends Omit<InputSpec, "offset">>(spec: Spec): Spec & { offset: number } {
      const offset = end;
      const length = spec.shape.reduce<number>((product, extent) => {
        const size =
          typeof extent === "number"
            ? extent
            : typeof extent === "string"
              ? capacity[extent as "batch" | "time"]
              : extent(capacity);
        return product * size;
      }, 1);
      end += Math.ceil((length * 8) / 8) * 8;
      return { ...spec, offset };
    },
  };
}

const memoryLayout = layout();
const at = memoryLayout.place.bind(memoryLayout);

const parameters = {
  weight: at({ element: "float32", shape: [2, 3] }),
  "hidden.bias": at({ element: "float32", shape: [2] }),
} as const;
const state = {
  mean: at({ element: "float64", shape: [] }),
  seen: at({ element: "int32", shape: [2] }),
  flags: at({ element: "bool", shape: [3] }),
} as const;
const optimizer = { weight: { exp_avg: at({ element: "float32", shape: [2, 3] }) } } as const;

const train = {
  inputs: {
    x: at({ element: "float32", shape: ["batch", 3] }),
    labels: at({ element: "int32", shape: ["batch"], below: 2 }),
  },
  outputs: { loss: at({ element: "float64", shape: [] }) },
  hyper: {
    lr: { variable: "lr", value: null, from: 0 },
    eps: { variable: "eps", value: 1e-8, above: 0 },
    betas: [
      { variable: "beta1", value: 0.9, from: 0, below: 1 },
      { variable: "beta2", value: 0.999, from: 0, below: 1 },
    ],
  },
  optimizer,
} as const;

const predict = {
  inputs: { x: at({ element: "float32", shape: ["batch", 3] }) },
  outputs: {
    prediction: at({ element: "float32", shape: ["batch", 2] }),
    best: at({ element: "int32", shape: ["batch"] }),
    positive: at({ element: "bool", shape: [] }),
    signs: at({ element: "bool", shape: ["batch", 2] }),
  },
} as const;

const sequence = {
  inputs: {
    z: at({ element: "float64", shape: ["batch", "time", 2] }),
    mask: at({ element: "bool", shape: ["batch", "time"] }),
    index: at({ element: "int32", shape: ["batch"], below: "time" }),
  },
  outputs: { sums: at({ element: "float64", shape: ["batch", "time"] }) },
} as const;

const twice = ({ time }: Dims) => 2 * time!;
const double = {
  inputs: {
    w: at({ element: "float32", shape: [twice, "batch"] }),
    scale: at({ element: "float32", shape: ["batch"] }),
  },
  outputs: { total: at({ element: "float32", shape: [] }) },
  sizes: { "double needs 'time'": ["time", 2] },
} as const;

const square = {
  inputs: { a: at({ element: "int32", shape: ["time", "time"] }) },
  outputs: { trace: at({ element: "int32", shape: [] }) },
} as const;

const sample = { inputs: {}, outputs: { noise: at({ element: "float64", shape: ["batch"] }) } } as const;
const tick = { inputs: {}, outputs: { calls: at({ element: "int32", shape: [] }) } } as const;
const broken = { inputs: { x: at({ element: "float32", shape: ["batch"] }) }, outputs: {}, hyper: {} } as const;
const narrow = {
  inputs: { x: at({ element: "float32", shape: ["batch", 1] }) },
  outputs: {},
  dims: { batch: 2 },
} as const;

/** Every `Call` that the program was run with. */
export const log: (Omit<Call, "dims"> & { dims: Record<string, number> })[] = [];

export const linear: Program = {
  abi,
  name: "linear",
  bytes: memoryLayout.bytes,
  dims: capacity,
  parameters,
  state,
  functions: { train, predict, sequence, double, square, sample, tick, broken, narrow },
  // What the host and what the kernels do is one here: `bind` finds the memory where kernels should be.
  javascript: (memory) => ({ memory }) as unknown as Kernels,
  host(kernels) {
    const { memory } = kernels as unknown as { readonly memory: ArrayBuffer };
    const f32 = (spec: TensorSpec) => new Float32Array(memory, spec.offset);
    const f64 = (spec: TensorSpec) => new Float64Array(memory, spec.offset);
    const i32 = (spec: TensorSpec) => new Int32Array(memory, spec.offset);
    const u8 = (spec: TensorSpec) => new Uint8Array(memory, spec.offset);
    const keep = (call: Call) =>
      log.push({
        dims: { ...call.dims },
        call: call.call,
        step: call.step,
        seed: [...call.seed],
        hyper: { ...call.hyper },
      });
    const logits = (x: Float32Array, row: number, out: number) => {
      let sum = f32(parameters["hidden.bias"])[out]!;
      for (let i = 0; i < 3; i++) sum += x[row * 3 + i]! * f32(parameters.weight)[out * 3 + i]!;
      return sum;
    };
    return {
      initialize(call) {
        for (let i = 0; i < 6; i++) f32(parameters.weight)[i] = i + 1 + call.seed[0] + call.seed[1];
        u8(state.flags)[1] = 1;
      },
      functions: {
        train(call) {
          keep(call);
          const { batch } = call.dims;
          const { lr = 0.5, beta1 } = { ...call.hyper, lr: call.hyper.lr ?? 0.5 } as Record<string, number>;
          let loss = 0;
          for (let row = 0; row < batch!; row++) {
            const label = i32(train.inputs.labels)[row]!;
            loss += logits(f32(train.inputs.x), row, label);
            i32(state.seen)[label]!++;
            for (let i = 0; i < 3; i++) {
              const k = label * 3 + i;
              const m = f32(optimizer.weight.exp_avg);
              m[k] = beta1! * m[k]! + f32(train.inputs.x)[row * 3 + i]! + call.call * 1e-3 + call.seed[0] * 1e-3;
              f32(parameters.weight)[k]! -= (lr! * m[k]!) / call.step;
            }
          }
          f64(state.mean)[0]! += loss;
          f64(train.outputs.loss)[0] = loss;
        },
        predict(call) {
          keep(call);
          const p = f32(predict.outputs.prediction);
          for (let row = 0; row < call.dims.batch!; row++) {
            for (let out = 0; out < 2; out++) {
              p[row * 2 + out] = logits(f32(predict.inputs.x), row, out);
              u8(predict.outputs.signs)[row * 2 + out] = Number(p[row * 2 + out]! > 0);
            }
            i32(predict.outputs.best)[row] = p[row * 2]! >= p[row * 2 + 1]! ? 0 : 1;
          }
          u8(predict.outputs.positive)[0] = Number(p[0]! > 0);
        },
        sequence(call) {
          keep(call);
          for (let row = 0; row < call.dims.batch!; row++)
            for (let step = 0; step < call.dims.time!; step++) {
              const cell = row * 3 + step;
              const z = f64(sequence.inputs.z);
              f64(sequence.outputs.sums)[cell] = u8(sequence.inputs.mask)[cell]! ? z[cell * 2]! + z[cell * 2 + 1]! : 0;
            }
        },
        double(call) {
          keep(call);
          let total = 0;
          for (let i = 0; i < 2 * call.dims.time!; i++)
            for (let j = 0; j < call.dims.batch!; j++)
              total += f32(double.inputs.w)[i * 4 + j]! * f32(double.inputs.scale)[j]!;
          f32(double.outputs.total)[0] = total;
        },
        square(call) {
          keep(call);
          let trace = 0;
          for (let i = 0; i < call.dims.time!; i++) trace += i32(square.inputs.a)[i * 4]!;
          i32(square.outputs.trace)[0] = trace;
        },
        sample(call) {
          keep(call);
          for (let i = 0; i < call.dims.batch!; i++)
            f64(sample.outputs.noise)[i] = call.seed[0] * 1000 + call.call * 10 + i;
        },
        tick(call) {
          keep(call);
          i32(tick.outputs.calls)[0] = call.call;
        },
        broken() {
          throw new Error("a fault of the kernel");
        },
        narrow(call) {
          keep(call);
        },
      },
    };
  },
};
