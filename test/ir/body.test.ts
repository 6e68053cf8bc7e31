/** Bodies: instantiated they are the function, their keys tell them apart, their gradients are those of the function. */
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOptimcError } from "../../compiler/diagnostics.js";
import {
  bodiesOf,
  bodyOf,
  closureOf,
  handsOn,
  instantiate,
  nodesIn,
  opened,
  parametersOf,
  placeholder,
  type Body,
} from "../../compiler/ir/body.js";
import type { NodeId } from "../../compiler/ir/ids.js";
import type { Expression } from "../../compiler/ir/op.js";
import { size } from "../../compiler/ir/size.js";
import { add } from "../../compiler/ops/add.js";
import { sum } from "../../compiler/ops/broadcast.js";
import { customGradient, ruled } from "../../compiler/ops/customGradient.js";
import { dropout, evaluating, training } from "../../compiler/ops/dropout.js";
import { gradient } from "../../compiler/ops/gradient.js";
import { zeros } from "../../compiler/ops/initializers.js";
import { input } from "../../compiler/ops/input.js";
import { mul } from "../../compiler/ops/mul.js";
import { neg } from "../../compiler/ops/neg.js";
import { assign, state } from "../../compiler/ops/param.js";
import { sin } from "../../compiler/ops/sin.js";
import { sub } from "../../compiler/ops/sub.js";
import { tanh } from "../../compiler/ops/tanh.js";
import { withEffects } from "../../compiler/ops/withEffects.js";
import { derivativeOf } from "../../compiler/passes/reverseSweep.js";
import { nodeId } from "../ids.js";
import { runs } from "../runs.js";
import {
  closed,
  kinds,
  makeTensors,
  misuse,
  numbersOf,
  programs,
  run,
  slopeFault,
  textOf,
  type Program,
} from "./bodies.js";

const [here, there] = [makeTensors("here"), makeTensors("there")];
const outer = makeTensors("outer");

/** The function that takes some of its tensors from around it. */
const capturing =
  (program: Program) =>
  (tensors: readonly Expression[]): Expression[] =>
    run(program, [...tensors, ...outer, mul(sin(outer[0] as Expression), 2)]);

const faultOf = (work: () => unknown) => {
  try {
    work();
  } catch (error) {
    if (isOptimcError(error)) return error;
    throw error;
  }
  throw new Error("nothing was refused");
};

describe("instantiate", () => {
  test("gives what the function gives, at several arguments", () => {
    fc.assert(
      fc.property(programs(10, kinds.all), (program) => {
        const f = (tensors: readonly Expression[]) => run(program, tensors);
        const use = closed(f);
        expect(use.captured).toEqual([]);
        for (const tensors of [here, there]) expect(misuse(use, f, tensors)).toBeNull();
      }),
      runs(200, 1),
    );
  });

  test("gives it too where the function takes from around it", () => {
    fc.assert(
      fc.property(programs(10, kinds.all), (program) => {
        const use = closed(capturing(program));
        for (const tensors of [here, there]) expect(misuse(use, capturing(program), tensors)).toBeNull();
        // What is captured is an argument like any other.
        const moved = use.captured.map((each) => numbersOf([each]).flat().length);
        expect(moved.every((count) => count > 0)).toBe(true);
      }),
      runs(200, 2),
    );
  });

  test("a body in a body in a body", () => {
    fc.assert(
      fc.property(programs(6, kinds.all), programs(6, kinds.all), (first, second) => {
        const inner = closed((tensors) => run(first, tensors));
        const f = (tensors: readonly Expression[]): Expression[] => {
          const once = instantiate(inner.body, tensors);
          const twice = instantiate(inner.body, [once[0] as Expression, ...tensors.slice(1)]);
          return run(second, [...tensors, ...twice]);
        };
        expect(misuse(closed(f), f, here)).toBeNull();
      }),
      runs(100, 3),
    );
  });

  test("opened, and closed again, it is the same body", () => {
    fc.assert(
      fc.property(programs(10, kinds.all), (program) => {
        const { body } = closed((tensors) => run(program, tensors));
        expect(bodyOf("f", body.parameters, opened(body)).key).toBe(body.key);
      }),
      runs(100, 4),
    );
  });

  test("refuses arguments of another number or type", () => {
    const { body } = closed((tensors) => run({ steps: [{ kind: 0, a: 0, b: 1, c: 0 }], results: [0] }, tensors));
    expect(() => instantiate(body, here.slice(1))).toThrow(
      "a body of ([3], [3], int32 [3], bool [3], scalar [], double",
    );
    const longer = input("longer", [4]);
    expect(() => instantiate(body, [longer, ...here.slice(1)])).toThrow("is given ([4], [3]");
  });

  test("planted: two operands, two parameters or two results exchanged are found", () => {
    const f = ([x, y]: readonly Expression[]): Expression[] => [sub(x as Expression, y as Expression), x as Expression];
    const { body, captured } = closed(f);
    const planted: readonly Body[] = [
      { ...body, nodes: body.nodes.map((node) => ({ ...node, args: [...node.args].reverse() })) },
      { ...body, results: [...body.results].reverse() },
    ];
    expect(misuse({ body, captured }, f, here)).toBeNull();
    for (const each of planted) expect(misuse({ body: each, captured }, f, here)).toMatch(/^result 0 at 0/);
    const exchanged = (tensors: readonly Expression[]) => f([tensors[1], tensors[0]] as Expression[]);
    expect(misuse({ body, captured }, exchanged, here)).not.toBeNull();
  });

  test("planted: a captured tensor in the place of another is found", () => {
    const f = ([x]: readonly Expression[]) => [
      sub(mul(x as Expression, outer[0] as Expression), outer[1] as Expression),
    ];
    const { body, captured } = closed(f);
    expect(captured).toEqual([outer[0], outer[1]]);
    expect(misuse({ body, captured }, f, here)).toBeNull();
    expect(misuse({ body, captured: [...captured].reverse() }, f, here)).not.toBeNull();
  });
});

/** Whether a way to make keys tells two functions apart exactly where they are different. */
function keyFault(keyOf: (body: Body) => string, first: Program, second: Program): string | null {
  const [a, b] = [first, second].map((program, nth) => {
    const tensors = makeTensors(`named ${nth}`);
    const results = run(program, tensors);
    const nameOf = (leaf: Expression): string => `parameter ${tensors.indexOf(leaf)}`;
    return {
      key: keyOf(closureOf("f", tensors, results).body),
      text: results.map((each) => textOf(each, nameOf)).join(),
    };
  }) as [{ key: string; text: string }, { key: string; text: string }];
  if ((a.key === b.key) === (a.text === b.text)) return null;
  return `${a.text} and ${b.text} have ${a.key === b.key ? "one key" : "two keys"}`;
}

describe("the key", () => {
  /** Small functions, so that equal ones are drawn; doubles stay out, whose parameters have arguments. */
  const small = programs(2, kinds.smooth - 1).map(({ steps, results }) => ({
    steps: steps.map(({ kind, a, b, c }) => ({ kind, a: a % 2, b: b % 2, c: c % 2 })),
    results: results.slice(0, 1).map((back) => back % 2),
  }));

  test("is equal for equal bodies, whatever things are called, and for no others", () => {
    const seen = { equal: 0, other: 0 };
    fc.assert(
      fc.property(small, small, (first, second) => {
        expect(keyFault(({ key }) => key, first, second)).toBeNull();
        expect(keyFault(({ key }) => key, first, first)).toBeNull();
        const keys = [first, second].map((program) => closed((tensors) => run(program, tensors)).body.key);
        seen[keys[0] === keys[1] ? "equal" : "other"]++;
      }),
      runs(2000, 5),
    );
    expect(seen.equal).toBeGreaterThan(5);
    expect(seen.other).toBeGreaterThan(5);
  });

  test("does not depend on what is shared", () => {
    const shared = closed(([x]) => [mul(...twice(sin(x as Expression)))]);
    const apart = closed(([x]) => [mul(sin(x as Expression), sin(x as Expression))]);
    expect(apart.body.nodes.length).toBe(shared.body.nodes.length + 1);
    expect(apart.body.key).toBe(shared.body.key);
  });

  test("depends on types of parameters, even of those that nothing reads, and on bodies inside", () => {
    const keyOf = (...types: readonly (readonly number[])[]): string =>
      bodyOf(
        "f",
        types.map((shape) => ({ shape: shape.map(size), element: "float" })),
        [placeholder(0, { shape: [size(3)], element: "float" })],
      ).key;
    expect(new Set([keyOf([3]), keyOf([3], [3]), keyOf([3], [4]), keyOf([3], [3, 1])]).size).toBe(4);
    const withRule = (factor: number): string =>
      closed(([x]) => [customGradient(sin(x as Expression), x, (dy) => mul(dy, factor))]).body.key;
    expect(withRule(2)).toBe(withRule(2));
    expect(withRule(2)).not.toBe(withRule(3));
  });

  const faultIn = (keyOf: (body: Body) => string): string | null => {
    const found = fc.sample(fc.tuple(small, small), { numRuns: 800, seed: 6 });
    for (const [first, second] of found) {
      const fault = keyFault(keyOf, first, second) ?? keyFault(keyOf, first, first);
      if (fault !== null) return fault;
    }
    return null;
  };

  test("planted: a key without numbers, without operands or with names is found", () => {
    expect(faultIn(({ key }) => key)).toBeNull();
    expect(faultIn(({ key }) => key.replace(/value=number:[\d.]+/g, ""))).toMatch(/have one key$/);
    expect(faultIn(({ key }) => key.replace(/\([\d,]+\)/g, ""))).toMatch(/have one key$/);
    let nth = 0;
    expect(faultIn(({ key }) => `${key} ${nth++ % 2}`)).toMatch(/have two keys$/);
  });
});

const twice = (x: Expression): [Expression, Expression] => [x, x];

describe("the gradient", () => {
  test("agrees with differences, with bodies inside and parameters of every element type", () => {
    fc.assert(
      fc.property(programs(5, kinds.all), (program) => {
        const use = closed((tensors) => run(program, tensors));
        expect(slopeFault(use, derivativeOf(use.body), here)).toBeNull();
      }),
      runs(100, 7),
    );
  });

  test("agrees with them for what is captured", () => {
    fc.assert(
      fc.property(programs(5, kinds.all), (program) => {
        const use = closed(capturing(program));
        expect(slopeFault(use, derivativeOf(use.body), here)).toBeNull();
      }),
      runs(60, 8),
    );
  });

  test("of the gradient agrees too", () => {
    fc.assert(
      fc.property(programs(3, kinds.smooth), (program) => {
        const once = derivativeOf(closed((tensors) => run(program, tensors)).body);
        const cotangents = once.parameters.slice(here.length).map((_, at) => input(`weight ${at}`, [3]));
        expect(slopeFault({ body: once, captured: [] }, derivativeOf(once), [...here, ...cotangents])).toBeNull();
      }),
      runs(60, 9),
    );
  });

  test("has a result for each float parameter, and 0 where nothing flows", () => {
    const { body } = closed(([x]) => [sin(x as Expression), x as Expression]);
    const derived = derivativeOf(body);
    expect(derived.results.length).toBe(2);
    expect(derived.parameters.length).toBe(body.parameters.length + 2);
    const [, none] = numbersOf(instantiate(derived, [...here, ...here.slice(0, 2)]));
    expect(none).toEqual([0, 0, 0]);
    expect(derivativeOf(body)).toBe(derived);
  });

  test("planted: a sign, a cotangent or a parameter mistaken is found", () => {
    const use = closed(([x, y]) => [mul(sin(x as Expression), y as Expression), tanh(y as Expression)]);
    const right = derivativeOf(use.body);
    const changed = (change: (results: readonly Expression[]) => readonly Expression[]): Body =>
      bodyOf("f", right.parameters, change(opened(right)));
    expect(slopeFault(use, right, here)).toBeNull();
    expect(
      slopeFault(
        use,
        changed(([dx, dy]) => [neg(dx as Expression), dy as Expression]),
        here,
      ),
    ).toMatch(/^d\/d/);
    expect(
      slopeFault(
        use,
        changed((all) => [...all].reverse()),
        here,
      ),
    ).toMatch(/^d\/d here.float/);
    const exchanged = { ...right, nodes: right.nodes.map((node) => ({ ...node, args: node.args.map(swap) })) };
    expect(slopeFault(use, exchanged, here)).toMatch(/^d\/d/);
  });

  /** The parameters of the two cotangents exchanged. */
  const swap = (id: NodeId): NodeId => nodeId({ 6: 7, 7: 6 }[Number(id)] ?? id);
});

describe("what is captured", () => {
  const [x, w] = [input("x", [3]), input("w", [3])];

  test("is what is computed from no parameter, whole and once; literals stay", () => {
    const factor = tanh(mul(w, 3));
    const { body, captured } = closureOf("f", [x], [add(mul(x, factor), mul(factor, 2)), factor]);
    // mul(factor, 2) is computed from no parameter either.
    expect(captured.map(({ op }) => op.definition.name)).toEqual(["tanh", "mul"]);
    expect(captured[0]).toBe(factor);
    expect(body.nodes.slice(3).map(({ op }) => op.definition.name)).toEqual(["mul", "add"]);
    expect([...parametersOf(body, 0)].sort()).toEqual([0, 1, 2]);
    expect([...parametersOf(body, 1)]).toEqual([1]);
  });

  test("is the tensor itself where a gradient in the body is with respect to it", () => {
    const inner = sin(w);
    const { captured } = closureOf("f", [x], [gradient(sum(mul(inner, x)), w) as Expression]);
    expect(captured).toEqual([w]);
  });

  test("has the mode of what it is in", () => {
    const noisy = dropout(w, 0.5);
    const { captured } = closureOf("f", [x], [add(evaluating(mul(x, noisy)), mul(x, noisy))]);
    expect(captured.map(({ op }) => op === evaluating)).toEqual([true, false]);
    expect(captured[0]?.args[0]).toBe(noisy);
    expect(closureOf("f", [x], [training(x)]).captured).toEqual([]);
  });

  test("hands on what is only handed on", () => {
    expect(handsOn(closureOf("f", [x], [x, w]).body)).toBe(true);
    expect(handsOn(closureOf("f", [x], [sin(x)]).body)).toBe(false);
  });

  test("is found through bodies: an inner rule's are the outer rule's too", () => {
    const y = customGradient(sin(x), x, (dy) => customGradient(mul(dy, 2), dy, (ddy) => mul(ddy, mul(w, dy))));
    const [rule] = bodiesOf(y) as readonly [Body];
    expect(y.op).toBe(ruled);
    expect(y.args.slice(2)).toEqual([w]);
    const inner = rule.nodes.flatMap(bodiesOf);
    expect(inner).toHaveLength(1);
    expect(inner[0]?.parameters).toHaveLength(2);
    expect([...nodesIn(rule.nodes)].length).toBe(rule.nodes.length + (inner[0]?.nodes.length ?? 0));
  });

  test("is no leaf inside: a body that is not closed is a defect", () => {
    expect(() => bodyOf("f", [x], [add(placeholder(0, x), w)])).toThrow("f: input is no argument");
    expect(() => bodyOf("f", [x], [placeholder(1, x)])).toThrow("f: no parameter 1 of type [3]");
  });
});

describe("effects", () => {
  const x = input("x", [3]);
  const count = state("count", [3], zeros());

  test("are refused, at their place in the body or beside it", () => {
    const attached = (inside: Expression, value: Expression): Expression =>
      withEffects(inside, [assign(count, () => value)]);
    for (const value of [x, mul(x, 2), input("y", [3])]) {
      const fault = faultOf(() => closureOf("the rule", [x], [attached(sin(x), value)]));
      expect(fault).toMatchObject({ code: "invalid-argument", message: "the rule has an effect" });
      expect(fault.found).toBe("assign in it, or in a layer that it applies");
    }
    const fault = faultOf(() => customGradient(sin(x), x, (dy) => attached(mul(dy, 2), dy)));
    expect(fault.message).toBe("customGradient: the rule has an effect");
  });

  test("of what is captured stay outside", () => {
    const kept = withEffects(input("y", [3]), [assign(count, () => x)]);
    expect(closureOf("f", [input("z", [3])], [kept]).captured).toEqual([kept]);
  });
});
