/**
 * Model files with one mistake each: at the line that ends in `// here` the build must report it with this code, and
 * in what it expected, found and advises these words must stand. `editor` says whether TypeScript marks the line.
 */
import type { Code } from "../../compiler/diagnostics.js";

export interface Mistake {
  readonly name: string;
  readonly code: Code;
  /** The file; a line `// file: other.ts` begins another one, which it imports. */
  readonly text: string;
  readonly says: readonly string[];
  readonly editor: boolean;
}

const imports = `import { adam, assign, batchNorm, checkpoint, clipByValue, compute, concat, configurable, constant, crossEntropy, customGradient, dropout, einsum, embedding, f1, gather, gradient, hyper, input, layerNorm, linear, minimize, model, mse, normal, oneHot, optimizer, param, scatterAdd, sequential, sgd, split, stack, state, stopGradient, topK, uniform, where, zeros } from "optimc";
`;

const prologue = `${imports}const x = input("x", ["batch", 8]);
const y = input("y", ["batch", 3]);
const labels = input("labels", ["batch"], "int32");
const layer = linear("layer", 8, 3);
`;

const epilogue = `
export default model("net", { dims: { batch: 4 }, functions: { train: minimize(loss, adam()) } });
`;

/** A file that is right but for these lines. */
const lines = (text: string): string => `${prologue}${text}${epilogue}`;
const wrongLoss = (text: string): string => lines(`const loss = ${text}; // here`);
const wrongModel = (text: string): string =>
  `${prologue}const loss = layer(x).sub(y).square().mean();\nexport default ${text}; // here\n`;

export const mistakes: readonly Mistake[] = [
  {
    name: "a wrong inner dimension",
    code: "shape-mismatch",
    text: lines(`const w = param("w", [3, 8], 0);\nconst loss = x.matmul(w).sum(); // here`),
    says: ["8 along axis 0 of the right side", "found:    3", "y.transpose()"],
    editor: true,
  },
  {
    name: "a layer of another width",
    code: "shape-mismatch",
    text: wrongLoss(`linear("wide", 10, 3)(x).sum()`),
    says: ["[..., 10]", "[batch, 8]", 'linear("wide", 8, 3)', "in the layer 'wide'"],
    editor: true,
  },
  {
    name: "shapes that do not broadcast",
    code: "shape-mismatch",
    text: wrongLoss(`layer(x).sub(labels.toFloat()).square().mean()`),
    says: ["[batch, 3] and [batch]", "equal or 1 along each axis", "3 against batch", "unsqueeze(1)"],
    editor: true,
  },
  {
    name: "a misspelt option",
    code: "invalid-argument",
    text: wrongLoss(`layer(x).sub(y).square().mean(1, { keepdim: true }).sum()`),
    says: ["there is no option 'keepdim'", "did you mean keepDim?"],
    editor: true,
  },
  {
    name: "a misspelt option of a layer",
    code: "invalid-argument",
    text: wrongLoss(`linear("other", 8, 3, { biass: false })(x).sum()`),
    says: ["there is no option 'biass'", "did you mean bias?"],
    editor: true,
  },
  {
    name: "options in the place of axes",
    code: "invalid-axis",
    text: wrongLoss(`layer(x).sum({ keepDim: true }).mean()`),
    says: ["an axis, an array of axes, or undefined", "an object with keepDim", "sum(undefined, { ... })"],
    editor: true,
  },
  {
    name: "a layer that is not applied",
    code: "not-a-tensor",
    text: wrongLoss(`y.sub(layer).square().mean()`),
    says: ["a tensor or a number", "a layer that was not applied", "layer(x)"],
    editor: true,
  },
  {
    name: "a method of a layer that is not applied",
    code: "model-file-threw",
    text: wrongLoss(`layer.relu().mean()`),
    says: ["relu is a method of tensors"],
    editor: true,
  },
  {
    name: "a method that does not exist",
    code: "model-file-threw",
    text: wrongLoss(`layer(x).rleu().mean()`),
    says: ["rleu is not a function", "did you mean relu?"],
    editor: true,
  },
  {
    name: "a loss that is no single number",
    code: "not-scalar",
    text: `${prologue}const loss = layer(x).sub(y).square();
export default model("net", {
  dims: { batch: 4 },
  functions: {
    train: minimize(loss, adam()), // here
  },
});
`,
    says: ["a float tensor of shape []", "a tensor [batch, 3]", "sum() or mean()"],
    editor: true,
  },
  {
    name: "an array for a tensor",
    code: "not-a-tensor",
    text: wrongLoss(`layer(x).mul([1, 2, 3]).sum()`),
    says: ["a tensor or a number", "an array [1, 2, 3]", "constant([...])"],
    editor: true,
  },
  {
    name: "an array in the place of the input's name",
    code: "invalid-name",
    text: lines(`const z = input(["batch", 3]); // here\nconst loss = layer(x).sub(z).mean();`),
    says: ["input: not a usable name", "a string of 1 to 200", 'an array ["batch", 3]'],
    editor: true,
  },
  {
    name: "a number in the place of a shape",
    code: "invalid-shape",
    text: lines(`const w = param("w", 8, 0); // here\nconst loss = x.mul(w).sum();`),
    says: ["the shape is not an array", '["batch", 10]', "the number 8"],
    editor: true,
  },
  {
    name: "JavaScript's operators on tensors",
    code: "invalid-argument",
    text: wrongLoss(`(layer(x) - y).square().mean()`),
    says: ["a tensor is used as a number", "x.add(y)"],
    editor: true,
  },
  {
    name: "Math on tensors",
    code: "invalid-argument",
    text: wrongLoss(`layer(x).mul(Math.sqrt(y)).mean()`),
    says: ["a tensor is used as a number", "x.sqrt()"],
    editor: true,
  },
  {
    name: "a capacity that no input needs",
    code: "unknown-dimension",
    text: `${prologue}const loss = layer(x).sub(y).square().mean();
export default model("net", {
  dims: { batch: 4 },
  functions: {
    train: minimize(loss, adam(), { dims: { bach: 8 } }), // here
  },
});
`,
    says: ["no input has the dimension 'bach'", "one of batch", "did you mean batch?"],
    editor: false,
  },
  {
    name: "a dimension without capacity",
    code: "unknown-dimension",
    text: `${imports}const x = input("x", ["rows", 8]); // here
const loss = linear("layer", 8, 3)(x).mean();
export default model("net", { dims: { batch: 4 }, functions: { train: minimize(loss, adam()) } });
`,
    says: ["'rows' has no capacity", "capacities of batch", "dims: { rows: 64 }"],
    editor: false,
  },
  {
    name: "a dimension without capacity that a tensor is repeated along",
    code: "unknown-dimension",
    text: `${imports}const x = input("x", ["batch", 1]);
const y = x.expand([-1, "copies"]); // here
export default model("net", { dims: { batch: 4 }, functions: { f: { y } } });
`,
    says: ["'copies' has no capacity", "capacities of batch", "dims: { copies: 64 }"],
    editor: false,
  },
  {
    name: "a capacity that is no number",
    code: "invalid-argument",
    text: wrongModel(`model("net", { dims: { batch: "64" }, functions: { train: minimize(loss, adam()) } })`),
    says: ["the capacity of 'batch'", "a positive whole number", 'the string "64"'],
    editor: true,
  },
  {
    name: "two inputs of one name",
    code: "duplicate-name",
    text: lines(`const z = input("x", ["batch", 3]); // here\nconst loss = layer(x).sub(z).mean();`),
    says: ["two declarations of input 'x'", "the other declaration: net.model", "give one another name"],
    editor: false,
  },
  {
    name: "two layers of one name",
    code: "duplicate-name",
    text: lines(`const other = linear("layer", 8, 3); // here\nconst loss = layer(x).sub(other(x)).mean();`),
    says: ["two declarations of param 'layer.weight'", "share the tensor"],
    editor: false,
  },
  {
    name: "an axis that is out of range",
    code: "invalid-axis",
    text: wrongLoss(`layer(x).sum(2).mean()`),
    says: ["there is no axis 2", "an axis from -2 to 1", "the number 2"],
    editor: true,
  },
  {
    name: "a reshape to another count",
    code: "shape-mismatch",
    text: wrongLoss(`layer(x).reshape(["batch", 4]).mean()`),
    says: ["3*batch elements", "4*batch elements", "write -1"],
    editor: false,
  },
  {
    name: "a negative size",
    code: "invalid-shape",
    text: lines(`const w = param("w", [-3], 0); // here\nconst loss = layer(x).mul(w).mean();`),
    says: ["param 'w': not a usable shape", "positive whole numbers", "[-3]"],
    editor: false,
  },
  {
    name: "a reshape to a negative size",
    code: "invalid-shape",
    text: wrongLoss(`layer(x).reshape(["batch", -3]).mean()`),
    says: ["a size is not positive", "at least 1", "[batch, -3]"],
    editor: false,
  },
  {
    name: "integers where floats are needed",
    code: "type-mismatch",
    text: wrongLoss(`labels.exp().sum()`),
    says: ["elements of type float", "int32 [batch]", "toFloat()"],
    editor: true,
  },
  {
    name: "integers and floats together",
    code: "type-mismatch",
    text: wrongLoss(`layer(x).sum(1).sub(labels).square().mean()`),
    says: ["operands of one element type", "float [batch] and int32 [batch]", "toFloat()"],
    editor: true,
  },
  {
    name: "labels of floats",
    code: "type-mismatch",
    text: wrongLoss(`crossEntropy(layer(x), labels.toFloat())`),
    says: ["the labels are not integers", "int32 labels", "float [batch]", "toInt()"],
    editor: true,
  },
  {
    name: "labels of another rank",
    code: "shape-mismatch",
    text: wrongLoss(`crossEntropy(layer(x), labels.reshape(["batch", 1]))`),
    says: ["labels [batch], one for each row", "[batch, 1]", "reshape"],
    editor: true,
  },
  {
    name: "a tensor clipped by the option for gradients",
    code: "invalid-argument",
    text: wrongLoss(`clipByValue(layer(x), -1, 1)`),
    says: ["the limit is not usable", "a tensor [batch, 3]", "clamp(low, high)"],
    editor: true,
  },
  {
    name: "a model that is not the default export",
    code: "no-model",
    text: `${prologue.replace("\n", " // here\n")}const loss = layer(x).sub(y).square().mean();
export const first = model("first", { dims: { batch: 4 }, functions: { train: minimize(loss, adam()) } });
export const second = model("second", { dims: { batch: 4 }, functions: { train: minimize(loss, sgd()) } });
`,
    says: ["has no default export", "exports of first, second", "export default model("],
    editor: false,
  },
  {
    name: "two models as the default export",
    code: "no-model",
    text: `${prologue}const loss = layer(x).sub(y).square().mean();
const first = model("first", { dims: { batch: 4 }, functions: { train: minimize(loss, adam()) } });
const second = model("second", { dims: { batch: 4 }, functions: { train: minimize(loss, sgd()) } });
export default [first, second]; // here
`,
    says: ["what model(...) returns", "an array", "a file of its own"],
    editor: false,
  },
  {
    name: "a function as the default export",
    code: "no-model",
    text: wrongModel(`() => model("net", { dims: { batch: 4 }, functions: { train: minimize(loss, adam()) } })`),
    says: ["what model(...) returns", "a function", "export the model itself"],
    editor: false,
  },
  {
    name: "a name that optimc does not export",
    code: "unknown-export",
    text: `${imports}import { Linear2, linaer } from "optimc"; // here\nexport default linaer;\n`.replace(
      "Linear2, ",
      "",
    ),
    says: ["optimc exports no linaer", "did you mean linear?"],
    editor: true,
  },
  {
    name: "an optimizer that was not called",
    code: "invalid-optimizer",
    text: wrongModel(`model("net", { dims: { batch: 4 }, functions: { train: minimize(loss, adam) } })`),
    says: ["an optimizer with its options", "not called", "adam({ lr: 1e-3 })"],
    editor: true,
  },
  {
    name: "a learning rate that is a text",
    code: "invalid-hyper",
    text: wrongModel(
      `model("net", { dims: { batch: 4 }, functions: { train: minimize(loss, adam({ lr: "1e-3" })) } })`,
    ),
    says: ["option 'lr'", "a finite number, at least 0", 'the string "1e-3"'],
    editor: true,
  },
  {
    name: "an option of another optimizer",
    code: "invalid-hyper",
    text: wrongModel(
      `model("net", { dims: { batch: 4 }, functions: { train: minimize(loss, adam({ momentum: 0.9 })) } })`,
    ),
    says: ["adam: there is no option 'momentum'", "one of lr, betas"],
    editor: true,
  },
  {
    name: "parameters that the loss does not depend on",
    code: "no-gradient",
    text: `${prologue}const other = linear("other", 8, 3);
const loss = layer(x).sub(y).square().mean();
export default model("net", {
  dims: { batch: 4 },
  functions: {
    train: minimize(loss, adam(), { params: [other.weight] }), // here
  },
});
`,
    says: ["does not depend on parameter 'other.weight'", "layer.weight", "leave it out of params"],
    editor: false,
  },
  {
    name: "a loss without parameters",
    code: "no-parameters",
    text: wrongModel(`model("net", { dims: { batch: 4 }, functions: { train: minimize(x.sum(), adam()) } })`),
    says: ["depends on no parameter", "a layer's weight", "inputs, constants and states alone"],
    editor: false,
  },
  {
    name: "a truth value of 5",
    code: "invalid-argument",
    text: wrongLoss(`layer(x).mul(constant(5, "bool").toFloat()).sum()`),
    says: ["constant: the values make no tensor", "0 or 1 for each element", "the number 5"],
    editor: false,
  },
  {
    name: "a number of classes that is no dimension",
    code: "unknown-dimension",
    text: wrongLoss(`oneHot(labels, "a,b->b").sum().add(layer(x).sum())`),
    says: ["the dimension 'a,b->b' has no capacity"],
    editor: false,
  },
  {
    name: "a number of classes that is 0",
    code: "invalid-shape",
    text: wrongLoss(`oneHot(labels, 0).sum().add(layer(x).sum())`),
    says: ["oneHot: not a usable shape", "positive whole numbers"],
    editor: false,
  },
  {
    name: "a method of scalars called on a tensor",
    code: "type-mismatch",
    text: wrongLoss(`layer(x).sum().named("loss")`),
    says: ["named: only scalars have names", "a scalar, such as a hyper-parameter"],
    editor: true,
  },
  {
    name: "an operation in the place of an initializer",
    code: "not-a-tensor",
    text: lines(`const w = param("w", [8], stopGradient); // here\nconst loss = x.mul(w).sum();`),
    says: ["stopGradient: operand 1 is not a tensor"],
    editor: true,
  },
  {
    name: "the gradient with respect to integers",
    code: "not-differentiable",
    text: wrongLoss(`gradient(layer(x).sum(), labels).sum()`),
    says: ["a float tensor", "int32 [batch]", "only floats have gradients"],
    editor: true,
  },
  {
    name: "a variable that does not exist",
    code: "model-file-threw",
    text: wrongLoss(`layer(z).mean()`),
    says: ["z is not defined", "declare z"],
    editor: true,
  },
  {
    name: "a function of optimc that is not imported",
    code: "model-file-threw",
    text: wrongLoss(`layer(x).mul(ones()).mean()`),
    says: ["ones is not defined", 'import { ones } from "optimc"'],
    editor: true,
  },
  {
    name: "a promise for a tensor",
    code: "not-a-tensor",
    text: lines(`const load = async () => constant([1, 2, 3]);\nconst loss = layer(x).mul(load()).sum(); // here`),
    says: ["a tensor or a number", "a promise", "await"],
    editor: true,
  },
  {
    name: "a value of another copy of optimc",
    code: "two-copies",
    text: wrongLoss(`layer(x).mul({ [Symbol.for("optimc")]: { url: "file:///other/optimc/" } }).sum()`),
    says: ["two copies of optimc", "made by file:///other/optimc/", "install one version"],
    editor: true,
  },
  {
    name: "NaN for a number",
    code: "invalid-argument",
    text: wrongLoss(`layer(x).mul(Number("a")).sum()`),
    says: ["NaN", "a tensor or a number"],
    editor: false,
  },
  {
    name: "a function named then",
    code: "reserved-name",
    text: wrongModel(`model("net", { dims: { batch: 4 }, functions: { then: { loss } } })`),
    says: ['cannot be called "then"', "a JavaScript identifier other than"],
    editor: false,
  },
  {
    name: "a function named as a sentence",
    code: "invalid-name",
    text: wrongModel(`model("net", { dims: { batch: 4 }, functions: { "train it": { loss } } })`),
    says: ["a JavaScript identifier", '"train it"'],
    editor: false,
  },
  {
    name: "results without names",
    code: "invalid-argument",
    text: wrongModel(`model("net", { dims: { batch: 4 }, functions: { predict: layer(x) } })`),
    says: ["the results are not named", "a record of tensors", "a tensor [batch, 3]"],
    editor: true,
  },
  {
    name: "a model without functions",
    code: "invalid-argument",
    text: wrongModel(`model("net", { dims: { batch: 4 }, predict: { loss } })`),
    says: ["there is no option 'predict'", "one of dims, precision, functions"],
    editor: true,
  },
  {
    name: "null for the options",
    code: "invalid-argument",
    text: wrongModel(`model("net", null)`),
    says: ["the options are not an object", "functions", "null"],
    editor: true,
  },
  {
    name: "undefined for a tensor",
    code: "not-a-tensor",
    text: wrongLoss(`crossEntropy(undefined, labels)`),
    says: ["the logits are not a tensor", "undefined"],
    editor: true,
  },
  {
    name: "an initializer that was not called",
    code: "invalid-argument",
    text: lines(`const w = param("w", [3], zeros); // here\nconst loss = layer(x).mul(w).mean();`),
    says: ["param 'w': the initializer was not called", "the function zeros", "write zeros()"],
    editor: true,
  },
  {
    name: "an effect among the results",
    code: "not-a-tensor",
    text: `${prologue}const seen = state("seen", [], 0);
const count = assign(seen, (before) => before.add(1));
export default model("net", { dims: { batch: 4 }, functions: { predict: { count } } }); // here
`,
    says: ["'count' is not a tensor", "an effect", "effects: [...]"],
    editor: true,
  },
  {
    name: "tensors that are not in a list",
    code: "invalid-argument",
    text: wrongLoss(`concat(x, y).mean()`),
    says: ["the operand is not a list of tensors", "concat([x, y])"],
    editor: true,
  },
  {
    name: "a file that is imported in a circle",
    code: "invalid-argument",
    text: `import { parts } from "./parts.js";
import { model } from "optimc";
export const width = 8;
export default model("net", { functions: { parts: { parts: parts().weight } } });
// file: parts.js
import { linear } from "optimc";
import { width } from "./net.model.js";
const twice = width * 2;
export const parts = () => linear("a", twice, width); // here
`,
    says: ["positive whole numbers", "NaN", "import each other: net.model", "called from: net.model"],
    editor: false,
  },
  {
    name: "an import that leads nowhere",
    code: "unresolved-import",
    text: `import { parts } from "./part.js"; // here\nexport default parts;\n`,
    says: ["./part.js", "a file, or an installed package", "check the path"],
    editor: true,
  },
  {
    name: "labels and logits exchanged",
    code: "type-mismatch",
    text: wrongLoss(`crossEntropy(labels, layer(x))`),
    says: ["labels in the place of the logits", "int32 [batch]", "crossEntropy(logits, labels)"],
    editor: true,
  },
  {
    name: "batchNorm of a sequence",
    code: "shape-mismatch",
    text: lines(`const steps = input("steps", ["batch", "time", 8]);
const norm = batchNorm("norm", 8);
const loss = norm(steps).mean(); // here`),
    says: ["the input has 3 axes", "[batch, 8]", "[batch, time, 8]", "x.reshape([-1, 8])", "in the layer 'norm'"],
    editor: false,
  },
  {
    name: "an embedding of floats",
    code: "type-mismatch",
    text: wrongLoss(`embedding("words", 100, 3)(labels.toFloat()).mean()`),
    says: ["embedding 'words'", "an int32 tensor", "float [batch]", "toInt()", "in the layer 'words'"],
    editor: true,
  },
  {
    name: "an equation whose letters are not those of the tensors",
    code: "shape-mismatch",
    text: wrongLoss(`einsum("bij,bj->b", x, y).mean()`),
    says: ["einsum: 'bij'", "a letter for each of the 2 axes", "[batch, 8]"],
    editor: true,
  },
  {
    name: "a letter of the result that no tensor has",
    code: "invalid-argument",
    text: wrongLoss(`einsum("bi,bj->bk", x, y).mean()`),
    says: ["'k' of the result is in no operand", "letters of the operands", "bi,bj->bk"],
    editor: true,
  },
  {
    name: "layers in a sequence that do not go together",
    code: "shape-mismatch",
    text: wrongLoss(`sequential(linear("a", 8, 16), linear("b", 32, 3))(x).mean()`),
    says: ["sequential: layer 2, given [batch, 16]", "[..., 32]", 'linear("b", 16, 3)', "in the layer 'b'"],
    editor: true,
  },
  {
    name: "an array of layers for the layers",
    code: "invalid-argument",
    text: wrongLoss(`sequential([layer])(x).mean()`),
    says: ["layer 1 is not a layer", "an array", "sequential(...layers)"],
    editor: true,
  },
  {
    name: "a rule whose gradient has another shape",
    code: "shape-mismatch",
    text: lines(`const w = param("w", [8], 1);
const scaled = customGradient(x.mul(w), w, (dy) => dy.mul(x)); // here
const loss = scaled.mean();`),
    says: ["the rule's gradient for the input has another shape", "[8]", "[batch, 8]", "sum() the gradient"],
    editor: true,
  },
  {
    name: "more elements than the axis has",
    code: "invalid-argument",
    text: wrongLoss(`topK(layer(x), 5).values.mean()`),
    says: ["k is not a number of elements along axis 1 of [batch, 3]", "a whole number from 1 to 3", "the number 5"],
    editor: false,
  },
  {
    name: "a misspelt reduction",
    code: "invalid-argument",
    text: wrongLoss(`mse(layer(x), y, { reduction: "average" })`),
    says: ["there is no such reduction", '"mean" or "sum" or "none"', 'the string "average"'],
    editor: true,
  },
  {
    name: "a nearly right reduction",
    code: "invalid-argument",
    text: wrongLoss(`mse(layer(x), y, { reduction: "Sum" })`),
    says: ["there is no such reduction", 'did you mean "sum"?'],
    editor: true,
  },
  {
    name: "a misspelt option of a loss",
    code: "invalid-argument",
    text: wrongLoss(`crossEntropy(layer(x), labels, { labelSmoothin: 0.1 })`),
    says: ["there is no option 'labelSmoothin'", "did you mean labelSmoothing?"],
    editor: true,
  },
  {
    name: "a model of values that is given no function",
    code: "invalid-argument",
    text: wrongModel(
      `configurable(model("net", { dims: { batch: 4 }, functions: { train: minimize(loss, adam()) } }))`,
    ),
    says: ["configurable: the second argument is not a function", "({ hidden }) => model(...)", "undefined"],
    editor: true,
  },
  {
    name: "a model of values among the functions",
    code: "invalid-argument",
    text: `${prologue}const loss = layer(x).sub(y).square().mean();
const inner = configurable({ width: 3 }, () => model("inner", { dims: { batch: 4 }, functions: { run: { loss } } }));
export default model("net", { dims: { batch: 4 }, functions: { inner } }); // here
`,
    says: ["function 'inner': the results are not named", "a model of values, which was not called"],
    editor: true,
  },
  {
    name: "checkpoint of a tensor",
    code: "invalid-argument",
    text: wrongLoss(`checkpoint(layer(x)).mean()`),
    says: ["the argument is not a function", "a tensor [batch, 3]", "write checkpoint(f)(x), not checkpoint(f(x))"],
    editor: true,
  },
  {
    name: "updates of another element type",
    code: "type-mismatch",
    text: wrongLoss(`scatterAdd(constant([0, 0, 0]), labels, labels).mean()`),
    says: ["x and the updates have different element types", "toFloat()"],
    editor: true,
  },
  {
    name: "scores for classes",
    code: "type-mismatch",
    text: lines(`const score = f1(layer(x), labels); // here\nconst loss = layer(x).mean();`),
    says: ["f1: the predicted classes", "int32 or bool", "argmax(-1)"],
    editor: true,
  },
];
