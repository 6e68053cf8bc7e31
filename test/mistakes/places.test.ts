/** Where an error of a helper stands: the user's innermost line, the calls that led there, and the layer. */
import { expect, it } from "vitest";
import { diagnose } from "./diagnose.js";

const helper = `import { linear } from "optimc";
export function block(layer, x) {
  return layer(x).relu();
}
export const layers = [8, 16, 32].map((width, i) => linear("hidden" + i, width, 16));
`;

it("a helper in a loop: the line, the call, and the layer", async () => {
  const found = await diagnose({
    "net.model.js": `import { input, model } from "optimc";
import { block, layers } from "./block.js";
let h = input("x", ["batch", 8]);
for (const layer of layers) {
  h = block(layer, h);
}
export default model("net", { dims: { batch: 4 }, functions: { run: { h } } });
`,
    "block.js": helper,
  });
  expect(found?.error.layer).toBe("hidden2");
  expect(found?.text).toContain("at block.js:3:10, in the layer 'hidden2'");
  expect(found?.text).toContain("called from: net.model.js:5:7");
  expect(found?.error.related).toHaveLength(1);
});

it("a helper in an installed package: the user's line", async () => {
  const found = await diagnose({
    "net.model.js": `import { input, model } from "optimc";
import { block, layers } from "blocks";
const x = input("x", ["batch", 9]);
export default model("net", { dims: { batch: 4 }, functions: { run: { y: block(layers[0], x) } } });
`,
    "node_modules/blocks/index.js": helper,
    "node_modules/blocks/package.json": `{ "name": "blocks", "type": "module", "exports": "./index.js" }`,
  });
  expect(found?.text).toContain("at net.model.js:4:74, in the layer 'hidden0'");
  expect(found?.text).toContain("in a package: node_modules/blocks/index.js:3:10");
});

it("recursion names each line once, and a layer that has been applied is named no more", async () => {
  const found = await diagnose({
    "net.model.js": `import { input, linear, model } from "optimc";
const layer = linear("layer", 8, 8);
const deep = (x, n) => (n === 0 ? x.sum(7) : deep(layer(x), n - 1));
export default model("net", { dims: { batch: 4 }, functions: { run: { y: deep(input("x", ["batch", 8]), 9) } } });
`,
  });
  expect(found?.error.layer).toBeUndefined();
  expect(found?.error.related.map(({ place }) => `${place?.line}:${place?.column}`)).toEqual(["3:46", "4:74"]);
});

it("an optimizer of the user's own: its line, and not that of the parameter", async () => {
  const found = await diagnose({
    "net.model.js": `import { hyper, input, minimize, model, optimizer, param } from "optimc";
const own = optimizer({
  name: "own", hyper: { lr: hyper.number(1) }, state: () => ({}),
  update: ({ param, grad }) => ({ param: param.sub(grad.sum(4)), state: {} }),
});
const w = param("w", [3], 0);
export default model("net", { functions: { train: minimize(w.square().sum(), own()) } });
`,
  });
  expect(found?.text).toContain("at net.model.js:4:57");
});
