/** The table of a race, in words and numbers. */
import { deviation, interval, mean, median } from "./statistics.js";
import { batch } from "./run.js";

const count = (number) => number.toLocaleString("en-US");
const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

/** What raced on what. */
export const summary = ({ title, data, seeds, steps }) =>
  `${title}: ${count(data.train.labels.length)} images to train on, ${count(data.test.labels.length)} to test; ` +
  `784-100-10 net, ${count(steps)} steps of ${batch} images, ${seeds.length} seed${seeds.length === 1 ? "" : "s"}`;

/** The first mark at which the accuracy is the goal's; the median of the seeds. */
function stepsTo(goal, { runs }, marks) {
  const reached = runs.map(({ accuracies }) => marks[accuracies.findIndex((each) => each >= goal)] ?? Infinity);
  const middle = median(reached);
  return middle === Infinity ? "never" : count(middle);
}

/** When optimizers of two phases went over, a line for each. */
export function switches({ contestants }) {
  const lines = contestants
    .filter(({ runs }) => runs[0].phases)
    .map(({ name, runs }) => {
      const steps = runs.map(({ switched }) => (switched === null ? "never" : count(switched)));
      return `${name} was in its second phase by step: ${steps.join(", ")} (by seed).\n`;
    });
  return lines.join("");
}

/** The table as its head and rows, and as text. */
export function tableOf({ goal, marks, contestants }) {
  const head = [
    "optimizer",
    "train loss",
    "test accuracy",
    `steps to ${percent(goal)}`,
    "time per step",
    "bytes of state",
  ];
  const rows = contestants.map((contestant) => {
    const { name, runs, step, bytes } = contestant;
    const last = runs.map(({ testAccuracy }) => 100 * testAccuracy);
    const spread = runs.length > 1 ? ` ± ${deviation(last).toFixed(2)}` : "";
    const loss = interval(runs.map(({ trainLoss }) => trainLoss), { by: Math.log, back: Math.exp }).middle; // prettier-ignore
    return [
      name,
      loss.toPrecision(3),
      `${mean(last).toFixed(2)}${spread} %`,
      stepsTo(goal, contestant, marks),
      `${step.toFixed(2)} ms`,
      count(bytes),
    ];
  });
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i].length)));
  const line = (cells) =>
    cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("   ");
  return { head, rows, text: [head, ...rows].map(line).join("\n") };
}
