/** Schedules are computed and checked before a call changes anything. */
import { describe, expect, it } from "vitest";
import { adam, input, minimize, model, param, type Schedule } from "../../src/index.js";
import { js } from "../../compiler/targets/js/js.js";
import { wasm } from "../../compiler/targets/wasm/wasm.js";
import { build, type BuildOptions } from "../run.js";

function trained(
  lr: Schedule | number,
  beta1: Schedule | number = 0.9,
  options: BuildOptions & { precision?: "float64" } = {},
) {
  const x = input("x", ["rows"]);
  const w = param("w", [], 1);
  const train = minimize(x.mul(w).square().sum(), adam({ lr, betas: [beta1, 0.999] }));
  return build(
    model("m", { dims: { rows: 4 }, functions: { train }, ...(options.precision && { precision: options.precision }) }),
    options,
  );
}

describe("a schedule", () => {
  it("counts the updates done before this one", () => {
    const [scheduled, plain] = [trained((t) => t.add(1).pow(-0.5).mul(0.1)), trained((t) => t.mul(0).add(0.1))];
    for (let step = 1; step <= 3; step++) {
      scheduled.call("train", { x: [1, 2] });
      plain.call("train", { x: [1, 2] }, { lr: 0.1 / Math.sqrt(step) });
    }
    expect(scheduled.parameters["w"]?.[0]).toBeCloseTo(plain.parameters["w"]?.[0] as number, 6);
  });

  it.each([
    ["leaves its range", (t) => t.mul(-0.1).add(0.15), undefined, "lr", 2],
    ["divides by zero", (t) => t.mul(0).add(1).div(t.sub(1)).abs(), undefined, "lr", 1],
    ["is not a number", (t) => t.sub(2).sqrt(), undefined, "lr", 0],
    ["reaches its bound", (t) => t.mul(0).add(0.1), (t) => t.mul(0.5), "betas", 2],
  ] as readonly (readonly [string, Schedule, Schedule | undefined, string, number])[])(
    "that %s is refused, and changes nothing",
    (_, lr, beta1, option, good) => {
      const net = trained(lr, beta1);
      for (let step = 0; step < good; step++) net.call("train", { x: [1, 2] });
      const before = JSON.stringify(net.state());
      expect(() => net.call("train", { x: [1, 2] })).toThrow(`m.train: the schedule of '${option}': expected a finite`);
      expect(JSON.stringify(net.state())).toBe(before);
    },
  );

  describe.each([
    ["js", js],
    ["wasm", wasm],
  ])("on %s", (_, target) => {
    it("that is refused leaves all memory as it is, the inputs too", () => {
      const net = trained((t) => t.mul(-0.1).add(0.15), 0.9, { target });
      net.call("train", { x: [1, 2] });
      net.call("train", { x: [3, 4] });
      const before = new Uint8Array(net.memory).slice();
      expect(() => net.call("train", { x: [5, 6] })).toThrow("the schedule of 'lr': expected a finite number from 0");
      expect(new Uint8Array(net.memory)).toEqual(before);
      net.call("train", { x: [5, 6] }, { lr: 0.1 });
      expect(new Uint8Array(net.memory)).not.toEqual(before);
    });

    it("that leaves float32 is refused in a model of float32, and in no other", () => {
      const grow: Schedule = (t) => t.mul(1e39).add(1);
      const net = trained(grow, 0.9, { target });
      net.call("train", { x: [0, 0] });
      const text = "the schedule of 'lr': expected a finite number of float32 from 0, found 1e+39";
      expect(() => net.call("train", { x: [0, 0] })).toThrow(`m.train: ${text}`);
      const double = trained(grow, 0.9, { target, precision: "float64" });
      for (let step = 0; step < 3; step++) double.call("train", { x: [0, 0] });
    });
  });
});

it("a default beyond float32 is refused in a model of float32, and in no other", () => {
  for (const made of [() => trained(1e308), () => trained(() => 1e308 as never)])
    expect(made).toThrow("adam: option 'lr' has an unusable value");
  expect(() => trained(1e308, 0.9, { precision: "float64" })).not.toThrow();
});
