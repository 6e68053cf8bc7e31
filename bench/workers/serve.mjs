/**
 * What the workers share: reading a workload, and the protocol, a line in and a line out.
 *
 *   losses N -> the losses of the next N steps, as JSON
 *   time N   -> milliseconds a step, over N steps
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** The workload that `prepare` wrote into a folder, with its arrays: `x`, `y` and `parameters`, in order. */
export function load(folder) {
  const bytes = (key) => new Uint8Array(readFileSync(join(folder, key))).buffer;
  const workload = JSON.parse(readFileSync(join(folder, "workload.json"), "utf8"));
  const labels = workload.loss === "cross-entropy";
  return {
    ...workload,
    x: new Float32Array(bytes("x")),
    y: workload.inputs.includes("y") ? new (labels ? Int32Array : Float32Array)(bytes("y")) : undefined,
    parameters: workload.parameters.map((key) => new Float32Array(bytes(key))),
  };
}

/** A step of training returns its loss; inference returns an array, of which the sum of squares is compared. */
const comparable = (result) =>
  typeof result === "number" ? result : result.reduce((sum, value) => sum + value ** 2, 0);

export async function serve(step) {
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, count] = line.split(" ");
    if (command === "losses") {
      console.log(JSON.stringify(Array.from({ length: count }, () => comparable(step()))));
    } else {
      const start = performance.now();
      for (let n = 0; n < count; n++) step();
      console.log((performance.now() - start) / count);
    }
  }
}
