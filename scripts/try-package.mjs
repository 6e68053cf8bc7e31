/** Packs the package, installs it in an empty folder, builds a model there and trains with the module. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = new URL("..", import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), "optimc-package-"));
const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });

try {
  run("npm", ["pack", "--pack-destination", folder, "--silent"], root);
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "try", private: true, type: "module" }));
  run("npm", ["install", "--no-audit", "--no-fund", `./${tarball}`], folder);
  cpSync(join(root, "examples/two-layer-net/two-layer-net.model.ts"), join(folder, "two-layer-net.model.ts"));
  console.log(run("npx", ["optimc", "build", "two-layer-net.model.ts"], folder).trim());
  writeFileSync(
    join(folder, "main.js"),
    `import { folder, loadWeights, saveWeights } from "optimc/files";
     import { batches, checkpoints, fit } from "optimc/train";
     import twoLayerNet from "./two-layer-net.js";
     const net = await twoLayerNet.create({ seed: 1 });
     const [x, y] = [new Float32Array(64000).fill(0.5), new Float32Array(640).fill(1)];
     const runs = checkpoints(folder("run"));
     const { history } = await fit(net, { data: batches({ x, y }, { size: 64 }), epochs: 100, callbacks: [runs] });
     const [first, last] = [history[0].loss, history.at(-1).loss];
     if (!(last < first / 10)) throw new Error(\`the loss went from \${first} to \${last}\`);
     await folder("runs").write("net.safetensors", saveWeights(net));
     const other = await twoLayerNet.create({ seed: 2 });
     await loadWeights(other, "runs/net.safetensors");
     if (other.predict({ x }).prediction[0] !== net.predict({ x }).prediction[0]) throw new Error("other weights came back");
     const { step } = await runs.latest(other);
     if (step !== 100 || other.predict({ x }).prediction[0] !== net.predict({ x }).prediction[0]) throw new Error("another run came back");
     console.log(\`the packed package trains: loss \${first} -> \${last}\`);`,
  );
  console.log(run("node", ["main.js"], folder).trim());
  run("npx", ["optimc", "build", "--check", "two-layer-net.model.ts"], folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
