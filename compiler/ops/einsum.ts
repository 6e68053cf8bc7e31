/** Products and sums by an equation of letters. */
import { fail } from "../diagnostics.js";
import { describeValue } from "../ir/guards.js";
import type { CheckEquation, CheckOperand, EinsumShape } from "../ir/equation.js";
import { isExpression, literal, shapeFault, type Expression } from "../ir/op.js";
import type { Shape } from "../ir/shape.js";
import { equal, one, printShape, type Size } from "../ir/size.js";
import type { HostNumber, Tensor } from "../ir/tensorMethods.js";
import { diagonal } from "./diagonal.js";
import { requireElement, toDevice } from "./elementwise.js";
import { contracted, type Labelled } from "./einsumContraction.js";
import { isOne, reshape } from "./reshape.js";
import type { ShapeOf } from "./where.js";

type Operand = Tensor<Shape> | HostNumber | number;

type ShapesOf<X extends readonly Operand[]> = { readonly [I in keyof X]: ShapeOf<X[I]> };

export interface Einsum {
  /**
   * Products of tensors, summed as an equation says, with the rules of PyTorch and NumPy: `einsum("bi,oi->bo", x, w)`
   * is x @ w^T. Each operand has a term with a letter for each axis. Axes with the same letter are matched: their sizes
   * agree, or are 1 and repeated. A letter twice in a term takes the diagonal. A letter that the result does not name
   * is summed over. `...` stands for any number of axes, which broadcast, aligned at the last. Without `->` the result
   * has those axes first, then the letters that occur once, in alphabetical order (capitals first). Operands are float
   * tensors, or numbers with an empty term.
   *
   * Several operands are multiplied two at a time, those with the smallest product first; a sum over a letter of two
   * operands is a matrix product, which copies neither. The gradient of an operand is the product of `dy` with the
   * others.
   */
  <const E extends string, const X extends readonly Operand[]>(
    equation: E & CheckEquation<E, ShapesOf<X>>,
    ...operands: { readonly [I in keyof X]: X[I] & CheckOperand<E, ShapesOf<X>, I> }
  ): Tensor<EinsumShape<E, ShapesOf<X>>>;
}

const ellipsis = "...";
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

function wrong(message: string, equation: string, expected: string): never {
  return fail({ code: "invalid-argument", message: `einsum: ${message}`, expected, found: `'${equation}'` });
}

/** The letters of a term or of the result, which `where` names; `...` is one of them. */
function symbolsOf(term: string, equation: string, where: string): string[] {
  const symbols = term.split(ellipsis).flatMap((each, n) => (n === 0 ? [...each] : [ellipsis, ...each]));
  const odd = symbols.find((each) => each !== ellipsis && !letters.includes(each));
  if (odd !== undefined) wrong(`'${odd}' is not a letter`, equation, "letters, '...', and ',' and '->' between terms");
  if (symbols.indexOf(ellipsis) < symbols.lastIndexOf(ellipsis)) {
    wrong(`'${ellipsis}' is twice in ${where}`, equation, `'${ellipsis}' once`);
  }
  return symbols;
}

/** A label for each axis; the axes of `...` are counted from the last, so that matching ones get equal labels. */
function labelsOf(term: string, equation: string, shape: readonly Size[]): string[] {
  const symbols = symbolsOf(term, equation, `'${term}'`);
  const rest = shape.length - symbols.length + 1;
  if (symbols.includes(ellipsis) ? rest < 0 : rest !== 1) {
    shapeFault(
      `einsum: '${term}' does not name the axes of ${printShape(shape)}`,
      `a letter for each of the ${shape.length} axes${symbols.includes(ellipsis) ? " beside '...'" : ""}`,
      `'${term}'`,
    );
  }
  return symbols.flatMap((each) =>
    each === ellipsis ? Array.from({ length: rest }, (_, n) => `${ellipsis}${rest - 1 - n}`) : [each],
  );
}

/** The labels of the result: as stated, or `...` and then the letters that occur once, in order. */
function outputOf(stated: string | null, equation: string, terms: readonly (readonly string[])[]): string[] {
  const all = terms.flat();
  const spread = [...new Set(all.filter((each) => each.startsWith(ellipsis)))].sort(
    (a, b) => Number(b.slice(ellipsis.length)) - Number(a.slice(ellipsis.length)),
  );
  if (stated === null) {
    const counted = (letter: string): number => all.filter((each) => each === letter).length;
    return [...spread, ...[...letters].filter((letter) => counted(letter) === 1)];
  }
  const symbols = symbolsOf(stated, equation, "the result");
  for (const [n, each] of symbols.entries()) {
    if (symbols.indexOf(each) < n)
      wrong(`'${each}' is twice in the result`, equation, "each letter once in the result");
    if (each !== ellipsis && !all.includes(each)) {
      wrong(`'${each}' of the result is in no operand`, equation, "letters of the operands");
    }
  }
  return symbols.flatMap((each) => (each === ellipsis ? spread : [each]));
}

/** The size of each label; refuses labels whose sizes differ. */
function sizesOf(operands: readonly Labelled[]): ReadonlyMap<string, Size> {
  const found = new Map<string, { readonly size: Size; readonly from: number }>();
  const differ = (label: string, what: string): never =>
    shapeFault(
      `einsum: '${label.startsWith(ellipsis) ? ellipsis : label}' is ${what}`,
      "one size for each letter; between operands also 1",
      what,
    );
  for (const [n, { x, labels }] of operands.entries()) {
    for (const [axis, label] of labels.entries()) {
      const size = x.shape[axis] as Size;
      const own = x.shape[labels.indexOf(label)] as Size;
      if (!equal(own, size)) differ(label, `${own.key} and ${size.key} in operand ${n + 1}`);
      const before = found.get(label);
      if (!before || (isOne(before.size) && !isOne(size))) found.set(label, { size, from: n });
      else if (!isOne(size) && !equal(before.size, size)) {
        differ(label, `${before.size.key} in operand ${before.from + 1} and ${size.key} in operand ${n + 1}`);
      }
    }
  }
  return new Map([...found].map(([label, { size }]) => [label, size]));
}

/** The diagonal of axes with one label, and no axes of size 1 where others have more: there they only repeat. */
function reduced({ x, labels }: Labelled, sizes: ReadonlyMap<string, Size>): Labelled {
  const second = labels.findIndex((label, axis) => labels.indexOf(label) < axis);
  if (second >= 0) {
    const first = labels.indexOf(labels[second] as string);
    return reduced({ x: diagonal(x, first, second), labels: labels.toSpliced(second, 1) }, sizes);
  }
  const kept = labels.filter((label, axis) => equal(x.shape[axis] as Size, sizes.get(label) ?? one));
  if (kept.length === labels.length) return { x, labels };
  const shape = x.shape.filter((_, axis) => kept.includes(labels[axis] as string));
  return { x: reshape(x, shape), labels: kept };
}

/** Products of tensors, summed as an equation says. */
export function einsum(equation: string, ...operands: readonly (Expression | number)[]): Expression {
  if (typeof equation !== "string")
    fail({
      code: "invalid-argument",
      message: "einsum: the first argument is not an equation",
      expected: "an equation, such as 'ij,jk->ik'",
      found: describeValue(equation),
    });
  const [input = "", output, ...more] = equation.replaceAll(" ", "").split("->");
  const terms = input.split(",");
  if (more.length > 0) wrong("'->' stands twice", equation, "one result");
  if (terms.length > operands.length) {
    wrong(
      `the equation has a term for operand ${operands.length + 1}, which is not given`,
      equation,
      `${operands.length} terms`,
    );
  }
  if (terms.length < operands.length) {
    wrong(`the equation has no term for operand ${terms.length + 1}`, equation, `${operands.length} terms`);
  }
  const tensors = operands.map((each, n): Labelled => {
    if (typeof each !== "number" && !isExpression(each)) {
      return fail({
        code: "not-a-tensor",
        message: `einsum: operand ${n + 1} is not a tensor`,
        expected: "a float tensor or a number",
        found: describeValue(each),
      });
    }
    const x = typeof each === "number" ? literal(each, "float") : toDevice(each);
    requireElement("einsum", x, ["float"]);
    return { x, labels: labelsOf(terms[n] as string, equation, x.shape) };
  });
  const wanted = outputOf(
    output ?? null,
    equation,
    tensors.map(({ labels }) => labels),
  );
  const sizes = sizesOf(tensors);
  return contracted(
    tensors.map((each) => reduced(each, sizes)),
    wanted,
  );
}
