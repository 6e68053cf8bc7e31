/** Three ways to a gradient: written out, derived, and a rule of one's own. node examples/autograd-by-hand/main.js */
import byHand from "./build/by-hand.js";
import derived from "./build/derived.js";
import legendre from "./build/legendre.js";

const points = 2000;
const x = Float64Array.from({ length: points }, (_, i) => -Math.PI + (2 * Math.PI * i) / (points - 1));
const y = x.map(Math.sin);

/** Trains for 2,000 steps and prints the loss at some of them, and the coefficients. */
function train(title, net, coefficients) {
  console.log(title);
  for (let step = 0; step < 2000; step++) {
    const { loss } = net.train({ x, y });
    if ([99, 499, 999, 1999].includes(step))
      console.log(`  step ${String(step).padStart(4)}: loss ${loss.toPrecision(6)}`);
  }
  const [a, b, c, d] = coefficients().map((each) => each.toFixed(5));
  return { a, b, c, d };
}

// One start for both.
const start = { a: -0.2, b: 0.5, c: 0.1, d: -0.3 };
const first = await byHand.create();
const saved = first.state();
for (const [name, value] of Object.entries(start)) saved.state[name][0] = value;
first.load(saved);
const states = () => Object.keys(start).map((name) => first.state().state[name][0]);
const found = train("gradients by hand", first, states);

const second = await derived.create();
for (const [name, value] of Object.entries(start)) second.parameters[name][0] = value;
const parametersOf = (net) => () => Object.keys(start).map((name) => net.parameters[name][0]);
train("derived gradients", second, parametersOf(second));
console.log(`  sin(x) ~ ${found.a} + ${found.b} x + ${found.c} x^2 + ${found.d} x^3`);

const third = await legendre.create();
const { a, b, c, d } = train("a gradient of one's own", third, parametersOf(third));
console.log(`  sin(x) ~ ${a} + ${b} P3(${c} + ${d} x)`);
