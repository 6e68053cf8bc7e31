/** The two-layer net with sizes that fit no tile. */
import { adam, input, linear, minimize, model } from "optimc";

const x = input("x", ["batch", 997]);
const y = input("y", ["batch", 11]);
const hidden = linear("hidden", 997, 101);
const output = linear("output", 101, 11);
const loss = output(hidden(x).relu()).sub(y).square().sum();

export default model("odd-net", { dims: { batch: 63 }, functions: { train: minimize(loss, adam({ lr: 1e-4 })) } });
