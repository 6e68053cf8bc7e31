/** Builds the models that the benchmarks train. */
import { execFileSync } from "node:child_process";

const models = [
  "../examples/two-layer-net/two-layer-net.model.ts",
  "../examples/sine-polynomial/sine-polynomial.model.ts",
  "odd-net.model.ts",
].map((path) => new URL(path, import.meta.url).pathname);
const cli = new URL("../dist/src/cli/main.js", import.meta.url).pathname;
execFileSync("node", [cli, "build", ...models, "--out-dir", new URL("build", import.meta.url).pathname], {
  stdio: "inherit",
});
