/** Fits a + b x + c x^2 + d x^3 to sin(x) on 2,000 points: node examples/sine-polynomial/main.js [--seed N] */
import { parseArgs } from "node:util";
import sinePolynomial from "./build/sine-polynomial.js";

const { values } = parseArgs({ options: { seed: { type: "string", default: "1" } } });
const net = await sinePolynomial.create({ seed: Number(values.seed) });

const x = Float32Array.from({ length: 2000 }, (_, i) => -Math.PI + (2 * Math.PI * i) / 1999);
const y = x.map(Math.sin);
const start = performance.now();
for (let n = 1; n <= 20_000; n++) {
  const { loss } = net.train({ x, y });
  if (n % 4000 === 0) console.log(`step ${String(n).padStart(5)}: loss ${loss.toFixed(4)}`);
}
const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => net.parameters[name][0].toFixed(4));
console.log(`sin(x) ~ ${a} + ${b} x + ${c} x^2 + ${d} x^3`);
console.log(`${(((performance.now() - start) / 20_000) * 1000).toFixed(1)} us a step`);
