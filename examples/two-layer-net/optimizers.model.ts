/** The same net with a training function for each optimizer: each keeps moments and steps of its own. */
import { adagrad, adam, adamw, minimize, model, rmsprop, sgd } from "optimc";
import { loss } from "./two-layer-net.model.js";

export default model("optimizers", {
  dims: { batch: 64 },
  functions: {
    sgd: minimize(loss, sgd({ lr: 1e-5, momentum: 0.9 })),
    adam: minimize(loss, adam({ lr: 1e-4 })),
    adamw: minimize(loss, adamw({ lr: 1e-4 })),
    rmsprop: minimize(loss, rmsprop({ lr: 1e-4 })),
    adagrad: minimize(loss, adagrad({ lr: 1e-2 })),
  },
});
