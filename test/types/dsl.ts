/**
 * The public face as these tests see it: the types that the operations export, bound to names, and the files that add
 * methods. `src/index.ts` binds the same types to the same names.
 */
import "../../compiler/ops/abs.js";
import "../../compiler/ops/add.js";
import "../../compiler/ops/argmax.js";
import "../../compiler/ops/broadcast.js";
import "../../compiler/ops/cast.js";
import "../../compiler/ops/compare.js";
import "../../compiler/ops/div.js";
import "../../compiler/ops/exp.js";
import "../../compiler/ops/floor.js";
import "../../compiler/ops/log.js";
import "../../compiler/ops/matmul.js";
import "../../compiler/ops/max.js";
import "../../compiler/ops/maximum.js";
import "../../compiler/ops/mean.js";
import "../../compiler/ops/mul.js";
import "../../compiler/ops/neg.js";
import "../../compiler/ops/pow.js";
import "../../compiler/ops/relu.js";
import "../../compiler/ops/reshape.js";
import "../../compiler/ops/sigmoid.js";
import "../../compiler/ops/sin.js";
import "../../compiler/ops/slice.js";
import "../../compiler/ops/softmax.js";
import "../../compiler/ops/sqrt.js";
import "../../compiler/ops/square.js";
import "../../compiler/ops/sub.js";
import "../../compiler/ops/tanh.js";
import "../../compiler/ops/transpose.js";
import type { Constant } from "../../compiler/ops/constant.js";
import type { CrossEntropy } from "../../compiler/ops/crossEntropy.js";
import type { Dropout } from "../../compiler/ops/dropout.js";
import type { Gather } from "../../compiler/ops/gather.js";
import type { Gradient } from "../../compiler/ops/gradient.js";
import type { Input } from "../../compiler/ops/input.js";
import type { Assign, Param, State } from "../../compiler/ops/param.js";
import type { Where } from "../../compiler/ops/where.js";
import type { LinearLayer } from "./linear.js";

export type { Dim, Shape } from "../../compiler/ir/shape.js";
export type { BoolTensor, Effect, IntTensor, Scalar, Tensor } from "../../compiler/ir/tensor.js";
export type { Linear, LinearWithoutBias } from "./linear.js";

export declare const assign: Assign;
export declare const constant: Constant;
export declare const crossEntropy: CrossEntropy;
export declare const dropout: Dropout;
export declare const gather: Gather;
export declare const gradient: Gradient;
export declare const input: Input;
export declare const linear: LinearLayer;
export declare const param: Param;
export declare const state: State;
export declare const where: Where;
