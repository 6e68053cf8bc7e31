/** Draw gestures, say what they are, and train a net in the browser that tells them apart. */
import { database, loadCheckpoint, saveCheckpoint } from "/dist/files/default.js";
import { connect } from "/dist/train/worker.js";
import classroom from "./build/classroom.js";
import { examples, gestureOf } from "./gestures.js";

const names = ["circle", "across", "up", "corner", "wave"];
const [pad, curve, said] = ["pad", "curve", "said"].map((id) => document.getElementById(id));
const store = database("optimc classroom");
const remote = connect(new Worker(new URL("./worker.js", import.meta.url), { type: "module" }), { seed: 1 });
// The page's own net answers at once.
const net = await classroom.create({ seed: 1 });

let samples = [];
let gesture;
const say = (text) => (said.textContent = text);
const count = () =>
  say(
    `${samples.length} gestures: ${names.map((name, label) => `${name} ${samples.filter((each) => each.label === label).length}`).join(", ")}`,
  );

function answer() {
  if (!gesture) return;
  const { likely } = net.predict({ points: gesture });
  const best = likely.indexOf(Math.max(...likely));
  say(`this looks like ${names[best]}: ${(100 * likely[best]).toFixed(0)} %`);
}

const ink = pad.getContext("2d");
let path = [];
pad.addEventListener("pointerdown", (event) => {
  path = [[event.offsetX, event.offsetY]];
  ink.clearRect(0, 0, pad.width, pad.height);
  pad.setPointerCapture(event.pointerId);
});
pad.addEventListener("pointermove", (event) => {
  if (path.length === 0) return;
  ink.beginPath();
  ink.moveTo(...path.at(-1));
  path.push([event.offsetX, event.offsetY]);
  ink.lineTo(...path.at(-1));
  ink.stroke();
});
pad.addEventListener("pointerup", () => {
  if (path.length > 2) gesture = gestureOf(path);
  path = [];
  answer();
});

for (const [label, name] of names.entries()) {
  const button = Object.assign(document.createElement("button"), { textContent: `this is ${name}` });
  button.addEventListener("click", () => {
    if (gesture) samples.push({ points: gesture, label });
    gesture = undefined;
    count();
  });
  document.getElementById("names").append(button);
}
document.getElementById("examples").addEventListener("click", () => {
  samples.push(...examples());
  count();
});

const losses = [];
function draw() {
  const line = curve.getContext("2d");
  const most = Math.max(...losses, 1e-9);
  line.clearRect(0, 0, curve.width, curve.height);
  line.beginPath();
  losses.forEach((each, at) =>
    line.lineTo((at / (losses.length - 1 || 1)) * curve.width, curve.height * (1 - each / most)),
  );
  line.stroke();
}

document.getElementById("train").addEventListener("click", async () => {
  if (samples.length < 2) return say("draw at least two gestures and name them, or take the examples");
  const start = performance.now();
  losses.length = 0;
  const data = {
    points: Float32Array.from(samples.flatMap(({ points }) => points)),
    label: samples.map(({ label }) => label),
  };
  const { history } = await remote.fit({
    data,
    size: 16,
    shuffle: true,
    dropLast: samples.length >= 16,
    epochs: 80,
    onUpdate(update) {
      losses.push(...update.losses);
      draw();
    },
  });
  net.load(await remote.state());
  const took = performance.now() - start;
  const { accuracy } = net.evaluate({ points: data.points.subarray(0, 500 * 24), label: data.label.slice(0, 500) });
  await store.write("net", saveCheckpoint(net, { samples }));
  document.body.dataset.trained = JSON.stringify({ took, accuracy, epochs: history.length, losses: losses.length });
  say(
    `trained in ${took.toFixed(0)} ms: ${(100 * accuracy).toFixed(0)} % of ${samples.length} gestures are right, and the net is saved`,
  );
});

const saved = await store.read("net");
if (saved) {
  ({ samples } = await loadCheckpoint(net, saved, { graph: "any" }));
  await remote.load(net.state());
  count();
}
document.body.dataset.ready = String(samples.length);
