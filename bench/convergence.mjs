/**
 * What the examples reach, over several seeds: the losses of the two-layer net at steps 0, 99 and 499, of the polynomial
 * after 20,000 steps, and the accuracy on the digits after 5 and 15 epochs. `node convergence.mjs [net] [odd] [polynomial] [digits]`
 */
import { execFileSync } from "node:child_process";
import oddNet from "./build/odd-net.js";
import sinePolynomial from "./build/sine-polynomial.js";
import twoLayerNet from "./build/two-layer-net.js";
import { normals } from "../examples/random.js";

const wanted = process.argv.slice(2);
const chosen = (name) => wanted.length === 0 || wanted.includes(name);
const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;

function net(name, module, batch, into, out) {
  const at = { 0: [], 99: [], 499: [] };
  for (let seed = 1; seed <= 20; seed++) {
    const instance = module.createSync({ seed });
    const [x, y] = [normals(batch * into, 2 * seed), normals(batch * out, 2 * seed + 1)];
    for (let step = 0; step < 500; step++) {
      const { loss } = instance.train({ x, y });
      at[step]?.push(loss);
    }
  }
  console.log(
    `${name}, 20 seeds: mean loss ${mean(at[0]).toFixed(1)} at step 0, ${mean(at[99]).toFixed(1)} at step 99;`,
  );
  console.log(`  largest at step 499: ${Math.max(...at[499]).toExponential(2)}`);
}

if (chosen("net")) net("two-layer net", twoLayerNet, 64, 1000, 10);
if (chosen("odd")) net("two-layer net, odd sizes", oddNet, 63, 997, 11);

if (chosen("polynomial")) {
  const x = Float32Array.from({ length: 2000 }, (_, i) => -Math.PI + (2 * Math.PI * i) / 1999);
  const y = x.map(Math.sin);
  const losses = [1, 2, 3, 4, 5].map((seed) => {
    const instance = sinePolynomial.createSync({ seed });
    let last = 0;
    for (let step = 0; step < 20_000; step++) last = instance.train({ x, y }).loss;
    return last;
  });
  console.log(`polynomial after 20,000 steps, 5 seeds: ${losses.map((loss) => loss.toFixed(4)).join(", ")}`);
}

if (chosen("digits")) {
  const accuracy = { 5: [], 15: [] };
  for (let seed = 1; seed <= 5; seed++) {
    const main = new URL("../examples/digits/main.js", import.meta.url).pathname;
    const text = execFileSync("node", [main, "--epochs", "15", "--seed", String(seed)], { encoding: "utf8" });
    for (const epoch of [5, 15]) {
      const line = text.split("\n").find((each) => new RegExp(`epoch +${epoch} `).test(each)) ?? "";
      accuracy[epoch].push(Number(/accuracy ([\d.]+)/.exec(line)?.[1]));
    }
  }
  for (const epoch of [5, 15]) {
    console.log(
      `digits after ${epoch} epochs, 5 seeds: mean ${mean(accuracy[epoch]).toFixed(2)} % (${accuracy[epoch].join(", ")})`,
    );
  }
}
