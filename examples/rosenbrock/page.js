/** The page: f by step, and a map for each optimizer with its path on it. */
import { axes, legend, lineChart, lineStyle, logTicks, page, scale, table, text, through } from "../chart.js";

/** The level line f = level: 1 - x and 10 (y - x^2) are the coordinates of a circle. */
function contour(level, across, up) {
  const radius = Math.sqrt(level);
  return Array.from({ length: 721 }, (_, i) => {
    const angle = (2 * Math.PI * i) / 720;
    const x = 1 - radius * Math.cos(angle);
    return [across(x), up(x * x + (radius * Math.sin(angle)) / 10)];
  });
}

const [width, height] = [320, 270];
const frame = { left: 30, right: width - 6, top: 8, bottom: height - 24 };
const across = scale([-1.7, 1.7], [frame.left, frame.right]);
const up = scale([-0.8, 2], [frame.bottom, frame.top]);
const levels = [0.01, 0.1, 1, 10, 100, 1000];
const show = String;

/** What all maps have in common, drawn once and used by each. */
const map = `<svg width="0" height="0" style="position:absolute" aria-hidden="true"><defs>
<clipPath id="within"><rect x="${frame.left}" y="${frame.top}" width="${frame.right - frame.left}" height="${frame.bottom - frame.top}"/></clipPath>
<g id="map"><g clip-path="url(#within)">
${levels.map((level) => `<path class="contour" d="${through(contour(level, across, up))}"/>`).join("\n")}
</g>
${axes(frame, { title: "", ticks: [-1, 0, 1], show, at: across }, { title: "", ticks: [0, 1, 2], show, at: up })}
<circle class="minimum" cx="${across(1)}" cy="${up(1)}" r="4"/></g></defs></svg>`;

function panel({ name, rate, path, reached }, i) {
  const walked = path.slice(0, Math.min(reached, path.length - 1) + 1);
  const point = ({ x, y }) => [across(x), up(y)];
  // Steps that move by less than half a pixel together are one line.
  const points = [point(walked[0])];
  for (const each of [...walked.slice(1, -1).map(point), point(walked.at(-1))]) {
    const [x, y] = points.at(-1);
    if (Math.hypot(each[0] - x, each[1] - y) > 0.5) points.push(each);
  }
  const dots = [0, 1, 10, 100, 1000, 10_000].filter((step) => step < walked.length);
  const title = reached === Infinity ? "not there" : `${reached.toLocaleString("en-US")} steps`;
  return `<figure class="series" data-name="${text(name)}" style="${lineStyle(i)};--dash:none">
<figcaption>${text(name)} <span class="soft">lr ${rate}: ${title}</span></figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${text(`The path of ${name}`)}"><use href="#map"/>
<g clip-path="url(#within)"><path class="line" d="${through(points)}"/>
${dots
  .map((step) => {
    const { x, y, f } = walked[step];
    return `<circle class="dot" cx="${across(x).toFixed(2)}" cy="${up(y).toFixed(2)}" r="4"><title>step ${step}: (${x.toFixed(3)}, ${y.toFixed(3)}), f = ${f.toPrecision(3)}</title></circle>`;
  })
  .join("\n")}</g></svg></figure>`;
}

/** The steps of a logarithmic axis: about twenty to a decade. */
function marksOf(steps) {
  const marks = [];
  for (let mark = 1; mark < steps; mark = Math.ceil(mark * 1.12)) marks.push(mark);
  return [...marks, steps];
}

export function pageOf({ contestants, steps, goal, head, rows }) {
  const names = contestants.map(({ name }) => name);
  const marks = marksOf(steps);
  const series = contestants.map(({ name, path }) => {
    const values = marks.map((mark) => path[mark]?.f ?? NaN);
    return { name, values, low: values, high: values };
  });
  const domain = [1e-8, 100];
  const chart = lineChart({
    title: "f by step",
    x: { title: "step", values: marks, show: (step) => step.toLocaleString("en-US") },
    y: { title: "f (less than 1e-8 at the foot)", domain, ticks: logTicks(...domain), transform: Math.log, show: (f) => f.toExponential(Number.isInteger(Math.log10(f)) ? 0 : 1) }, // prettier-ignore
    series,
  });
  return page(
    "Over Rosenbrock's function",
    `<p>Each optimizer walks from (-1.2, 1) towards the minimum of f(x, y) = (1 - x)² + 100 (y - x²)² at (1, 1), at the learning
rate that first has f &lt; ${goal} for good, of those tried: 1 and 3 times powers of ten from 0.0001 to 1. Level lines stand at f =
${levels.join(", ")}; dots mark steps 0, 1, 10, 100 and 1,000, and tell where they are. A step of LBFGS looks at f several times.</p>
<style>.contour { fill: var(--ink); fill-opacity: .045; stroke: var(--soft); stroke-opacity: .35 } .minimum { fill: none; stroke: var(--ink); stroke-width: 1.5 }</style>
${legend(names)}
<div class="charts">${chart}<div>${table(head, rows)}</div></div>
<h2>The paths</h2>
${map}
<div class="panels">${contestants.map(panel).join("\n")}</div>`,
  );
}
