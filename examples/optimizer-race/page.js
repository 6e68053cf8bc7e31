/** The page of a race: a table, and curves with confidence bands. */
import { legend, lineChart, logTicks, page, table, text } from "../chart.js";
import { interval } from "./statistics.js";
import { summary, switches, tableOf } from "./summary.js";

const count = (number) => number.toLocaleString("en-US");
/** Accuracies are drawn, and nearly normal, as logarithms of the share of errors. */
const errors = (share) => -Math.log(1 - share);
const shares = [0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995];

/** For each contestant the mean of its runs at each mark, with the bounds of the interval. */
function seriesOf({ contestants, marks }, values, spaces) {
  return contestants.map(({ name, runs }) => {
    const intervals = marks.map((_, i) => interval(runs.map((run) => values(run)[i]), spaces)); // prettier-ignore
    return { name, values: intervals.map(({ middle }) => middle), low: intervals.map(({ low }) => low), high: intervals.map(({ high }) => high) }; // prettier-ignore
  });
}

const extremes = (series) => {
  const all = series.flatMap(({ values }) => values).filter(Number.isFinite);
  return [Math.min(...all), Math.max(...all)];
};

function charts(race) {
  const x = { title: "step", values: race.marks, show: count };
  const losses = seriesOf(race, (run) => run.losses, { by: Math.log, back: Math.exp });
  const [least, most] = extremes(losses);
  // A run that went astray must not press the others together.
  const domain = [least / 1.15, Math.min(most * 1.1, 4)];
  const loss = {
    title: "training loss (cross-entropy, nats)",
    domain,
    ticks: logTicks(...domain),
    transform: Math.log,
    show: (value) => String(Number(value.toPrecision(3))),
  };
  const accuracies = seriesOf(race, (run) => run.accuracies, { by: errors, back: (x) => 1 - Math.exp(-x) });
  const [worst, best] = extremes(accuracies);
  const [low, high] = [Math.max(0, Math.min(worst, 0.6)), Math.min(0.9995, 1 - (1 - best) / 1.25)];
  const accuracy = {
    title: "test accuracy (scale: logarithm of the share of errors)",
    domain: [low, high],
    ticks: shares.filter((share) => share >= low && share <= high),
    transform: errors,
    show: (share) => `${Number((100 * share).toFixed(2))} %`,
  };
  return [
    lineChart({ title: `${race.title}: training loss`, x, y: loss, series: losses }),
    lineChart({ title: `${race.title}: test accuracy`, x, y: accuracy, series: accuracies }),
  ];
}

export function pageOf(races) {
  const names = races[0].contestants.map(({ name }) => name);
  const seeds = races[0].seeds.length;
  const bands =
    seeds > 1
      ? `A band is the 95 % confidence interval of the mean of ${seeds} seeds.`
      : "One seed, so there are no bands.";
  const sections = races.map((race) => {
    const { head, rows } = tableOf(race);
    return `<section>
<h2>${text(race.title)}</h2>
<p class="soft">${text(summary(race))}</p>
<div class="charts">
${charts(race).join("\n")}
</div>
${table(head, rows)}
<p class="soft">${text(switches(race))}</p>
</section>`;
  });
  return page(
    "Optimizers race",
    `<p>SGD generalizes, Adam converges, AdaBound and SWATS try to have both: here they train the same net from the same starts on the
same batches. The loss is the mean over the batches since the point before. ${bands} Point at a curve for its values, at a name to
see it alone; a click on a name hides it.</p>
${legend(names)}
${sections.join("\n")}
<p class="soft">In the tables the loss is that of all images trained on, after the last step (geometric mean), the accuracy
is the mean and standard deviation of the seeds, and the steps are their median.</p>`,
  );
}
