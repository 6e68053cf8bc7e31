import { beforeEach, describe, expect, it } from "vitest";
import { type AnyInstance, javascriptProgram as program } from "../../runtime/node.js";
import { linear, log } from "./linear.js";
import { refused } from "./snapshot.js";

const model = program(linear);
let net: AnyInstance;
beforeEach(() => {
  net = model.createSync();
  log.length = 0;
});
const rows = (count: number) => Float32Array.from({ length: count * 3 }, (_, i) => i);
const last = () => log.at(-1)!;

describe("a call", () => {
  it("takes typed and plain arrays, and sizes from their lengths", () => {
    const expected = net.predict({ x: rows(2) });
    expect(expected.prediction).toEqual(new Float32Array([8, 17, 26, 62]));
    expect(expected.best).toEqual(new Int32Array([1, 1]));
    expect(expected.signs).toEqual(new Uint8Array([1, 1, 1, 1]));
    expect(expected.positive).toBe(true);
    expect(last().dims).toMatchObject({ batch: 2 });
    expect(net.predict({ x: Float64Array.from(rows(2)) })).toEqual(expected);
    expect(net.predict({ x: [...rows(2)] })).toEqual(expected);
    expect(net.predict({ x: rows(4) }).prediction).toHaveLength(8);
    expect(net.predict({ x: new Float32Array(3).fill(-1) }).positive).toBe(false);
  });

  it("takes integers from every integer array, and bools from booleans and ones", () => {
    const losses = [
      Int32Array.of(0, 1),
      Int16Array.of(0, 1),
      Int8Array.of(0, 1),
      Uint32Array.of(0, 1),
      Uint16Array.of(0, 1),
      Uint8Array.of(0, 1),
      Uint8ClampedArray.of(0, 1),
      [0, 1],
    ].map((labels) => model.createSync().train({ x: rows(2), labels }).loss as number);
    expect(new Set(losses).size).toBe(1);
    const z = [1, 2, 3, 4, 5, 6, 7, 8];
    const sums = new Float64Array([3, 0, 11, 15]);
    for (const mask of [[true, false, true, true], [1, 0, 1, 1], new Uint8Array([1, 0, 1, 1])])
      expect(net.sequence({ z, mask, index: [0, 1] }).sums).toEqual(sums);
  });

  it("returns fresh copies", () => {
    const first = net.predict({ x: rows(1) }).prediction;
    const copy = first.slice();
    net.predict({ x: rows(2) });
    expect(first).toEqual(copy);
    expect(first.buffer).not.toBe(net.parameters.weight!.buffer);
  });

  it("copies rows by the capacity's strides, in and out", () => {
    const z = Float64Array.from({ length: 12 }, (_, i) => i);
    const { sums } = net.sequence({ z, mask: new Uint8Array(6).fill(1), index: [0, 1, 0] });
    expect(last().dims).toEqual({ batch: 3, time: 2 });
    expect(sums).toEqual(new Float64Array([1, 5, 9, 13, 17, 21]));
    expect([...net.inputs.sequence!.z!.subarray(0, 10)]).toEqual([0, 1, 2, 3, 0, 0, 4, 5, 6, 7]);
    const full = net.sequence({
      z: Float64Array.from({ length: 24 }, (_, i) => i),
      mask: new Uint8Array(12).fill(1),
      index: [0, 1, 0, 2],
    });
    expect(full.sums).toEqual(Float64Array.from({ length: 12 }, (_, i) => 4 * i + 1));
  });

  it("solves a size through another input, whatever their order", () => {
    const inputs = { w: new Float32Array(12).fill(1), scale: [1, 2, 3] };
    expect(net.double(inputs, { dims: { time: 2 } }).total).toBe(24);
    expect(net.double(inputs, { dims: { time: 2, batch: 3 } }).total).toBe(24);
    net.sequence({ z: new Float32Array(12), mask: Array(6).fill(true), index: [0, 0, 1] });
    expect(last().dims).toEqual({ batch: 3, time: 2 });
  });

  it("runs without inputs, with sizes from the options", () => {
    expect(net.tick().calls).toBe(0);
    expect(net.tick({}).calls).toBe(1);
    expect(net.sample({}, { dims: { batch: 2 } }).noise).toEqual(new Float64Array([0, 1]));
    expect(last().dims).toEqual({ batch: 2, time: 3 });
    expect(net.square({ a: [1, 2, 3, 4] }, { dims: { time: 2 } }).trace).toBe(5);
  });

  it("keeps at capacity what the function does not name, unless told", () => {
    net.sample({}, { dims: { batch: 2, time: 1 } });
    expect(last().dims).toEqual({ batch: 2, time: 1 });
    net.sample({}, { dims: { batch: 2 } });
    expect(last().dims).toEqual({ batch: 2, time: 3 });
  });

  it("counts calls and steps, and passes the seed's halves", () => {
    const seeded = model.createSync({ seed: 2 ** 32 * 3 + 2 ** 31 });
    seeded.train({ x: rows(1), labels: [0] });
    expect(last()).toMatchObject({ call: 0, step: 1, seed: [-(2 ** 31), 3] });
    seeded.train({ x: rows(1), labels: [0] });
    expect(last()).toMatchObject({ call: 1, step: 2 });
    seeded.predict({ x: rows(1) });
    expect(last()).toMatchObject({ call: 0, step: 0, hyper: {} });
    expect(seeded.state().functions).toMatchObject({ train: { calls: 2, step: 2 }, predict: { calls: 1 } });
    expect(seeded.state().functions.predict).not.toHaveProperty("step");
    model.createSync({ seed: 2 ** 53 - 1 }).tick();
    expect(last().seed).toEqual([-1, 2 ** 21 - 1]);
  });

  it("leaves the counters when the function throws", () => {
    const before = net.state();
    expect(() => net.broken({ x: [1] })).toThrow("a fault of the kernel");
    expect(net.state()).toEqual(before);
  });

  it("lets a function have its own capacity", () => {
    net.narrow({ x: [1, 2] });
    refused(
      net,
      () => net.narrow({ x: [1, 2, 3] }),
      "linear.narrow: 'batch' is 3 in input 'x', but its capacity is 2: raise it in the model's dims",
    );
  });
});

describe("hyper-parameters", () => {
  const batch = () => ({ x: rows(1), labels: [0] });
  it("have defaults, none where a schedule gives them, and are overridden for one call", () => {
    net.train(batch());
    expect(last().hyper).toMatchObject({ eps: 1e-8, beta1: 0.9, beta2: 0.999 });
    expect(last().hyper.lr ?? "scheduled").toBe("scheduled");
    net.train(batch(), { lr: 0.25, betas: [0, 0.5] });
    expect(last().hyper).toEqual({ lr: 0.25, eps: 1e-8, beta1: 0, beta2: 0.5 });
    net.train(batch(), { lr: undefined });
    expect(last().hyper).toMatchObject({ eps: 1e-8, beta1: 0.9, beta2: 0.999 });
    expect(last().hyper.lr ?? "scheduled").toBe("scheduled");
  });

  it.each([
    [{ lr: -1 }, "option 'lr': expected a finite number from 0, found -1"],
    [{ lr: NaN }, "option 'lr': expected a finite number from 0, found NaN"],
    [{ lr: "1" }, "option 'lr': expected a finite number from 0, found String"],
    [{ eps: 0 }, "option 'eps': expected a finite number above 0, found 0"],
    [{ eps: Infinity }, "option 'eps': expected a finite number above 0, found Infinity"],
    [{ betas: [0.9, 1] }, "option 'betas': expected a finite number from 0 below 1, found 1"],
    [{ betas: [0.9] }, "option 'betas': expected 2 numbers, found 1"],
    [{ betas: 0.9 }, "option 'betas': expected 2 numbers, found 1"],
    [{ lr: [1, 2] }, "option 'lr': expected 1 numbers, found 2"],
    [{ momentum: 1 }, "unknown option 'momentum': expected lr, eps, betas, dims, into"],
    [{ loss: 1 }, "unknown option 'loss': expected lr, eps, betas, dims, into"],
    [{ toString: 1 }, "unknown option 'toString': expected lr, eps, betas, dims, into"],
  ])("refuse %o", (options, message) => {
    refused(net, () => net.train(batch(), options), `linear.train: ${message}`);
  });

  it("are refused by functions that do not update", () => {
    refused(
      net,
      () => net.predict({ x: rows(1) }, { lr: 1 }),
      "linear.predict: unknown option 'lr': expected dims, into",
    );
  });
});

describe("inputs are refused", () => {
  const labels = [0];
  const x = rows(1);
  const bad = " Float32Array, Float64Array, Uint8Array, Uint8ClampedArray, Array, found";
  const ints =
    " Int32Array, Int16Array, Int8Array, Uint32Array, Uint16Array, Uint8Array, Uint8ClampedArray, Array, found";
  const index = "expected a whole number from 0 below 2";
  const int32 = "expected a whole number from -2147483648 below 2147483648";
  it.each<[string, object, string]>([
    ["train", { x }, "input 'labels' is missing"],
    ["train", { x: undefined, labels }, "input 'x' is missing"],
    ["train", { x, labels, z: x, q: x }, "unknown input 'q': expected x, labels"],
    ["train", { x, label: [0] }, "unknown input 'label': expected x, labels. Did you mean labels?"],
    ["train", { x, labels, constructor: x }, "unknown input 'constructor': expected x, labels"],
    ["tick", { q: x }, "unknown input 'q': expected none"],
    ["train", { x: new Int32Array(3), labels }, `input 'x': expected one of${bad} Int32Array`],
    ["train", { x: new DataView(new ArrayBuffer(12)), labels }, `input 'x': expected one of${bad} DataView`],
    ["train", { x: x.buffer, labels }, `input 'x': expected one of${bad} ArrayBuffer`],
    ["train", { x: 3, labels }, `input 'x': expected one of${bad} Number`],
    ["train", { x: "abc", labels }, `input 'x': expected one of${bad} String`],
    ["train", { x: { length: 3 }, labels }, `input 'x': expected one of${bad} Object`],
    ["train", { x, labels: new Float32Array(1) }, `input 'labels': expected one of${ints} Float32Array`],
    ["train", { x, labels: new BigInt64Array(1) }, `input 'labels': expected one of${ints} BigInt64Array`],
    ["train", { x: [1, 2, "3"], labels }, "input 'x' at position 2: expected a finite number, found String"],
    ["train", { x: [1, , 3], labels }, "input 'x' at position 1: expected a finite number, found undefined"],
    ["train", { x: [], labels }, "input 'x': expected [batch, 3], found 0 values: give at least one row"],
    ["train", { x: new Float32Array(4), labels }, "input 'x': expected [batch, 3], found 4 values"],
    ["train", { x: rows(2), labels }, "input 'labels': expected [batch = 2 (input 'x')], found 1 values"],
    ["train", { x: rows(5), labels }, "'batch' is 5 in input 'x', but its capacity is 4: raise it in the model's dims"],
    ["train", { x, labels: [2] }, `input 'labels' at position 0: ${index}, found 2`],
    ["train", { x: rows(2), labels: new Int32Array([0, -1]) }, `input 'labels' at position 1: ${index}, found -1`],
    ["train", { x, labels: [NaN] }, `input 'labels' at position 0: ${index}, found NaN`],
    ["train", { x, labels: [0.5] }, `input 'labels' at position 0: ${index}, found 0.5`],
    ["train", { x, labels: [true] }, `input 'labels' at position 0: ${index}, found Boolean`],
    ["square", { a: Array(9).fill(2 ** 31) }, `input 'a' at position 0: ${int32}, found 2147483648`],
    ["square", { a: new Uint32Array(9).fill(2 ** 31) }, `input 'a' at position 0: ${int32}, found 2147483648`],
    [
      "sequence",
      { z: [1, 2], mask: [2], index: [0] },
      "input 'mask' at position 0: expected a whole number from 0 below 2, found 2",
    ],
    [
      "sequence",
      { z: [1, 2], mask: new Uint8Array([255]), index: [0] },
      "input 'mask' at position 0: expected a whole number from 0 below 2, found 255",
    ],
    [
      "sequence",
      { z: [1, 2], mask: new Int8Array([1]), index: [0] },
      "input 'mask': expected one of Uint8Array, Array, found Int8Array",
    ],
    // The bound is the size in this call.
    [
      "sequence",
      { z: [1, 2, 3, 4], mask: [true, true], index: [2] },
      "input 'index' at position 0: expected a whole number from 0 below 2, found 2",
    ],
    [
      "sequence",
      { z: [1, 2, 3, 4, 5, 6], mask: [true, true], index: [0] },
      "input 'mask': expected [batch = 1 (input 'index'), time = 3 (input 'z')], found 2 values",
    ],
  ])("%s %o", (name, inputs, message) => {
    const dims = name === "square" ? { dims: { time: 3 } } : {};
    refused(net, () => net[name](inputs, dims), `linear.${name}: ${message}`);
  });
});

describe("sizes are refused", () => {
  const whole = "expected a whole number from 1";
  const inputs = { w: new Float32Array(12), scale: [1, 2, 3] };
  it.each<[string, object, object, string]>([
    ["sample", {}, {}, "'batch' does not follow from the inputs: pass { dims: { batch: ... } }"],
    ["sample", {}, { batch: 0 }, `dims.batch: ${whole}, found 0`],
    ["sample", {}, { batch: 1.5 }, `dims.batch: ${whole}, found 1.5`],
    ["sample", {}, { batch: "2" }, `dims.batch: ${whole}, found String`],
    ["sample", {}, { batch: 5 }, "'batch' is 5 in options.dims, but its capacity is 4: raise it in the model's dims"],
    ["sample", {}, { rows: 1 }, "unknown dimension 'rows': expected batch, time"],
    ["sample", {}, { toString: 1 }, "unknown dimension 'toString': expected batch, time"],
    ["predict", { x: rows(2) }, { batch: 3 }, "input 'x': expected [batch = 3 (options.dims), 3], found 6 values"],
    ["double", inputs, {}, "'time' does not follow from the inputs: pass { dims: { time: ... } }"],
    ["double", inputs, { time: 3 }, "input 'scale': expected [batch = 2 (input 'w')], found 3 values"],
    [
      "double",
      { w: [1, 2, 3, 4, 5, 6], scale: [1, 2, 3] },
      { time: 1 },
      "double needs 'time' to be at least 2, found 1",
    ],
    ["square", { a: Array(9).fill(0) }, {}, "'time' does not follow from the inputs: pass { dims: { time: ... } }"],
    [
      "square",
      { a: Array(8).fill(0) },
      { time: 3 },
      "input 'a': expected [time = 3 (options.dims), time = 3 (options.dims)], found 8 values",
    ],
  ])("%s %o %o", (name, inputs, dims, message) => {
    refused(net, () => net[name](inputs, { dims }), `linear.${name}: ${message}`);
  });
});

describe("into", () => {
  it("is where the outputs go, and in the result", () => {
    const prediction = new Float32Array(4);
    const result = net.predict({ x: rows(2) }, { into: { prediction } });
    expect(result.prediction).toBe(prediction);
    expect(prediction).toEqual(new Float32Array([8, 17, 26, 62]));
    expect(result.best).toEqual(new Int32Array([1, 1]));
    const sums = new Float64Array(2);
    net.sequence({ z: [1, 2, 3, 4], mask: [true, true], index: [0, 0] }, { into: { sums } });
    expect(sums).toEqual(new Float64Array([3, 7]));
    // Nothing of it is left for the next call.
    net.predict({ x: rows(1) });
    expect(prediction).toEqual(new Float32Array([8, 17, 26, 62]));
  });

  it.each<[object, string]>([
    [{ logits: new Float32Array(4) }, "unknown output 'logits': expected prediction, best, positive, signs"],
    [{ valueOf: new Float32Array(4) }, "unknown output 'valueOf': expected prediction, best, positive, signs"],
    [
      { prediction: new Float32Array(3) },
      "into.prediction: expected Float32Array of length 4 outside the net's memory, found Float32Array of length 3",
    ],
    [
      { prediction: new Float64Array(4) },
      "into.prediction: expected Float32Array of length 4 outside the net's memory, found Float64Array of length 4",
    ],
    [{ prediction: 0 }, "into.prediction: expected Float32Array of length 4 outside the net's memory, found Number"],
    [{ best: [1, 2] }, "into.best: expected Int32Array of length 2 outside the net's memory, found Array"],
  ])("refuses %o", (into, message) => {
    refused(net, () => net.predict({ x: rows(2) }, { into }), `linear.predict: ${message}`);
  });

  it("refuses the net's own memory", () => {
    const prediction = (net.inputs.train!.x as Float32Array).subarray(0, 4);
    refused(
      net,
      () => net.predict({ x: rows(2) }, { into: { prediction } }),
      "linear.predict: into.prediction: expected Float32Array of length 4 outside the net's memory, found Float32Array of length 4 within it",
    );
  });
});

describe("net.inputs", () => {
  it("are read in place, at capacity or as the options say", () => {
    const { x } = net.inputs.predict!;
    x!.set(rows(4));
    const { prediction } = net.predict(net.inputs.predict);
    expect(prediction).toEqual(net.predict({ x: rows(4) }).prediction);
    expect(net.predict(net.inputs.predict, { dims: { batch: 2 } }).prediction).toEqual(prediction.subarray(0, 4));
  });

  it("share sizes with arrays", () => {
    const { x } = net.inputs.train!;
    x!.set(rows(2));
    const { loss } = net.train({ x, labels: [0, 1] });
    expect(last().dims).toMatchObject({ batch: 2 });
    expect(loss).toBe(model.createSync().train({ x: rows(2), labels: [0, 1] }).loss);
  });

  it("are laid out by capacity, and checked as far as they are used", () => {
    const { z, mask, index } = net.inputs.sequence!;
    z!.set([1, 2, 3, 4, 9, 9, 5, 6, 7, 8]);
    mask!.set([1, 1, 7, 1, 1, 7]);
    index!.set([1, 1, 7]);
    const dims = { batch: 2, time: 2 };
    expect(net.sequence({ z, mask, index }, { dims }).sums).toEqual(new Float64Array([3, 7, 11, 15]));
    mask![4] = 3;
    refused(
      net,
      () => net.sequence(net.inputs.sequence, { dims }),
      "linear.sequence: input 'mask' at position 4: expected a whole number from 0 below 2, found 3",
    );
  });

  it("may be passed in part, moved or to another function: then they are copied", () => {
    const x = net.inputs.predict!.x as Float32Array;
    x.set(rows(4));
    expect(net.predict({ x: x.subarray(3, 9) }).prediction).toEqual(
      net.predict({ x: rows(4).subarray(3, 9) }).prediction,
    );
    net.inputs.train!.x!.set(rows(4));
    expect(net.predict({ x: net.inputs.train!.x }).prediction).toHaveLength(8);
    // A compact array over the strided region that it is copied into.
    const z = net.inputs.sequence!.z as Float64Array;
    z.set([1, 2, 3, 4, 5, 6, 7, 8]);
    const { sums } = net.sequence({ z: z.subarray(0, 8), mask: Array(4).fill(true), index: [0, 0] });
    expect(sums).toEqual(new Float64Array([3, 7, 11, 15]));
  });
});

describe("what is taken beside flat arrays", () => {
  const labels = [0, 1];
  it("arrays that are nested as the shape is", () => {
    const expected = net.predict({ x: [1, 2, 3, 4, 5, 6] });
    expect(
      net.predict({
        x: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }),
    ).toEqual(expected);
    expect(net.predict({ x: [Float32Array.of(1, 2, 3), [4, 5, 6]] })).toEqual(expected);
    const z = [
      [
        [1, 2],
        [3, 4],
      ],
    ];
    expect(net.sequence({ z, mask: [[true, true]], index: [0] }).sums).toEqual(new Float64Array([3, 7]));
  });

  it.each<[unknown, string]>([
    [
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      "input 'x': expected [batch = 2 (input 'labels'), 3], flat or nested so, found [3, 2]",
    ],
    [
      [
        [1, 2, 3],
        [4, 5],
      ],
      "input 'x': expected flat values, or arrays nested as its shape is, found rows that differ",
    ],
    [[1, [2, 3]], "input 'x': expected flat values, or arrays nested as its shape is, found rows that differ"],
    [[[[1, 2, 3]]], "input 'x': expected flat values, or arrays nested as its shape is, found arrays nested deeper"],
    [
      [
        [1, 2, "3"],
        [4, 5, 6],
      ],
      "input 'x' at position 2: expected a finite number, found String",
    ],
  ])("but none of another form: %j", (x, message) =>
    refused(
      net,
      () => net.train({ labels, x }, { dims: { batch: 2 } }),
      `linear.train: ${message}`.replace("(input 'labels')", "(options.dims)"),
    ),
  );

  it("bytes for floats, as numbers", () => {
    const expected = net.predict({ x: [0, 128, 255] });
    expect(net.predict({ x: Uint8Array.of(0, 128, 255) })).toEqual(expected);
    expect(net.predict({ x: Uint8ClampedArray.of(0, 128, 255) })).toEqual(expected);
  });

  it("a batch that holds what other functions are given", () => {
    expect(net.predict({ x: rows(1), labels: "none" })).toEqual(net.predict({ x: rows(1) }));
  });
});

describe("what is no object is refused", () => {
  it.each<[unknown, unknown, string]>([
    [null, undefined, "inputs: expected an object, found null"],
    [[1, 2, 3], undefined, "inputs: expected an object, found Array"],
    [Promise.resolve({}), undefined, "inputs: expected an object, found Promise"],
    [{ x: [1, 2, 3] }, null, "options: expected an object, found null"],
    [{ x: [1, 2, 3] }, 5, "options: expected an object, found Number"],
    [{ x: [1, 2, 3] }, { into: 3 }, "into: expected an object, found Number"],
    [{ x: [1, 2, 3] }, { dims: [1] }, "dims: expected an object, found Array"],
  ])("%o, %o", (inputs, options, message) =>
    refused(net, () => net.predict(inputs, options), `linear.predict: ${message}`),
  );
});

describe("numbers beyond float32", () => {
  it("are refused where numbers are looked at; typed arrays are rounded, as PyTorch does", () => {
    const at = "input 'x' at position 1: expected a finite number";
    refused(net, () => net.predict({ x: [1, 1e300, 2] }), `linear.predict: ${at} of float32, found 1e+300`);
    expect(net.predict({ x: Float64Array.of(1, 1e300, 2) }).prediction[0]).toBe(Infinity);
    const careful = model.createSync({ check: "finite" });
    refused(
      careful,
      () => careful.predict({ x: Float64Array.of(1, 1e300, 2) }),
      `linear.predict: ${at} of float32, found 1e+300`,
    );
    refused(careful, () => careful.predict({ x: Float32Array.of(1, NaN, 2) }), `linear.predict: ${at}, found NaN`);
    careful.inputs.predict!.x!.set([1, Infinity, 2]);
    refused(
      careful,
      () => careful.predict(careful.inputs.predict, { dims: { batch: 1 } }),
      `linear.predict: ${at}, found Infinity`,
    );
    expect(careful.predict({ x: Float32Array.of(1, 2, 3) })).toEqual(net.predict({ x: [1, 2, 3] }));
  });
});
