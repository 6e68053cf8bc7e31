import { expectTypeOf, it } from "vitest";
import type {
  Bool,
  BoolInput,
  Float32,
  Float64,
  FloatInput,
  Instance,
  Int32,
  Int32Input,
  ModelState,
  Module,
} from "../../runtime/node.js";

/** As the emitter writes a module's declarations. */
interface TwoLayerNet extends Instance {
  readonly parameters: { readonly "hidden.weight": Float32<[100, 1000]> };
  readonly inputs: { readonly predict: { readonly x: Float32<["batch", 1000]> } };
  predict(
    inputs: { x: FloatInput<["batch", 1000]> },
    options?: { dims?: { batch?: number }; into?: { prediction?: Float32<["batch", 10]> } },
  ): { prediction: Float32<["batch", 10]> };
  train(
    inputs: { x: FloatInput<["batch", 1000]>; labels: Int32Input<["batch"]>; mask: BoolInput<["batch"]> },
    options?: { lr?: number; betas?: readonly [number, number] },
  ): { loss: number };
}

declare const model: Module<TwoLayerNet>;

it("types what an emitted module declares", () => {
  const use = async () => {
    const net = await model.create({ seed: 1 });
    expectTypeOf(net).toEqualTypeOf<TwoLayerNet>();
    expectTypeOf(net.state()).toEqualTypeOf<ModelState>();
    net.load(net.state());
    // Shapes are shown; they never constrain.
    const x = new Float32Array(1000);
    const { prediction } = net.predict({ x }, { into: { prediction: new Float32Array(10) } });
    net.predict({ x: prediction });
    net.predict({ x: net.parameters["hidden.weight"] });
    net.predict(net.inputs.predict);
    net.predict({ x: new Float64Array(1000) });
    net.predict({ x: [1, 2, 3] });
    net.train({ x: new Float32Array(new SharedArrayBuffer(8)), labels: new Uint8Array(1), mask: [true] }, { lr: 1 });
    net.train({ x, labels: [1], mask: new Uint8Array(1) }, { betas: [0.9, 0.99] });
    // @ts-expect-error: floats come from float arrays
    net.predict({ x: new Int32Array(1000) });
    // @ts-expect-error: an input is missing
    net.train({ x, labels: [1] });
    // @ts-expect-error: outputs are written into arrays of their own kind
    net.predict({ x }, { into: { prediction: new Float64Array(10) } });
    // @ts-expect-error: the seed is a number
    model.createSync({ seed: "1" });
  };
  void use;
  expectTypeOf(new Float32Array(1)).toExtend<Float32<["batch"]>>();
  expectTypeOf(new Float64Array(1)).toExtend<Float64<["batch"]>>();
  expectTypeOf(new Int32Array(1)).toExtend<Int32<["batch"]>>();
  expectTypeOf(new Uint8Array(1)).toExtend<Bool<["batch"]>>();
  expectTypeOf<Float32<[1]>>().toExtend<Float32Array<ArrayBuffer>>();
});
