import { accuracy, adam, compute, concat, crossEntropy, input, linear, minimize, model, oneHot, stack } from "optimc";

const length = input("length", ["batch"]);
const width = input("width", ["batch"]);
const soil = input("soil", ["batch"], "int32");
const species = input("species", ["batch"], "int32");

const features = concat([stack([length, width], 1), oneHot(soil, 3)], 1);
const scores = linear("output", 16, 3)(linear("hidden", 5, 16)(features).tanh());
const loss = crossEntropy(scores, species);

export default model("flowers", {
  dims: { batch: 32 },
  functions: {
    train: minimize(loss, adam({ lr: 0.02 })),
    evaluate: compute({ loss, accuracy: accuracy(scores, species) }),
    predict: { species: scores.argmax(-1) },
  },
});
