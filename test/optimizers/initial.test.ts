/** Options that are another option's number at the start. */
import { describe, expect, test } from "vitest";
import { OptimcError } from "../../compiler/diagnostics.js";
import * as hyper from "../../compiler/optimizers/hyper.js";
import { optimizer } from "../../compiler/optimizers/optimizer.js";
import { linearLR, reduceLROnPlateau, sequentialLR, stepLR } from "../../library/schedules/index.js";
import { schedule } from "../../compiler/optimizers/schedule.js";

const made = optimizer({
  name: "made",
  hyper: { lr: hyper.number(0.25, { from: 0 }), start: hyper.initialOf("lr", { above: 0 }) },
  state: ({ like, hyper }) => ({ kept: like(hyper.start) }),
  update: ({ param, state }) => ({ param, state }),
});

type Options = NonNullable<Parameters<typeof made>[0]>;

/** What each group's formula sees of it. */
const startsOf = (options?: Options): readonly unknown[] =>
  made(options).groups.map(({ rule }) => rule.states([])["kept"]?.value);

const faultOf = (make: () => unknown): OptimcError => {
  try {
    make();
  } catch (error) {
    if (error instanceof OptimcError) return error;
    throw error;
  }
  throw new Error("there was no error");
};

describe("initialOf", () => {
  const halving = schedule({
    shared: { rate: 0.5 },
    advance: ({ shared }) => ({ rate: shared.rate!.div(2) }),
    value: ({ shared, t }) => shared.rate!.add(t),
  });
  test.each<readonly [string, Options | undefined, readonly unknown[]]>([
    ["the default", undefined, [0.25]],
    ["a number", { lr: 2 }, [2]],
    ["a schedule at t = 0", { lr: (t) => t.add(1).pow(-0.5).mul(3) }, [3]],
    ["a schedule that is a number", { lr: (() => 4) as never }, [4]],
    ["a schedule that keeps numbers", { lr: halving }, [0.5]],
    ["a schedule of what it keeps next", { lr: schedule({ ...halving, value: ({ next }) => next.rate! }) }, [0.25]],
    ["a schedule that is fed", { lr: reduceLROnPlateau(0.5, { patience: 0 }) }, [0.5]],
    [
      "a schedule of schedules",
      { lr: sequentialLR([linearLR(1, { startFactor: 0.25 }), stepLR(1, { stepSize: 3 })], { milestones: [2] }) },
      [0.25],
    ],
    ["what is given", { lr: (t) => t, start: 7 }, [7]],
    ["of each group its own", { lr: 2, groups: { biases: { match: "*.bias", lr: 5 } } }, [5, 2]],
    ["of a group the common one", { lr: 2, groups: { biases: { match: "*.bias" } } }, [2, 2]],
  ])("%s", (_, options, wanted) => expect(startsOf(options)).toEqual(wanted));

  test.each<readonly [string, Options]>([
    ["0", { lr: 0 }],
    ["a schedule that starts with 0", { lr: (t) => t.mul(0.1) }],
    ["0 in a group", { groups: { biases: { match: "*.bias", lr: 0 } } }],
    ["0 that is given", { start: 0 }],
  ])("refuses %s", (_, options) => {
    expect(faultOf(() => made(options))).toMatchObject({
      code: "invalid-hyper",
      message: "made: option 'start' has an unusable value",
      expected: "a finite number, above 0",
      found: "the number 0",
      hint: "start" in options ? undefined : "it is lr at the start, as none is given",
    });
  });

  test.each<readonly [string, string]>([
    ["of no option", "rate"],
    ["of an option without a number", "start"],
  ])("refuses the initial value %s", (_, of) => {
    const declare = () =>
      optimizer({ name: "own", hyper: { start: hyper.initialOf(of) }, state: () => ({}), update: (given) => given });
    expect(faultOf(declare)).toMatchObject({
      code: "invalid-optimizer",
      message: "optimizer 'own': option 'start' is the initial value of no option",
      found: `the string ${JSON.stringify(of)}`,
    });
  });
});

test("fixedNumbers are of the model, and in their range", () => {
  const pair = optimizer({
    name: "pair",
    hyper: { betas: hyper.fixedNumbers([0.5, 0.75], { from: 0, below: 1 }) },
    state: ({ like, hyper }) => ({ sum: like(hyper.betas[0] + hyper.betas[1]) }),
    update: ({ param, state }) => ({ param, state }),
  });
  const sumOf = (options?: Parameters<typeof pair>[0]) => pair(options).groups[0]?.rule.states([])["sum"]?.value;
  expect([sumOf(), sumOf({ betas: [0.25, 0] })]).toEqual([1.25, 0.25]);
  expect(pair().variables).toEqual([]);
  const faults = [{ betas: [0.5] }, { betas: [0.5, 1] }, { betas: 0.5 as never }].map((each) =>
    faultOf(() => pair(each)),
  );
  expect(faults.map(({ code, expected, found }) => ({ code, expected, found }))).toMatchInlineSnapshot(`
    [
      {
        "code": "invalid-hyper",
        "expected": "2 numbers in an array",
        "found": "an array [0.5]",
      },
      {
        "code": "invalid-hyper",
        "expected": "a finite number, at least 0 and below 1",
        "found": "the number 1",
      },
      {
        "code": "invalid-hyper",
        "expected": "2 numbers in an array",
        "found": "the number 0.5",
      },
    ]
  `);
});
