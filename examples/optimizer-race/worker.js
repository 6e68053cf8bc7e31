/** Runs what it is sent, one run after the other. */
import { parentPort } from "node:worker_threads";
import { read, run } from "./run.js";

let last = null;

parentPort.on("message", async ({ source, ...job }) => {
  if (last?.source !== source) last = { source, data: read(source) };
  try {
    parentPort.postMessage({ result: await run({ ...job, data: last.data }) });
  } catch (error) {
    parentPort.postMessage({ error });
  }
});
