// The same cubic: gradients and update are derived.
import { input, minimize, model, normal, param, sgd } from "optimc";

const x = input("x", ["points"]);
const y = input("y", ["points"]);

const [a, b, c, d] = [
  param("a", [], normal()),
  param("b", [], normal()),
  param("c", [], normal()),
  param("d", [], normal()),
];

const prediction = a
  .add(b.mul(x))
  .add(c.mul(x.pow(2)))
  .add(d.mul(x.pow(3)));
const loss = prediction.sub(y).square().sum();

export default model("derived", {
  precision: "float64",
  dims: { points: 2000 },
  functions: { train: minimize(loss, sgd({ lr: 1e-6 })) },
});
