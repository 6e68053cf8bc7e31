/**
 * Who races: an entry is a training function, a row of the table and a line of the page. Learning rates are those that
 * `node examples/optimizer-race/sweep.js` found on digits that are neither trained on nor tested with; momentum is 0.9 as
 * usual, and everything else is the optimizer's default, but for SWATS: within the default tolerance it never switches.
 */
import { adabound, adagrad, adam, adamw, amsbound, lion, muon, rmsprop, sgd, swats, type Optimizer } from "optimc";

export const contestants: Record<string, (lr?: number) => Optimizer> = {
  SGD: (lr = 0.1) => sgd({ lr, momentum: 0.9 }),
  AdaGrad: (lr = 0.03) => adagrad({ lr }),
  RMSprop: (lr = 3e-3) => rmsprop({ lr }),
  Adam: (lr = 3e-3) => adam({ lr }),
  AMSGrad: (lr = 3e-3) => adam({ lr, amsgrad: true }),
  AdaBound: (lr = 0.01) => adabound({ lr }),
  AMSBound: (lr = 0.01) => amsbound({ lr }),
  SWATS: (lr = 3e-3) => swats({ lr, relativeTolerance: 0.01 }),
  AdamW: (lr = 3e-3) => adamw({ lr }),
  Lion: (lr = 1e-3) => lion({ lr }),
  Muon: (lr = 0.01) => muon({ lr, groups: { biases: { match: "*.bias", optimizer: adamw() } } }),
};
