/** One contestant's run: a net of its own, which starts and sees its batches as those of all others with this seed. */
import { pixels, readDigits, readIdx, split } from "../images.js";
import { shuffled } from "../random.js";

export const batch = 64;
const race = "./build/race.js";
const create = async (module, seed) => (await import(module)).default.create({ seed });

/** The data that `source` names: the digits, those of their rows to train on split once more, or a folder of IDX files. */
export function read(source) {
  if (source === "digits") return readDigits(1);
  if (source === "validation") return split(readDigits(1).train, 7000);
  return readIdx(source);
}

export const stepsOf = ({ train }, epochs) => Math.round(Math.floor(train.labels.length / batch) * epochs);

/** The steps after which a run is looked at: 10, and on by a tenth, up to the last. */
export function marksOf(steps) {
  const marks = [];
  for (let mark = Math.min(10, steps); mark < steps / 1.05; mark = Math.ceil(mark * 1.1)) marks.push(mark);
  return [...marks, steps];
}

/** Mean loss and accuracy over all rows. */
function evaluate(net, { images, labels }) {
  const size = 1000;
  const sums = { loss: 0, accuracy: 0 };
  for (let from = 0; from < labels.length; from += size) {
    const to = Math.min(from + size, labels.length);
    const rows = { images: images.subarray(from * pixels, to * pixels), labels: labels.subarray(from, to) };
    const { loss, accuracy } = net.evaluate(rows);
    sums.loss += (loss * (to - from)) / labels.length;
    sums.accuracy += (accuracy * (to - from)) / labels.length;
  }
  return sums;
}

/** Batches of an epoch after the other, each in an order of its own; what is left of an epoch is dropped. They are copied into `feed`. */
function* batches({ images, labels }, seed, feed) {
  for (let epoch = 0; ; epoch++) {
    const order = shuffled(labels.length, 1000 * seed + epoch);
    for (let from = 0; from + batch <= order.length; from += batch) {
      for (let row = 0; row < batch; row++) {
        const source = order[from + row];
        feed.images.set(images.subarray(source * pixels, (source + 1) * pixels), row * pixels);
        feed.labels[row] = labels[source];
      }
      yield feed;
    }
  }
}

/** As many rows of the test are looked at while training. */
const glance = 2000;

/**
 * Trains for `steps`. The curve has, at each mark, the mean loss of the batches since the mark before, each from before its
 * update, and the accuracy on the first rows of the test. At the end there are the loss of all rows trained on and the
 * accuracy of the whole test. `switched` is the mark at which an optimizer of two phases was first seen in the second.
 */
export async function run({ data, module = race, name, seed, steps }) {
  const net = await create(module, seed);
  const marks = marksOf(steps);
  const first = { images: data.test.images.subarray(0, glance * pixels), labels: data.test.labels.subarray(0, glance) };
  const source = batches(data.train, seed, net.inputs[name]);
  const phase = () => net.state().functions[name].shared?.phase;
  const phases = phase() !== undefined;
  const curve = { losses: [], accuracies: [] };
  let switched = null;
  let [sum, since] = [0, 0];
  for (let step = 1; step <= steps; step++) {
    sum += net[name](source.next().value).loss;
    since++;
    if (step !== marks[curve.losses.length]) continue;
    curve.losses.push(sum / since);
    curve.accuracies.push(evaluate(net, first).accuracy);
    if (phases && switched === null && phase()[0] > 0) switched = step;
    [sum, since] = [0, 0];
  }
  const [trainLoss, testAccuracy] = [evaluate(net, data.train).loss, evaluate(net, data.test).accuracy];
  return { ...curve, trainLoss, testAccuracy, phases, switched };
}

/** Milliseconds of a step, the batch being there: the median of many. */
export async function time(data, name) {
  const net = await create(race, 1);
  const feed = batches(data.train, 1, net.inputs[name]).next().value;
  const times = Array.from({ length: 120 }, () => {
    const start = performance.now();
    net[name](feed);
    return performance.now() - start;
  });
  return times.slice(20).sort((a, b) => a - b)[50];
}
