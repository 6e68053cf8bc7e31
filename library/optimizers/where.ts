/** The choice as declarations of optimizers call it, by the types of users. */
import { published } from "../../compiler/ir/asTensor.js";
import { where as select, type Where } from "../../compiler/ops/where.js";

export const where = published<Where>(select);
