import { adam, crossEntropy, dropout, embedding, input, layerNorm, linear, minimize, model } from "optimc";

const tokens = input("tokens", ["batch", 8], "int32");
const labels = input("labels", ["batch"], "int32");

const table = embedding("table", 50, 16);
const norm = layerNorm("norm", 16);
const up = linear("up", 16, 32);
const down = linear("down", 32, 16);
const head = linear("head", 16, 5);

const x = table(tokens);
const h = dropout(down(up(norm(x)).gelu()), 0.1);
export const logits = head(x.add(h).mean(1));
export const loss = crossEntropy(logits, labels);

export default model("block", {
  dims: { batch: 32 },
  functions: { train: minimize(loss, adam()), predict: { logits } },
});
