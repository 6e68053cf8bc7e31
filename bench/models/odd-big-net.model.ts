/** The big net with sizes that fit no tile. */
import { input, linear, minimize, model, sgd } from "optimc";

const x = input("x", ["batch", 1021]);
const y = input("y", ["batch", 1021]);

const first = linear("first", 1021, 4093);
const second = linear("second", 4093, 4099);
const output = linear("output", 4099, 1021);

const loss = output(second(first(x).relu()).relu())
  .sub(y)
  .square()
  .mean();

export default model("odd-big-net", {
  dims: { batch: 255 },
  functions: { train: minimize(loss, sgd({ lr: 1e-3, momentum: 0.9 })) },
});
