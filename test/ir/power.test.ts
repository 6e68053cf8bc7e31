import { describe, expect, it } from "vitest";
import { wholePower } from "../../compiler/ir/power.js";
import { powerHelper } from "../../compiler/targets/js/power.js";

/** x^n rounded to a double, by exact arithmetic on the fraction that x is. */
function exactPower(x: number, n: number): number {
  let [numerator, shift] = [x, 0];
  while (!Number.isInteger(numerator)) [numerator, shift] = [numerator * 2, shift + 1];
  const power = BigInt(numerator) ** BigInt(n);
  const bits = power.toString(2).length;
  const drop = Math.max(0, bits - 64);
  return Number(power >> BigInt(drop)) * 2 ** Math.max(-1000, drop - shift * n) * (drop - shift * n < -1000 ? 0 : 1);
}

describe("whole power", () => {
  it("is within an ulp of the exact power", () => {
    for (const x of [0.9, 0.999, 0.95, 0.5, 0.9999, 0.1, 1.0001, -0.75]) {
      for (const n of [1, 2, 3, 7, 10, 100, 999, 1000, 2047]) {
        const exact = exactPower(x, n);
        if (Math.abs(exact) < 1e-290) continue;
        expect(Math.abs(wholePower(x, n) / exact - 1)).toBeLessThanOrEqual(2 ** -52);
      }
    }
  });

  it("has the exact values at the edges", () => {
    expect(wholePower(0.9, 0)).toBe(1);
    expect(wholePower(0.999, 1)).toBe(0.999);
    expect(wholePower(0, 5)).toBe(0);
    expect(wholePower(0.999, 1e7)).toBe(0);
    expect(wholePower(0.999999999, 2 ** 40)).toBe(0);
  });

  it("is emitted as it is evaluated", () => {
    const url = `data:text/javascript,${encodeURIComponent(`${powerHelper.text}\nexport default power;`)}`;
    return import(/* @vite-ignore */ url).then(({ default: power }: { default: (x: number, n: number) => number }) => {
      for (let n = 0; n < 3000; n += 7) {
        for (const x of [0.9, 0.999, 0.99999, -0.3]) expect(power(x, n)).toBe(wholePower(x, n));
      }
    });
  });
});
