/** What stops: rows of a table that no longer occur, and units whose inputs become 0. */
import { adam, crossEntropy, embedding, input, linear, minimize, model } from "optimc";

const tokens = input("tokens", ["batch"], "int32");
const classes = input("classes", ["batch"], "int32");
const table = embedding("table", 20_000, 64);
const rows = crossEntropy(linear("head", 64, 10)(table(tokens)), classes);

const x = input("x", ["batch", 512]);
const y = input("y", ["batch", 16]);
const units = linear(
  "output",
  256,
  16,
)(linear("hidden", 512, 256)(x).relu())
  .sub(y)
  .square()
  .mean();

export default model("dying", {
  dims: { batch: 32 },
  functions: { rows: minimize(rows, adam()), units: minimize(units, adam()) },
});
