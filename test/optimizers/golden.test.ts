/**
 * Fixed weights, a hundred steps: a net of 2, 3 and 1 units with sigmoids, in double, whose loss is the sum of its outputs
 * for three rows. The numbers are PyTorch's, to ten digits; the problem is the one of its C++ tests.
 */
import { expect, test } from "vitest";
import { minimize, model } from "../../compiler/model/model.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { zeros } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { matmul } from "../../compiler/ops/matmul.js";
import { param } from "../../compiler/ops/param.js";
import { sigmoid } from "../../compiler/ops/sigmoid.js";
import { transpose } from "../../compiler/ops/transpose.js";
import { adagrad } from "../../library/optimizers/adagrad.js";
import { adam } from "../../library/optimizers/adam.js";
import type { Optimizer } from "../../compiler/optimizers/optimizer.js";
import { rmsprop } from "../../library/optimizers/rmsprop.js";
import { sgd } from "../../library/optimizers/sgd.js";
import { build } from "../run.js";
import { targets } from "../targets.js";

const start = {
  w1: [-0.2109, -0.4976, -0.1413, -0.342, -0.2524, 0.6976],
  b1: [-0.1085, -0.2979, 0.6892],
  w2: [-0.0508, -0.3941, -0.2843],
  b2: [-0.0711],
};

// prettier-ignore
const runs: readonly (readonly [string, Optimizer, number, readonly number[]])[] = [
  ["sgd", sgd({ lr: 0.1 }), 1, [
    -0.2106407249, -0.4972533411, -0.1393264434, -0.3393622771, -0.251165293, 0.6992529754,
    -0.1076261627, -0.2912583374, 0.6933826834, -0.07998082996, -0.4214583306, -0.3349467837, -0.1425142924,
  ]],
  ["sgd", sgd({ lr: 0.1 }), 101, [
    -0.1554308027, -0.4235527876, -0.04197575592, -0.209493409, -0.1603520131, 0.8210152778,
    0.07728015043, 0.03392346935, 1.002872909, -0.8213534259, -1.157080608, -1.615458524, -1.873398068,
  ]],
  ["adam", adam({ lr: 1 }), 101, [
    8.233110269, 7.971171114, 6.643672289, 6.47106775, 6.170156569, 7.150853948,
    8.417768943, 6.597304728, 7.2318397, -6.729659749, -7.097427998, -6.753293205, -6.435623941,
  ]],
  ["rmsprop", rmsprop({ lr: 0.1, weightDecay: 1e-6, centered: true, momentum: 0.9 }), 101, [
    11.58760612, 12.55244771, 10.77307651, 10.78224134, 9.675451449, 10.83077344,
    15.29866659, 11.25242084, 11.42402703, -11.28721951, -11.67389352, -11.14308499, -10.74479482,
  ]],
  ["adagrad", adagrad({ lr: 1, weightDecay: 1e-6, lrDecay: 1e-3 }), 101, [
    2.346248028, 2.191922965, 1.683364558, 1.540599908, 1.213787061, 2.205373342,
    2.909102417, 1.751038842, 2.336225202, -2.206180108, -2.534398235, -1.962260122, -1.579586107,
  ]],
];

const cases = runs.flatMap((run) => (["js", "wasm"] as const).map((target) => [...run, target] as const));

test.each(cases)("%s", (_, optimizer, steps, wanted, target) => {
  const [w1, b1] = [param("w1", [3, 2], zeros()), param("b1", [3], zeros())];
  const [w2, b2] = [param("w2", [1, 3], zeros()), param("b2", [1], zeros())];
  const hidden = sigmoid(add(matmul(input("x", [3, 2]), transpose(w1)), b1));
  const loss = sum(sigmoid(add(matmul(hidden, transpose(w2)), b2)));
  const made = model("golden", { precision: "float64", functions: { train: minimize(loss, optimizer) } });
  const live = build(made, { target: targets[target] });
  for (const [name, values] of Object.entries(start)) live.parameters[name]?.set(values);
  for (let step = 0; step < steps; step++) live.call("train", { x: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6] });
  const found = Object.keys(start).flatMap((name) => [...(live.parameters[name] as Float64Array)]);
  wanted.forEach((each, i) => {
    expect(Math.abs((found[i] as number) - each), `[${i}] is ${found[i]}`).toBeLessThan(1e-9 * Math.abs(each));
  });
});
