/** A table of 10,000 rows of which a batch lists 32, with Adagrad: the rows that are listed, and all of them. */
import { adagrad, gather, input, minimize, model, normal, param, sparseAdam } from "optimc";

const table = param("table", [10_000, 64], normal(0, 1));
const at = input("at", ["batch"], "int32");
const loss = gather(table, at).square().sum();

export default model("rows", {
  dims: { batch: 32 },
  functions: {
    listed: minimize(loss, adagrad()),
    // Upwards on the negated loss is the same step, but a parameter of -0 would become 0: all rows are updated.
    all: minimize(loss.neg(), adagrad({ maximize: true })),
    sparseAdam: minimize(loss, sparseAdam()),
  },
});
