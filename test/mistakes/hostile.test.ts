/**
 * Hostile arguments: every export and every method of tensors is called with what no caller should hand over, and what
 * it makes is built into a model for both targets. The end is a module, or a diagnostic; never an error of optimc's own.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileModel } from "../../compiler/compile.js";
import { isOptimcError } from "../../compiler/diagnostics.js";
import { functionKinds } from "../../compiler/model/functions.js";
import { isModel } from "../../compiler/model/model.js";
import { isExpression, methodNames, type Expression } from "../../compiler/ir/op.js";
import * as optimc from "../../src/index.js";
import { float, functions, layer, loss, methodArguments, right, rows, truth, vector, weight, whole } from "./right.js";
import { runs, some } from "../runs.js";

class Own extends Error {}
const own = (): never => {
  throw new Own("the user's own");
};

const cyclic: unknown[] = [];
cyclic.push(cyclic);
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const deep = Array.from({ length: 20_000 }).reduce<unknown>((inside) => [inside], 1);

/** What may stand in the place of any argument. New ones for each call, where they keep something. */
const hostile: Readonly<Record<string, () => unknown>> = {
  undefined: () => undefined,
  null: () => null,
  "NaN": () => NaN,
  "-0": () => -0,
  "Infinity": () => Infinity,
  "2^53": () => 2 ** 53,
  "1e308": () => 1e308,
  "-1e308": () => -1e308,
  "2^31": () => 2 ** 31,
  "2^32": () => 2 ** 32,
  "0.5": () => 0.5,
  "7": () => 7,
  "5": () => 5,
  "0": () => 0,
  "-1": () => -1,
  "a bigint": () => 7n,
  "a symbol": () => Symbol("s"),
  true: () => true,
  "an empty string": () => "",
  "bool": () => "bool",
  "int32": () => "int32",
  "__proto__": () => "__proto__",
  "constructor": () => "constructor",
  "an equation": () => "a,b->b",
  "another": () => "...ii->i",
  "a long string": () => "x".repeat(100_000),
  "a line break": () => "a\nb*/\u2028</script>",
  "a lone surrogate": () => "\ud800",
  "an array": () => [1, 2],
  "an empty array": () => [],
  "nested arrays": () => [[1, 2], [3]],
  "nested empty arrays": () => [[], []],
  "a cyclic array": () => cyclic,
  "a deep array": () => deep,
  "a sparse array": () => new Array(3),
  "an array of NaN": () => [NaN, Infinity],
  "an array of strings": () => ["batch", 3],
  "an array of huge numbers": () => [1e308, 2 ** 53],
  "an array of axes": () => [0, 0, -1],
  "an array of bigints": () => [1n],
  "an array of tensors": () => [float, whole],
  "an array of symbols": () => [Symbol("s")],
  "slices": () => [[0, 0, 0], [NaN, null, -1]],
  "a typed array": () => new Float32Array(3),
  "an array buffer": () => new ArrayBuffer(8),
  "an object": () => ({}),
  "a shape": () => ({ shape: [3], data: [1, 2, 3] }),
  "a wrong shape": () => ({ shape: [-1, "batch"], data: { length: 1e9 } }),
  "a shape without data": () => ({ shape: [2] }),
  "options": () => ({ dims: { batch: 1e308 }, lr: Symbol("s"), reduction: {}, axis: "0", keepDim: 1, params: [null] }),
  "options of null": () => ({ reduction: null, dims: null, functions: { run: null }, training: null, values: null, groups: null, lr: null, shape: null, data: null }),
  "options of functions": () => ({ lr: () => ({}), functions: { run: () => 1 }, values: () => 1, update: () => 1, match: () => 1 }),
  "an object without a prototype": () => Object.create(null) as unknown,
  "a getter that throws": () => ({ get lr() { return own(); }, get shape() { return own(); }, get length() { return own(); } }),
  "a proxy of an object": () => new Proxy({}, { get: () => undefined, has: () => true }),
  "a proxy of everything": () => new Proxy(function () {}, { get: (_, key) => (key === Symbol.toPrimitive ? () => 1 : 1), has: () => true }),
  "a proxy that throws": () => new Proxy({}, { get: own, has: own, ownKeys: own }),
  "a revoked proxy": () => revoked.proxy,
  "a proxy of a tensor": () => new Proxy(float, {}),
  "a copy of a tensor": () => ({ ...(float as unknown as object) }),
  "an heir of a tensor": () => Object.create(float) as unknown,
  "a date": () => new Date(0),
  "a map": () => new Map([[1, 2]]),
  "a promise": () => Promise.resolve(1),
  "a float tensor": () => float,
  "an int tensor": () => whole,
  "a bool tensor": () => truth,
  "a vector": () => vector,
  "labels": () => rows,
  "a number as a tensor": () => loss,
  "a parameter": () => weight,
  "a layer": () => layer,
  "a function of nothing": () => () => undefined,
  "a function that throws": () => own,
  "the identity": () => (x: unknown) => x,
  "a class": () => class {},
  "an operation": () => optimc.stopGradient,
  "another operation": () => optimc.concat,
  "a method": () => (float as unknown as Record<string, unknown>)["sqrt"],
  "a random operation": () => optimc.randomNormal,
  "an optimizer that was not called": () => optimc.adam,
  "an optimizer": () => optimc.adam(),
  "an initializer": () => optimc.normal(),
  "a schedule": () => optimc.linearLR(0.1),
  "an average": () => optimc.ema(0.9),
  "a limit": () => optimc.clipByValue(1),
  "a function of a model": () => optimc.minimize(loss, optimc.sgd({ lr: 1 })),
  "a model": () => optimc.model("inner", { dims: { batch: 2 }, functions: { run: { float } } }),
}; // prettier-ignore

/** Tensors somewhere in what a call made. */
function tensorsIn(made: unknown): Expression[] {
  if (isExpression(made)) return [made];
  if (Array.isArray(made)) return made.slice(0, 3).flatMap(tensorsIn);
  if (typeof made !== "object" || made === null) return [];
  const parts: unknown[] = Object.values(made).slice(0, 5);
  return parts.filter((each): each is Expression => each !== revoked.proxy && isExpression(each));
}

const functionsOf = (made: unknown): Record<string, unknown>[] => {
  if (typeof made === "object" && made !== null && functionKinds.has(made)) return [{ train: made }];
  const tensors = tensorsIn(made).filter(({ element }) => element !== "scalar" && element !== "double");
  if (tensors.length > 0) {
    const trained = tensors
      .filter(({ element }) => element === "float")
      .map((x) =>
        optimc.minimize(
          optimc
            .stopGradient(vector)
            .sum()
            .add((x as never as optimc.Tensor<[]>).mul(weight.sum()).sum()) as never,
          optimc.sgd({ lr: 1 }),
        ),
      );
    return [
      { run: Object.fromEntries(tensors.map((each, n) => [`y${n}`, each])) },
      ...trained.map((train) => ({ train })),
    ];
  }
  if (typeof made === "object" && made !== null && "ruleFor" in made)
    return [{ train: optimc.minimize(loss, made as never) }];
  if (typeof made !== "function") return [];
  // An initializer, a layer, a schedule: it is used as each of them.
  const use = made as (...given: unknown[]) => unknown;
  return [
    () => ({ run: { y: use(float) } }),
    () => ({ run: { y: float.mul(optimc.param("own", [3], made as never)) } }),
    () => ({ train: optimc.minimize(loss, optimc.sgd({ lr: made as never })) }),
  ].flatMap((each) => {
    try {
      return [each()];
    } catch (error) {
      if (isOptimcError(error) || error instanceof Own) return [];
      throw error;
    }
  });
};

/** Builds a model of whatever a call made, if that is something. */
function buildAll(made: unknown): void {
  const models = isModel(made)
    ? [made]
    : functionsOf(made).map((functions) => optimc.model("net", { dims: { batch: 2 }, functions } as never));
  for (const model of models) compileModel(model, { name: "net", targets: ["js", "wasm"], source: "net.model.ts" });
}

/** What is wrong with how a call ends; null where it gives a result, a diagnostic, or the user's own error. */
function complaint(call: () => unknown): string | null {
  try {
    call();
    return null;
  } catch (error) {
    if (isOptimcError(error) || error instanceof Own) return null;
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

interface Case {
  readonly what: string;
  readonly call: (...given: unknown[]) => unknown;
  readonly given: readonly unknown[];
}

const cases: Case[] = [
  ...Object.entries(right).map(([what, given]) => ({ what, given, call: functions.get(what) as Case["call"] })),
  ...methodNames()
    .filter((name) => name !== "constructor")
    .flatMap((name) =>
      ([["float", float], ["int", whole], ["bool", truth], ["number", loss]] as const).map(([of, receiver]) => ({
        what: `${of}.${name}`,
        given: methodArguments[name] ?? [receiver],
        call: (...given: unknown[]) =>
          (receiver as unknown as Record<string, (...given: unknown[]) => unknown>)[name]?.(...given),
      })),
    ),
  // What a schedule makes of its scalar.
  ...methodNames()
    .filter((name) => name !== "constructor")
    .map((name) => ({
      what: `scalar.${name}`,
      given: methodArguments[name] ?? [2],
      call: (...given: unknown[]) =>
        optimc.sgd({
          lr: (t) => (t as unknown as Record<string, (...given: unknown[]) => never>)[name]?.(...given) as never,
        }),
    })),
]; // prettier-ignore

const words = Object.keys(hostile);

describe("what is handed over never ends in an error of optimc's own", () => {
  it("one thing at a time, in each place", () => {
    const found = cases.flatMap(({ what, call, given }) =>
      some(words).flatMap((word) => {
        const thing = (hostile[word] as () => unknown)();
        const calls = [[thing], ...Array.from({ length: given.length + 1 }, (_, n) => given.toSpliced(n, 1, thing))];
        const said = calls.map((each) => complaint(() => functionsOf(call(...each))));
        return said.flatMap((each, n) => (each === null ? [] : [`${what}, ${word} at ${n}: ${each}`]));
      }),
    );
    expect(found).toEqual([]);
  }, 600_000);

  it("several at once, built for both targets", () => {
    const argument = fc.option(fc.constantFrom(...words), { nil: null, freq: 3 });
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.array(argument, { maxLength: 5 }), ({ what, call, given }, chosen) => {
        const each = chosen.map((word, n) => (word === null ? given[n] : (hostile[word] as () => unknown)()));
        expect(
          complaint(() => buildAll(call(...each))),
          `${what}(${chosen.join()})`,
        ).toBeNull();
      }),
      runs(120, 1),
    );
  }, 600_000);
});
