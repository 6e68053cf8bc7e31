/** Builds the models that the benchmarks train. */
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";

const path = (relative) => new URL(relative, import.meta.url).pathname;
const models = [
  path("../examples/two-layer-net/two-layer-net.model.ts"),
  path("../examples/sine-polynomial/sine-polynomial.model.ts"),
  ...readdirSync(path("models")).map((file) => path(`models/${file}`)),
];
const cli = path("../dist/cli/main.js");
const build = [cli, "build", ...models, "--out-dir", path("build")];
execFileSync(process.execPath, build, { stdio: "inherit" });
