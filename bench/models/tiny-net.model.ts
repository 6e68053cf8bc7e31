import { input, linear, minimize, model, mse, sgd } from "optimc";

const loss = mse(linear("layer", 3, 4)(input("x", ["batch", 3])), input("y", ["batch", 4]));

/** A step takes some microseconds, so that what surrounds it shows. */
export default model("tinyNet", { dims: { batch: 4 }, functions: { train: minimize(loss, sgd({ lr: 0.01 })) } });
