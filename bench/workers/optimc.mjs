/** `node optimc.mjs FOLDER OPTIONS`: optimc's module, created with options such as {"target":"js"}. */
import { load, serve } from "./serve.mjs";

const folder = process.argv[2];
const options = JSON.parse(process.argv[3]);
const { module, loss, x, y } = load(folder);
const { default: compiled } = await import(`../build/${module}.js`);
const net = await compiled.create({ seed: 1, ...options });
const wanted = options.relaxed ? "wasm-relaxed" : options.target;
if (net.target !== wanted) throw new Error(`it runs as ${net.target}, not as ${wanted}`);

const name = loss === undefined ? "predict" : "train";

// As the others do, optimc holds its inputs; where they fill its capacity, it reads them in place.
const feed = loss === undefined ? { x } : { x, y };
for (const [key, view] of Object.entries(net.inputs[name])) {
  if (view.length !== feed[key].length) continue;
  view.set(feed[key]);
  feed[key] = view;
}

await serve(loss === undefined ? () => net.predict(feed).logits : () => net.train(feed).loss);
