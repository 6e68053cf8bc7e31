/** Who is measured: a name, and the command that serves a workload from a folder. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const path = (relative) => new URL(relative, import.meta.url).pathname;

/** Runs a command for the line it prints; undefined where it fails. */
function lineOf(file, ...args) {
  const { status, stdout } = spawnSync(file, args, { encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}

const oldNode = process.execPath;
const newNode = path("node_modules/node26/bin/node");
const python = process.env.PYTHON ?? "python3";

export const versions = {
  node: process.version,
  newNode: lineOf(newNode, "--version"),
  torch: lineOf(python, "-c", "import torch; print(torch.__version__)"),
};
const [old, current] = [process.version, versions.newNode].map((version) => `Node ${version?.slice(1).split(".")[0]}`);

export const calibrations = { [old]: [oldNode, path("calibration.mjs")] };
if (versions.newNode !== undefined) calibrations[current] = [newNode, path("calibration.mjs")];

const worker = (node, file, ...options) => ({
  command: (folder) => [node, path(`workers/${file}`), folder, ...options],
});
const optimc = (node, options) => worker(node, "optimc.mjs", JSON.stringify(options));

/** Whether the build wrote WebAssembly beside JavaScript, so that there is a choice. */
const wasm = existsSync(path("build/two-layer-net.wasm"));

/** `needs` says what a contestant cannot do without; `only`, what it is worth waiting for. */
const all = {
  optimc: { ...optimc(oldNode, { target: "wasm" }), needs: "wasm" },
  "optimc, JavaScript": optimc(oldNode, { target: "js" }),
  [`optimc, ${current}`]: { ...optimc(newNode, { target: "wasm" }), needs: "wasm" },
  [`optimc relaxed, ${current}`]: { ...optimc(newNode, { target: "wasm", relaxed: true }), needs: "wasm" },
  "jax-js": worker(oldNode, "jax.mjs"),
  [`jax-js, ${current}`]: worker(newNode, "jax.mjs"),
  "TensorFlow.js, WebAssembly": worker(oldNode, "tfjs.mjs", "wasm"),
  "TensorFlow.js, CPU": { ...worker(oldNode, "tfjs.mjs", "cpu"), only: /^W[1238]/ },
  "PyTorch, 1 thread": { command: (folder) => [python, path("workers/pytorch.py"), folder], needs: "torch" },
};

/** What is there, and a sentence about each that is not. */
export function contestants() {
  const missing = [];
  if (!wasm) missing.push("optimc's WebAssembly target: the build wrote no .wasm");
  if (versions.torch === undefined) missing.push(`PyTorch: ${python} cannot import torch`);
  if (versions.newNode === undefined) missing.push("a current Node: the package node26 is not installed");
  const present = Object.entries(all).filter(
    ([name, { needs }]) =>
      !(needs === "wasm" && !wasm) &&
      !(needs === "torch" && versions.torch === undefined) &&
      !(name.endsWith(current) && versions.newNode === undefined),
  );
  return { present: present.map(([name, contestant]) => ({ name, ...contestant })), missing };
}
