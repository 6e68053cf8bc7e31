/**
 * The one place that converts between expressions and the types that users see. Every tensor and scalar of a model file
 * is an expression; only the types tell them apart, so that the conversion changes nothing at run time.
 */
import type { Expression } from "./op.js";
import type { Shape } from "./shape.js";
import type { BoolTensor, Effect, IntTensor, HostNumber, Tensor } from "./tensorMethods.js";

type Expressions = Readonly<Record<string, Expression>>;
type AnyTensor = Tensor<Shape> | IntTensor<Shape> | BoolTensor<Shape> | HostNumber;

/** The caller states the shape; if the types do not know it, any shape may be stated. */
export const asTensor = <S extends Shape = Shape>(expression: Expression): Tensor<S> =>
  expression as unknown as Tensor<S>;

export const asHostNumber = (expression: Expression): HostNumber => expression as unknown as HostNumber;

export const asExpression = (tensor: AnyTensor): Expression => tensor as unknown as Expression;

/** Expressions under names. */
export const asTensors = (expressions: Expressions): Readonly<Record<string, Tensor<Shape>>> =>
  expressions as unknown as Readonly<Record<string, Tensor<Shape>>>;

export const asHostNumbers = (expressions: Expressions): Readonly<Record<string, HostNumber>> =>
  expressions as unknown as Readonly<Record<string, HostNumber>>;

export const asExpressions = (tensors: Readonly<Partial<Record<string, AnyTensor>>>): Expressions =>
  tensors as unknown as Expressions;

/** A function over expressions as users' types see it; `Type` holds the checks of shapes. */
export const published = <Type>(made: (...parameters: never[]) => unknown): Type => made as Type;

/** A type of options as implementations see it: expressions in place of tensors and effects, records and lists of them too. */
export type InExpressions<Options> = { readonly [Name in keyof Options]: InExpression<Options[Name]> };

// prettier-ignore
type InExpression<T> =
  T extends AnyTensor | Effect ? Expression
  : T extends readonly (infer Element)[] ? readonly InExpression<Element>[]
  : string extends keyof T ? { readonly [Name in keyof T]: InExpression<T[Name]> }
  : T;
