/** Optimizers, groups and what `minimize` does around them, as the editor sees them. */
import {
  adam,
  adamw,
  clipByNorm,
  compute,
  ema,
  clipByGlobalNorm,
  hyper,
  input,
  minimize,
  muon,
  optimizer,
  param,
  sgd,
  swa,
  swats,
} from "./dsl.js";

const w = param("w", [3, 4], 0);
const x = input("x", ["batch", 4]);
const loss = x.matmul(w.transpose()).square().sum();

minimize(loss, adam({ lr: (t) => t.add(1).pow(-0.5), betas: [0.9, 0.99] }), {
  clip: clipByGlobalNorm(1, { recompute: true }),
  accumulate: 4,
  skipNonFinite: true,
  average: ema(0.99),
});
minimize(loss, sgd({ groups: { own: { match: ["w", "*.bias"], lr: 0.1, momentum: 0.9 } } }), {
  average: swa({ every: 2 }),
});
minimize(
  loss,
  muon({ groups: { rest: { match: ({ name, shape }) => name !== "w" && shape.length < 2, optimizer: adamw() } } }),
);
minimize(loss, swats({ scope: "tensor" }), { clip: clipByNorm((t) => t.add(1), { type: Infinity }) });
compute({ w }, { averaged: false });

// @ts-expect-error a misspelt option
adam({ beta: [0.9, 0.99] });
// @ts-expect-error a misspelt option of a group
adam({ groups: { own: { match: "w", rate: 0.1 } } });
// @ts-expect-error a group without parameters
adam({ groups: { own: { lr: 0.1 } } });
// @ts-expect-error no such scope
swats({ scope: "layer" });
// @ts-expect-error an average that was not called
minimize(loss, adam(), { average: ema });

const own = optimizer({
  name: "own",
  hyper: { lr: hyper.number(0.1), decay: hyper.optional(), mode: hyper.choice(["fast", "slow"]) },
  state: ({ like, full, shape }) => ({ slow: like(0), rows: full(shape.slice(0, 1), 1) }),
  shared: () => ({ size: 1 }),
  measure: ({ grad }) => ({ squares: grad.square() }),
  advance: ({ shared, sums }) => ({ size: shared.size.add(sums.squares) }),
  update: ({ param: p, grad, state, hyper, next }) => ({
    param: hyper.mode === "slow" ? p : p.sub(grad.mul(hyper.lr.div(next.size))),
    state: { slow: state.slow, rows: state.rows },
  }),
  evaluate: ({ param: p, hyper, step }) => (hyper.mode === "fast" ? p : p.mul(step)),
});
own({ mode: "slow", lr: 0.2, decay: 0.1 });
// @ts-expect-error no such mode
own({ mode: "slower" });
