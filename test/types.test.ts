import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isLong, onlyInAll } from "./runs.js";

/**
 * The types as a user meets them: from the declarations that tsc makes of the operations, with each version of
 * TypeScript that is installed (5.9 and 7.0 under the names typescript-5.9 and typescript-7.0).
 */

const root = fileURLToPath(new URL("..", import.meta.url));
const compilers = ["typescript", "typescript-5.9", "typescript-7.0"].map((name) => {
  const isRun = name === "typescript" || isLong;
  return { name: isRun ? name : onlyInAll(name), folder: join(root, "node_modules", name), isRun };
});
const place = mkdtempSync(join(tmpdir(), "optimc-types-"));

const options = {
  target: "es2023",
  lib: ["es2023"],
  module: "nodenext",
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  types: [],
};

/** The faulty operand stands between ‹ and ›. */
const faults: readonly (readonly [code: string, sentence: string])[] = [
  [`x.matmul(‹y›)`, `"matmul: inner dimensions differ: [batch, 100] @ [10, 100]"`],
  [`x.matmul(‹x›)`, `"matmul: inner dimensions differ: [batch, 100] @ [batch, 100]"`],
  [`x.matmul(‹input("w", [10, size])›)`, `"matmul: inner dimensions differ: [batch, 100] @ [10, number]"`],
  [`x.matmul(‹constant(2)›)`, `"matmul: an operand has rank 0: [batch, 100] @ []"`],
  [`a.matmul(‹b›)`, `"matmul: leading dimensions do not broadcast: [3, 4, 5] @ [2, 5, 6]"`],
  [`x.relu().mul(2).add(‹y›).sum()`, `"add: shapes do not broadcast: [batch, 100] and [10, 100]"`],
  [`x.sub(‹input("b", ["batch"])›)`, `"sub: shapes do not broadcast: [batch, 100] and [batch]"`],
  [`x.gt(‹y›)`, `"gt: shapes do not broadcast: [batch, 100] and [10, 100]"`],
  [`labels.add(‹input("t", ["time"], "int32")›)`, `"add: shapes do not broadcast: [batch] and [time]"`],
  [`x.add(‹labels›)`, `'IntTensor<["batch"]>' is not assignable to parameter of type 'number | `],
  [`where(x.gt(0), ‹y›, 0)`, `"where: shapes do not broadcast: [batch, 100] and [10, 100]"`],
  [`where(x.gt(0), 0, ‹y›)`, `"where: shapes do not broadcast: [batch, 100] and [10, 100]"`],
  [`where(x.gt(0), x, ‹labels.reshape(["batch", 1])›)`, `"where: the two sides have different element types"`],
  [`x.sum(‹2›)`, `Fault<"sum: there is no axis 2 in [batch, 100]">`],
  [`x.mean(‹[0, -3]›)`, `Fault<"mean: there is no axis -3 in [batch, 100]">`],
  [`x.argmax(‹5›)`, `Fault<"argmax: there is no axis 5 in [batch, 100]">`],
  [`x.softmax(‹2›)`, `Fault<"softmax: there is no axis 2 in [batch, 100]">`],
  [`gather(x, labels, ‹2›)`, `Fault<"gather: there is no axis 2 in [batch, 100]">`],
  [`scatterAdd(x, times, ‹y›)`, `Fault<"scatterAdd: updates [10, 100] are not [time, 100]">`],
  [`scatterAdd(x, times, ‹times›, 1)`, `Fault<"scatterAdd: x and the updates have different element types">`],
  [`scatterAdd(x, times, y, ‹2›)`, `Fault<"scatterAdd: there is no axis 2 in [batch, 100]">`],
  [`x.transpose(‹[0, 0]›)`, `Fault<"transpose: [0, 0] is not a permutation of the axes of [batch, 100]">`],
  [`x.transpose(‹[0]›)`, `Fault<"transpose: [0] is not a permutation of the axes of [batch, 100]">`],
  [`x.reshape(‹["batch", -1, -1]›)`, `Fault<"reshape: more than one size is -1">`],
  [`x.slice(‹[null, [0, 3], null]›)`, `Fault<"slice: more ranges than axes: 3 for [batch, 100]">`],
  [`x.unsqueeze(‹3›)`, `Fault<"unsqueeze: there is no place 3 for an axis in [batch, 100]">`],
  [`x.squeeze(‹2›)`, `Fault<"squeeze: there is no axis 2 in [batch, 100]">`],
  [`x.squeeze(‹1›)`, `Fault<"squeeze: axis 1 of [batch, 100] is not of size 1">`],
  [`x.flatten(‹2›)`, `Fault<"flatten: there is no axis 2 in [batch, 100]">`],
  [`a.flatten(1, ‹3›)`, `Fault<"flatten: there is no axis 3 in [3, 4, 5]">`],
  [`a.flatten(1, ‹-3›)`, `Fault<"flatten: axis -3 stands before axis 1 in [3, 4, 5]">`],
  [`x.expand(‹["batch", 12]›)`, `Fault<"expand: [batch, 100] does not broadcast to [batch, 12]">`],
  [`x.flip(‹[0, 2]›)`, `Fault<"flip: there is no axis 2 in [batch, 100]">`],
  [`‹labels›.tril()`, `Fault<"tril: [batch] has no two axes">`],
  [`concat(‹[x, a]›)`, `Fault<"concat: [batch, 100] and [3, 4, 5] differ beside axis 0">`],
  [`concat(‹[x, x, y]›, 1)`, `Fault<"concat: [batch, 100] and [10, 100] differ beside axis 1">`],
  [`concat(‹[x, labels]›)`, `Fault<"concat: the operands have different element types">`],
  [`concat([x, y], ‹2›)`, `Fault<"concat: there is no axis 2 in [batch, 100]">`],
  [`concat(‹[]›)`, `Fault<"concat: the list is empty">`],
  [`stack(‹[x, y]›)`, `Fault<"stack: [batch, 100] and [10, 100] differ">`],
  [`stack([x, x], ‹-4›)`, `Fault<"stack: there is no place -4 for an axis in [batch, 100]">`],
  [`split(x, ‹[-1, -1]›)`, `Fault<"split: more than one size is -1">`],
  [`split(x, [3, -1], ‹2›)`, `Fault<"split: there is no axis 2 in [batch, 100]">`],
  [`x.cumsum(‹2›)`, `Fault<"cumsum: there is no axis 2 in [batch, 100]">`],
  [`x.cummax(‹-3›)`, `Fault<"cummax: there is no axis -3 in [batch, 100]">`],
  [`x.argsort(‹2›)`, `Fault<"argsort: there is no axis 2 in [batch, 100]">`],
  [`sort(x, ‹2›)`, `Fault<"sort: there is no axis 2 in [batch, 100]">`],
  [`topK(x, 5, ‹2›)`, `Fault<"topK: there is no axis 2 in [batch, 100]">`],
  [`takeAlongAxis(x, ‹ranks›, 0)`, `"takeAlongAxis: [batch, 100] and indices [10, 5] differ beside axis 0"`],
  [`takeAlongAxis(x, ‹labels›)`, `"takeAlongAxis: [batch, 100] and indices [batch] differ beside axis -1"`],
  [`takeAlongAxis(y, ranks, ‹2›)`, `Fault<"takeAlongAxis: there is no axis 2 in [10, 100]">`],
  [`outer(‹x›, labels.toFloat())`, `"outer: the operand is not a vector: [batch, 100]"`],
  [`oneHot(‹x›, 10)`, `'IntTensor<Shape>'`],
  [`einsum("ij,jk", x, ‹a›)`, `Fault<"einsum: 'jk' does not name the axes of [3, 4, 5]">`],
  [`einsum("ij,jk->ik", x, ‹y›)`, `Fault<"einsum: 'j' is 100 in operand 1 and 10 in operand 2">`],
  [
    `einsum("ij,kj,j->ik", x, y, ‹labels.toFloat()›)`,
    `Fault<"einsum: 'j' is 100 in operand 1 and batch in operand 3">`,
  ],
  [`einsum("ii", ‹x›)`, `Fault<"einsum: 'i' is batch and 100 in operand 1">`],
  [`einsum("...,...", x, ‹y›)`, `Fault<"einsum: '...' is [batch, 100] in operand 1 and [10, 100] in operand 2">`],
  [`einsum(‹"ij->ik"›, x)`, `Fault<"einsum: 'k' of the result is in no operand">`],
  [`einsum(‹"ij->ii"›, x)`, `Fault<"einsum: 'i' is twice in the result">`],
  [`einsum(‹"i1->i"›, x)`, `Fault<"einsum: '1' is not a letter">`],
  [`einsum(‹"ij,jk"›, x)`, `Fault<"einsum: the equation has a term for operand 2, which is not given">`],
  [`einsum("ij", x, ‹y›)`, `Fault<"einsum: the equation has no term for operand 2">`],
  [`einsum("b,b", x.sum(1), ‹labels›)`, `'IntTensor<["batch"]>' is not assignable to parameter of type 'Operand'`],
  [`constant(‹[[1, 2], [3]]›)`, `Fault<"constant: the rows differ in length">`],
  [`crossEntropy(x, ‹times›)`, `"crossEntropy: logits [batch, 100] and labels [time] do not go together"`],
  [`crossEntropy(x, ‹y›)`, `"crossEntropy: logits [batch, 100] and probabilities [10, 100] are not one shape"`],
  [`crossEntropy(x, labels, { ‹weight›: input("w", [10]) })`, `"crossEntropy: weights [10] for classes [100]"`],
  [`crossEntropy(x, labels, { ‹axis›: 2 })`, `Fault<"crossEntropy: there is no axis 2 in [batch, 100]">`],
  [
    `crossEntropy(a, ‹input("n", [3, 4], "int32")›, { axis: 1 })`,
    `"crossEntropy: logits [3, 4, 5] and labels [3, 4] do not go together"`,
  ],
  [`o.nll(x, ‹times›)`, `"nll: log-probabilities [batch, 100] and labels [time] do not go together"`],
  [`o.mse(x, ‹y›)`, `"mse: [batch, 100] and [10, 100] are not one shape"`],
  [`o.mse(x, ‹labels›)`, `'IntTensor<["batch"]>'`],
  [`o.huber(x, ‹a›, { delta: 2 })`, `"huber: [batch, 100] and [3, 4, 5] are not one shape"`],
  [
    `o.binaryCrossEntropy(x, x, { ‹weight›: labels.toFloat() })`,
    `"binaryCrossEntropy: [batch] does not broadcast to [batch, 100]"`,
  ],
  [`o.cosineEmbedding(x, x, ‹y›)`, `"cosineEmbedding: vectors [batch, 100] and targets [10, 100] do not go together"`],
  [`o.triplet(x, x, ‹y›)`, `"triplet: [batch, 100] and [10, 100] are not one shape"`],
  [`o.accuracy(x, ‹times›)`, `"accuracy: logits [batch, 100] and labels [time] do not go together"`],
  [
    `o.confusionMatrix(labels, ‹times›, 10)`,
    `"confusionMatrix: predicted classes [batch] and labels [time] are not one shape"`,
  ],
  [`gradient(‹x›, y)`, `"gradient: the loss is [batch, 100], not one number; take its sum() or mean()"`],
  [`gradient(‹y›, y)`, `"gradient: the loss is [10, 100], not one number; take its sum() or mean()"`],
  [`minimize(‹x›, sgd())`, `"minimize: the loss is [batch, 100], not one number; take its sum() or mean()"`],
  [`minimize(‹x.mean(0)›, sgd())`, `"minimize: the loss is [100], not one number; take its sum() or mean()"`],
  [
    `crossEntropy(x, ‹labels.toFloat()›)`,
    `"crossEntropy: these labels [batch] are floats: declare the input with \\"int32\\", or take toInt()"`,
  ],
  [
    `crossEntropy(x, ‹times.toFloat()›)`,
    `"crossEntropy: logits [batch, 100] and probabilities [time] are not one shape"`,
  ],
  [`linear("l", 10, 20)(‹x›)`, `"the layer takes features [10], not [100]"`],
  [`linear("l", 10, 20)(‹linear("k", 100, 7)(x)›)`, `"the layer takes features [10], not [7]"`],
  [`linear("l", 10, 20, { bias: false })(‹x›)`, `"the layer takes features [10], not [100]"`],
  [`linear("l", 10, 20)(‹within›)`, `"the layer takes features [10], not [128]"`],
  [`sequential(linear("a", 10, 20), linear("b", 20, 5))(‹x›)`, `"the layer takes features [10], not [100]"`],
  [`layerNorm("n", [5, 20])(‹x›)`, `"the layer takes features [5, 20], not [batch, 100]"`],
  [`o.rmsNorm("n", 5)(‹x›)`, `"the layer takes features [5], not [100]"`],
  [`o.batchNorm("n", 5)(‹x›)`, `"the layer takes features [5], not [100]"`],
  // What TypeScript says of a function in the wrong place comes first; the sentence ends it.
  [
    `sequential(linear("a", 10, 20), ‹linear("b", 30, 5)›, linear("c", 5, 1))`,
    `Type 'Tensor<[...L, 20]>' is not assignable to type '"the layer takes features [30], not [20]"'`,
  ],
  [
    `sequential(linear("a", 10, 20), (h) => h.relu(), ‹o.batchNorm("b", 30)›)`,
    `Type 'Tensor<[...L, 20]>' is not assignable to type '"the layer takes features [30], not [20]"'`,
  ],
  [`embedding("e", 100, 8)(‹x›)`, `'IntTensor<Shape>'`],
  [`input("x", ["batch", ‹true›])`, `'boolean' is not assignable to type 'Dim'`],
  [`param("x", [‹"batch"›], 0)`, `'string' is not assignable to type 'number'`],
  [`within.matmul(‹y›)`, "`matmul: inner dimensions differ: [${N}, 128] @ [10, 100]`"],
];

const operands = `
import { concat, constant, crossEntropy, einsum, embedding, gather, gradient, input, layerNorm, linear } from "optimc";
import { minimize, oneHot, outer, param, scatterAdd, sequential, sgd, sort, split, stack, takeAlongAxis } from "optimc";
import { topK, where } from "optimc";
import * as o from "optimc";
import type { Dim, Tensor } from "optimc";
declare const size: number;
const x = input("x", ["batch", 100]), y = input("y", [10, 100]), a = input("a", [3, 4, 5]), b = input("b", [2, 5, 6]);
const labels = input("labels", ["batch"], "int32"), times = input("times", ["time"], "int32");
const ranks = input("ranks", [10, 5], "int32");
export function inside<N extends Dim>(within: Tensor<[N, 128]>) {
`;

const layers = (line: (i: number, from: number, to: number) => string) => `
import { input, linear } from "optimc";
export const h0 = input("x", ["batch", 100]);
${Array.from({ length: 100 }, (_, i) => line(i, i + 100, i + 101)).join("\n")}
`;

const consumers = {
  checks: {
    "shapes.ts": readFileSync(join(root, "test/types/shapes.ts"), "utf8"),
    "layers.ts": readFileSync(join(root, "test/types/layers.ts"), "utf8"),
    "programs.ts": readFileSync(join(root, "test/types/programs.ts"), "utf8"),
    "losses.ts": readFileSync(join(root, "test/types/losses.ts"), "utf8"),
    "training.ts": readFileSync(join(root, "test/types/training.ts"), "utf8"),
    "schedules.ts": readFileSync(join(root, "test/types/schedules.ts"), "utf8"),
    "equal.ts": readFileSync(join(root, "test/types/equal.ts"), "utf8"),
  },
  faults: { "faults.ts": `${operands}${faults.map(([code]) => `${code.replace(/[‹›]/g, "")};`).join("\n")}\n}\n` },
  layers: {
    "layers.ts": layers((i, from, to) => `export const h${i + 1} = linear("l${i}", ${from}, ${to})(h${i}).relu();`),
  },
  products: {
    "products.ts": layers((i, from, to) => {
      const [weight, bias] = [`input("w${i}", [${to}, ${from}]).transpose()`, `input("b${i}", [${to}])`];
      return `export const h${i + 1} = h${i}.matmul(${weight}).add(${bias}).relu();`;
    }),
  },
};

/** What tsc says of a folder, and how many types it instantiated. */
function check(compiler: string, folder: keyof typeof consumers) {
  const args = ["-p", join(place, folder), "--pretty", "false", "--extendedDiagnostics"];
  const { stdout } = spawnSync(process.execPath, [join(compiler, "bin/tsc"), ...args], { encoding: "utf8" });
  const errors = [...stdout.matchAll(/^(\S+)\((\d+),(\d+)\): error TS\d+: (.*(?:\n .*)*)$/gm)].map(
    ([, file, line, column, text]) => ({
      file,
      line: Number(line),
      column: Number(column),
      text: text ?? "",
    }),
  );
  return { errors, instantiations: Number(/^Instantiations:\s+(\d+)/m.exec(stdout)?.[1]) };
}

beforeAll(() => {
  const declarations = {
    extends: join(root, "tsconfig.json"),
    compilerOptions: {
      noEmit: false,
      emitDeclarationOnly: true,
      noCheck: true,
      typeRoots: [join(root, "node_modules/@types")],
      rootDir: root,
      outDir: "node_modules/optimc",
    },
    files: [join(root, "test/types/dsl.ts")],
    include: [],
  };
  writeFileSync(join(place, "tsconfig.json"), JSON.stringify(declarations));
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(process.execPath, [tsc, "-p", place, "--pretty", "false"], {
    encoding: "utf8",
    cwd: root,
  });
  expect(stdout).toBe("");
  const exports = { ".": { types: "./test/types/dsl.d.ts" } };
  writeFileSync(
    join(place, "node_modules/optimc/package.json"),
    JSON.stringify({ name: "optimc", type: "module", exports }),
  );
  for (const [folder, files] of Object.entries(consumers)) {
    mkdirSync(join(place, folder));
    writeFileSync(join(place, folder, "package.json"), '{ "type": "module" }');
    writeFileSync(
      join(place, folder, "tsconfig.json"),
      JSON.stringify({ compilerOptions: { ...options, noEmit: true } }),
    );
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(join(place, folder, file), text.replaceAll('"./dsl.js"', '"optimc"'));
    }
  }
});

afterAll(() => rmSync(place, { recursive: true, force: true }));

describe.each(compilers.map((each) => [each.name, each] as const))("%s", (_, { folder, isRun }) => {
  const installed = isRun && existsSync(join(folder, "package.json"));

  test.skipIf(!installed)("every shape is as expected, and the programs compile", () => {
    expect(check(folder, "checks").errors).toEqual([]);
  });

  test.skipIf(!installed)("each fault is one sentence on the operand that is wrong", () => {
    const { errors } = check(folder, "faults");
    const first = operands.split("\n").length;
    const expected = faults.map(([code, sentence], i) => ({
      line: first + i,
      column: code.indexOf("‹") + 1,
      text: expect.stringContaining(sentence) as string,
    }));
    expect(errors.map(({ line, column, text }) => ({ line, column, text }))).toEqual(expected);
    // No fault is a page: what an editor shows is the sentence, and how it came to it at most.
    expect(errors.filter(({ text }) => text.split("\n").length > 4)).toEqual([]);
  });

  test.skipIf(!installed)("100 layers cost few instantiations", () => {
    const [linear, products] = [check(folder, "layers"), check(folder, "products")];
    expect([...linear.errors, ...products.errors]).toEqual([]);
    // Measured on all three versions: 13,900, of which the sentence about features that do not fit is 10,000, and 51,300.
    expect(linear.instantiations).toBeLessThan(15_000);
    expect(products.instantiations).toBeLessThan(60_000);
  });
});

describe("in the editor", () => {
  const hovers = (text: string): readonly string[] => {
    const file = join(place, "checks", "hover.ts");
    const places = [...text.matchAll(/‹/g)].map((match, i) => match.index - i);
    const snapshot = ts.ScriptSnapshot.fromString(text.replaceAll("‹", ""));
    const service = ts.createLanguageService({
      getScriptFileNames: () => [file],
      getScriptVersion: () => "1",
      getScriptSnapshot: (name) =>
        name === file
          ? snapshot
          : ts.sys.fileExists(name)
            ? ts.ScriptSnapshot.fromString(ts.sys.readFile(name) ?? "")
            : undefined,
      getCurrentDirectory: () => place,
      getCompilationSettings: () => ({
        strict: true,
        module: ts.ModuleKind.NodeNext,
        target: ts.ScriptTarget.ES2023,
        types: [],
      }),
      getDefaultLibFileName: (settings) => ts.getDefaultLibFilePath(settings),
      fileExists: (name) => name === file || ts.sys.fileExists(name),
      readFile: (name) => ts.sys.readFile(name),
      directoryExists: (name) => ts.sys.directoryExists(name),
      getDirectories: (name) => ts.sys.getDirectories(name),
    });
    return places.map((at) => {
      const info = service.getQuickInfoAtPosition(file, at);
      return `${ts.displayPartsToString(info?.displayParts)} // ${ts.displayPartsToString(info?.documentation).slice(0, 40)}`;
    });
  };

  test("a hover shows shapes and nothing of the machinery", () => {
    const text = `
      import { input, linear } from "optimc";
      const ‹x = input("x", ["batch", 1000]);
      const ‹hidden = linear("hidden", 1000, 100);
      const h = ‹hidden(x).‹relu();
      const ‹p = h.‹matmul(input("w", [100, 10])).‹add(1).‹reshape(["batch", 5, -1]);
      const ‹m = x.‹mean(-1, { keepDim: true });`;
    expect(hovers(text)).toMatchInlineSnapshot(`
      [
        "const x: Tensor<["batch", 1000]> // ",
        "const hidden: Linear<1000, 100> // ",
        "const hidden: Linear
      <["batch"], [1000]>(x: Tensor<["batch", 1000]>) => Tensor<["batch", 100]> // \`x @ weight^T + bias\` along the last axi",
        "(method) TensorMethods.relu<["batch", 100]>(this: Tensor<["batch", 100]>): Tensor<["batch", 100]> // \`max(x, 0)\`, elementwise; NaN stays NaN.",
        "const p: Tensor<["batch", 5, number]> // ",
        "(method) TensorMethods.matmul<["batch", 100], [100, 10]>(this: Tensor<["batch", 100]>, other: Tensor<[100, 10]>): Tensor<["batch", 10]> // The matrix product, by PyTorch's rules: ",
        "(method) TensorMethods.add<["batch", 10], []>(this: Tensor<["batch", 10]>, other: number | HostNumber | Tensor<[]>): Tensor<["batch", 10]> // \`x + other\`, elementwise. The two shapes",
        "(method) TensorMethods.reshape<["batch", 10], ["batch", 5, -1]>(this: Tensor<["batch", 10]>, shape: readonly ["batch", 5, -1]): Tensor<["batch", 5, number]> // The same elements in another shape, in r",
        "const m: Tensor<["batch", 1]> // ",
        "(method) TensorMethods.mean<["batch", 1000], -1, true>(this: Tensor<["batch", 1000]>, axes?: -1 | undefined, options?: {
          readonly keepDim?: true | undefined;
      } | undefined): Tensor<["batch", 1]> // The mean over axes: the sum divided by t",
      ]
    `);
  });
});
