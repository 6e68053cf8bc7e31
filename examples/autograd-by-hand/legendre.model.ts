// a + b P3(c + d x), where the Legendre polynomial P3 brings its own gradient.
import { customGradient, input, minimize, model, param, sgd } from "optimc";
import type { Shape, Tensor } from "optimc";

/** P3(z) = (5 z^3 - 3 z) / 2, with the derivative 3 (5 z^2 - 1) / 2. */
function legendre<S extends Shape>(z: Tensor<S>): Tensor<S> {
  const value = z.pow(3).mul(5).sub(z.mul(3)).mul(0.5);
  return customGradient(value, z, (cotangent) => cotangent.mul(z.square().mul(5).sub(1).mul(1.5)));
}

const x = input("x", ["points"]);
const y = input("y", ["points"]);

const [a, b, c, d] = [param("a", [], 0), param("b", [], -1), param("c", [], 0), param("d", [], 0.3)];

const prediction = a.add(b.mul(legendre(c.add(d.mul(x)))));
const loss = prediction.sub(y).square().sum();

export default model("legendre", {
  precision: "float64",
  dims: { points: 2000 },
  functions: { train: minimize(loss, sgd({ lr: 5e-6 })) },
});
