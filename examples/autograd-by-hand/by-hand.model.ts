// A cubic fitted to a sine, with nothing derived: the gradients and the update are written out.
import { assign, compute, input, model, normal, state } from "optimc";
import type { Tensor } from "optimc";

const x = input("x", ["points"]);
const y = input("y", ["points"]);

const [a, b, c, d] = [
  state("a", [], normal()),
  state("b", [], normal()),
  state("c", [], normal()),
  state("d", [], normal()),
];

const prediction = a
  .add(b.mul(x))
  .add(c.mul(x.pow(2)))
  .add(d.mul(x.pow(3)));
const difference = prediction.sub(y);
const loss = difference.square().sum();

// loss = sum (prediction - y)^2, so d loss / d prediction = 2 (prediction - y).
const slope = difference.mul(2);
const rate = 1e-6;
const step = (coefficient: Tensor<[]>, gradient: Tensor<[]>) =>
  assign(coefficient, (now) => now.sub(gradient.mul(rate)));

export default model("by-hand", {
  precision: "float64",
  dims: { points: 2000 },
  functions: {
    train: compute(
      { loss },
      {
        effects: [
          step(a, slope.sum()),
          step(b, slope.mul(x).sum()),
          step(c, slope.mul(x.pow(2)).sum()),
          step(d, slope.mul(x.pow(3)).sum()),
        ],
      },
    ),
  },
});
