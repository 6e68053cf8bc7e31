/**
 * L-BFGS: a driver, that is, host code that calls the compiled loss and gradient several times in one call of the
 * function. Vectors hold all trained parameters, one after another, in the element type of the model; numbers are
 * doubles, and so are sums.
 */

import type { Kernels } from "./abi.js";
import type { strongWolfe, Point } from "./lineSearch.js";
import { arrays } from "./tensor.js";

type Vector = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;
/** Byte offsets, and the number of bytes. */
type Copy = readonly [of: number, kept: number, bytes: number];

export interface LbfgsSpec {
  /** The function's name, by which compiled kernels over vectors are called. */
  readonly name: string;
  readonly element: "float32" | "float64";
  /** Byte offsets of each parameter and of its gradient, and the number of their elements. */
  readonly parameters: readonly (readonly [parameter: number, gradient: number, length: number])[];
  readonly loss: number;
  /** Byte offsets by name; saved tensors have PyTorch's names. */
  readonly tensors: Readonly<Record<string, number>>;
  /** States that a call assigns: every evaluation starts from their values before the call. */
  readonly before: readonly Copy[];
  /** Results, and those states again: a call leaves them as the first evaluation made them. */
  readonly after: readonly Copy[];
  readonly history: number;
  readonly maximize?: boolean;
}

/** Four chains, so that no addition waits for the one before it. */
function dot(a: Vector, b: Vector): number {
  const { length } = a;
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  let i = 0;
  for (; i < length - 3; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

/** y = scale * x */
function set(y: Vector, scale: number, x: Vector): void {
  for (let i = 0; i < y.length; i++) y[i] = scale * x[i]!;
}

/** y = y + scale * x */
function add(y: Vector, scale: number, x: Vector): void {
  for (let i = 0; i < y.length; i++) y[i]! += scale * x[i]!;
}

/** The largest magnitude; NaN if there is one. */
function largest(a: Vector): number {
  let most = 0;
  for (const each of a)
    if (!(Math.abs(each) <= most)) {
      most = Math.abs(each);
      if (most !== most) break;
    }
  return most;
}

function sumOfMagnitudes(a: Vector): number {
  let sum = 0;
  for (const each of a) sum += Math.abs(each);
  return sum;
}

/** Binds the driver to an instance's memory; without a `search`, every step has the length `lr`. */
export function lbfgs(
  memory: ArrayBuffer,
  functions: Kernels["functions"],
  spec: LbfgsSpec,
  search?: typeof strongWolfe,
) {
  const { tensors, history, maximize } = spec;
  const View = arrays[spec.element];
  const bytes = new Uint8Array(memory);
  const sign = maximize ? -1 : 1;
  let length = 0;
  /** Each parameter, its gradient, and where they begin in the vectors. */
  const parts = spec.parameters.map(([parameter, gradient, count]) => {
    const start = length;
    length += count;
    return [new View(memory, parameter, count), new View(memory, gradient, count), start] as const;
  });
  const vectors = (name: string, count = 1): Vector[] =>
    Array.from({ length: count }, (_, row) => {
      return new View(memory, tensors[name]! + row * length * View.BYTES_PER_ELEMENT, length);
    });
  const doubles = (name: string, count = 1) => new Float64Array(memory, tensors[name], count);

  const loss = new View(memory, spec.loss, 1);
  const [evaluations, iterations, step, pairs, scale, lastLoss] = [
    doubles("func_evals"),
    doubles("n_iter"),
    doubles("t"),
    doubles("pairs"),
    doubles("H_diag"),
    doubles("prev_loss"),
  ];
  const [ro, al] = [doubles("ro", history), doubles("al", history)];
  const [direction, last] = [vectors("d")[0]!, vectors("prev_flat_grad")[0]!];
  const [ys, steps] = [vectors("old_dirs", history), vectors("old_stps", history)];
  const start = search && vectors("start")[0]!;
  const points = vectors("gradients", search ? 3 : 1).map((gradient): Point<Vector> => ({
    t: 0,
    loss: 0,
    slope: 0,
    gradient,
  }));

  const { [`${spec.name}.dot`]: dotOf, [`${spec.name}.add`]: addOf } = functions;
  const sum = doubles("sum");
  const product = (a: Vector, b: Vector): number => {
    if (!dotOf) return dot(a, b);
    dotOf(a.byteOffset, b.byteOffset, sum.byteOffset);
    return sum[0]!;
  };
  const accumulate = (y: Vector, scale: number, x: Vector): void =>
    addOf ? addOf(y.byteOffset, x.byteOffset, scale) : add(y, scale, x);

  const keep = ([of, kept, count]: Copy): unknown => bytes.copyWithin(kept, of, of + count);
  const restore = ([of, kept, count]: Copy): unknown => bytes.copyWithin(of, kept, kept + count);

  let run: () => void;
  const evaluate = (point: Point<Vector>): void => {
    run();
    evaluations[0]!++;
    point.loss = sign * loss[0]!;
    for (const [, gradient, at] of parts) point.gradient.set(gradient, at);
    if (maximize) set(point.gradient, -1, point.gradient);
  };

  /** Moves the parameters from their current values, or from the start of a search. */
  const move = (t: number): void => {
    for (const [parameter, , at] of parts)
      for (let i = 0; i < parameter.length; i++)
        parameter[i] = (start ? start[at + i]! : parameter[i]!) + t * direction[at + i]!;
  };

  const evaluateAgain = (point: Point<Vector>): void => {
    spec.before.forEach(restore);
    evaluate(point);
  };
  const evaluateAt = (point: Point<Vector>, t: number): void => {
    move((point.t = t));
    evaluateAgain(point);
    point.slope = product(point.gradient, direction);
  };

  /** The direction: minus the gradient times the inverse of the Hessian, as the last steps approximate it. */
  const turn = (gradient: Vector): void => {
    if (iterations[0] === 1) {
      set(direction, -1, gradient);
      scale[0] = 1;
      return;
    }
    // The change of the gradient and the step overwrite the vectors from which they are computed.
    set(last, -1, last);
    accumulate(last, 1, gradient);
    set(direction, step[0]!, direction);
    const curvature = product(last, direction);
    if (curvature > 1e-10) {
      const row = pairs[0]!++ % history;
      ys[row]!.set(last);
      steps[row]!.set(direction);
      ro[row] = 1 / curvature;
      scale[0] = curvature / product(last, last);
    }
    set(direction, -1, gradient);
    const newest = pairs[0]!;
    const oldest = newest > history ? newest - history : 0;
    for (let pair = newest - 1; pair >= oldest; pair--) {
      const row = pair % history;
      al[row] = product(steps[row]!, direction) * ro[row]!;
      accumulate(direction, -al[row], ys[row]!);
    }
    set(direction, scale[0]!, direction);
    for (let pair = oldest; pair < newest; pair++) {
      const row = pair % history;
      accumulate(direction, al[row]! - product(ys[row]!, direction) * ro[row]!, steps[row]!);
    }
  };

  const descend = (lr: number, maxIter: number, maxEval: number, toleranceGrad: number, toleranceChange: number) => {
    const before = evaluations[0]! - 1;
    for (let round = 1; ; round++) {
      let [point] = points as [Point<Vector>];
      const { gradient } = point;
      iterations[0]!++;
      turn(gradient);
      last.set(gradient);
      lastLoss[0] = point.loss;
      const inverse = 1 / sumOfMagnitudes(gradient);
      step[0] = iterations[0] === 1 && inverse < 1 ? inverse * lr : lr;
      point.slope = product(gradient, direction);
      if (point.slope > -toleranceChange) return;

      if (search) {
        for (const [parameter, , at] of parts) start!.set(parameter, at);
        const budget = maxEval - (evaluations[0]! - before);
        const three = points as [Point<Vector>, Point<Vector>, Point<Vector>];
        point = search(three, evaluateAt, step[0], budget, largest(direction), toleranceChange);
        step[0] = point.t;
        // The next search starts from it.
        points[points.indexOf(point)] = points[0]!;
        points[0] = point;
        move(point.t);
      } else {
        move(step[0]);
        if (round < maxIter) evaluateAgain(point);
      }
      if (
        round >= maxIter ||
        evaluations[0]! - before >= maxEval ||
        largest(point.gradient) <= toleranceGrad ||
        largest(direction) * Math.abs(step[0]) <= toleranceChange ||
        Math.abs(point.loss - lastLoss[0]) < toleranceChange
      )
        return;
    }
  };

  /** One call: `call` evaluates the function, the loss and the gradients included. */
  return (
    call: () => void,
    lr: number,
    maxIter: number,
    maxEval: number,
    toleranceGrad: number,
    toleranceChange: number,
  ): void => {
    run = call;
    spec.before.forEach(keep);
    evaluate(points[0]!);
    spec.after.forEach(keep);
    if (!(largest(points[0]!.gradient) <= toleranceGrad)) descend(lr, maxIter, maxEval, toleranceGrad, toleranceChange);
    spec.after.forEach(restore);
  };
}
