import { input, minimize, model, param, rmsprop, uniform } from "optimc";

const x = input("x", ["points"]);
const y = input("y", ["points"]);

// As PyTorch initializes a linear layer with three inputs.
const bound = 1 / Math.sqrt(3);
const a = param("a", [], uniform(-bound, bound));
const b = param("b", [], uniform(-bound, bound));
const c = param("c", [], uniform(-bound, bound));
const d = param("d", [], uniform(-bound, bound));

const squares = x.square();
const prediction = b
  .mul(x)
  .add(a)
  .add(c.mul(squares))
  .add(d.mul(squares.mul(x)));
const loss = prediction.sub(y).square().sum();

export default model("sine-polynomial", {
  dims: { points: 2000 },
  functions: {
    predict: { prediction },
    train: minimize(loss, rmsprop({ lr: 1e-3 })),
  },
});
