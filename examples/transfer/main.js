/**
 * Learns three classes of points with a new head on two layers that PyTorch trained for two others: trunk.safetensors, which
 * trunk.py wrote.
 *
 *   node examples/transfer/main.js
 */
import { loadWeights } from "optimc/files";
import { batches, evaluate, fit } from "optimc/train";
import transfer from "./build/transfer.js";

/** Points on a spiral; its thirds are the classes. */
function spiral(rows) {
  const angles = Array.from({ length: rows }, (_, row) => 0.5 + (9 * row) / rows);
  const point = angles.flatMap((angle) => [(angle * Math.cos(angle)) / 6, (angle * Math.sin(angle)) / 6]);
  return { point, label: angles.map((angle) => Math.min(2, Math.floor((angle - 0.5) / 3))) };
}

const net = await transfer.create({ seed: 1 });
const { loaded, kept } = await loadWeights(net, new URL("trunk.safetensors", import.meta.url).pathname, {
  // The file has the old head, too, which fits no tensor of the net.
  rename: (name) => (name.startsWith("head.") ? null : name),
  missing: "keep",
});
console.log(`from PyTorch: ${loaded.join(", ")}; new: ${kept.join(", ")}`);

const data = spiral(600);
const before = net.parameters["trunk.0.weight"].slice();
await fit(net, { data: batches(data, { size: 64, shuffle: true }), epochs: 60 });
const { accuracy } = await evaluate(net, { run: "evaluate", data });
const stayed = before.every((each, at) => each === net.parameters["trunk.0.weight"][at]);
console.log(`accuracy ${(100 * accuracy).toFixed(1)} %; the trunk ${stayed ? "is as it was" : "has changed"}`);
