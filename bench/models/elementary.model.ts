/** Elementary functions alone, on a vector that fits a core's first cache. */
import { input, model } from "optimc";

const x = input("x", [4096]);

export default model("elementary", {
  functions: {
    exp: { y: x.exp() },
    log: { y: x.log() },
    tanh: { y: x.tanh() },
    sigmoid: { y: x.sigmoid() },
    sin: { y: x.sin() },
    sqrt: { y: x.sqrt() },
  },
});
