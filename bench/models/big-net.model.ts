/** A net whose weights fit no cache. */
import { input, linear, minimize, model, sgd } from "optimc";

const x = input("x", ["batch", 1024]);
const y = input("y", ["batch", 1024]);

const first = linear("first", 1024, 4096);
const second = linear("second", 4096, 4096);
const output = linear("output", 4096, 1024);

const loss = output(second(first(x).relu()).relu())
  .sub(y)
  .square()
  .mean();

export default model("big-net", {
  dims: { batch: 256 },
  functions: { train: minimize(loss, sgd({ lr: 1e-3, momentum: 0.9 })) },
});
