/**
 * Charts in SVG and the page around them, which loads nothing, follows the reader's light or dark scheme, and can be read
 * where colours cannot: every line is labelled, and the second half of the colours is dashed.
 */
import { readFileSync } from "node:fs";

const client = readFileSync(new URL("chart-client.js", import.meta.url), "utf8");

/** Six colours that stay apart in every kind of colour blindness (after Okabe and Ito), in light and in dark. */
const colours = [
  ["#333333", "#e4e4e4"],
  ["#0072b2", "#4fb0ec"],
  ["#c84f00", "#ff8a4a"],
  ["#00805d", "#2fc79a"],
  ["#b0508a", "#e79cc8"],
  ["#a87400", "#f0b93a"],
];

/** How the i-th line of a chart is drawn. */
export const lineStyle = (i) =>
  `--line:var(--colour${i % colours.length})${i % (2 * colours.length) < colours.length ? "" : ";--dash:5 3"}`;

const variables = (scheme) => colours.map((pair, i) => `--colour${i}:${pair[scheme]}`).join(";");

const style = `
:root { color-scheme: light dark; --ink: #222; --soft: #666; --grid: #e3e3e3; --paper: #fff; ${variables(0)} }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --soft: #a4a4a4; --grid: #353535; --paper: #161616; ${variables(1)} }
}
body { margin: 0 auto; padding: 24px 20px 60px; max-width: 1240px; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Liberation Sans", sans-serif; }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 8px } h2 { font-size: 19px; margin: 36px 0 4px }
p { max-width: 46em; margin: 4px 0 12px } .soft { color: var(--soft) }
figure { margin: 0; position: relative } figcaption { font-weight: 600; margin: 0 0 2px }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 20px 16px }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 270px), 1fr)); gap: 16px }
svg { display: block; width: 100%; height: auto; overflow: visible }
text { font: 12px system-ui, "Liberation Sans", sans-serif; fill: var(--soft) }
.grid { stroke: var(--grid); fill: none } .axis { stroke: var(--soft); fill: none }
.line { fill: none; stroke: var(--line); stroke-width: 1.8; stroke-dasharray: var(--dash); stroke-linejoin: round }
.band { fill: var(--line); fill-opacity: .13; stroke: none } .leader { fill: none; stroke: var(--line); stroke-opacity: .5 }
text.label { fill: var(--line); font-weight: 600 }
.cursor { stroke: var(--soft); stroke-dasharray: 2 2; visibility: hidden }
.dot { fill: var(--line); stroke: var(--paper) }
.picked .series:not(.on) { opacity: .13 } .picked .series.on .line { stroke-width: 2.8 } .picked .on .band { fill-opacity: .3 }
.series.off { display: none }
.legend { display: flex; flex-wrap: wrap; gap: 4px 6px; margin: 8px 0 12px }
.legend button { font: inherit; font-size: 13px; color: inherit; background: none; border: 1px solid var(--grid); border-radius: 6px;
  padding: 2px 8px 2px 6px; cursor: pointer; display: flex; align-items: center; gap: 6px }
.legend button svg { width: 26px; height: 8px } .legend button[aria-pressed="false"] { opacity: .4; text-decoration: line-through }
.legend button:focus-visible { outline: 2px solid var(--colour1) }
.values { position: absolute; top: 34px; pointer-events: none; visibility: hidden; background: var(--paper); border: 1px solid var(--soft);
  border-radius: 6px; padding: 5px 9px; font-size: 12px; line-height: 1.4; white-space: nowrap; z-index: 1 }
.values td { padding: 0 0 0 10px; text-align: right } .values td:first-child { padding: 0; text-align: left }
.values b { display: inline-block; width: 14px; margin-right: 6px; vertical-align: middle; border-top: 3px solid var(--line) }
.scroll { overflow-x: auto } table.results { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 14px }
.results th { text-align: right; font-weight: 600; border-bottom: 1px solid var(--soft); padding: 3px 0 3px 22px; white-space: nowrap }
.results td { text-align: right; border-bottom: 1px solid var(--grid); padding: 3px 0 3px 22px; white-space: nowrap }
.results :is(th, td):first-child { text-align: left; padding-left: 0 }
`;

/** Text within HTML and SVG. */
export const text = (given) =>
  String(given).replace(/[&<>"]/g, (each) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[each]);

/** A whole page, well-formed as XML too. */
export const page = (title, body) => `<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>${text(title)}</title>
<style>${style}</style>
</head>
<body>
<h1>${text(title)}</h1>
${body}
<script>//<![CDATA[
${client}//]]></script>
</body>
</html>
`;

/** A table of texts, the first column of which names the row. */
export function table(head, rows) {
  const row = (cells, kind) => `<tr>${cells.map((each) => `<${kind}>${text(each)}</${kind}>`).join("")}</tr>`;
  return `<div class="scroll"><table class="results"><thead>${row(head, "th")}</thead>
<tbody>${rows.map((cells) => row(cells, "td")).join("\n")}</tbody></table></div>`;
}

/** Buttons that show a line alone while pointed at, and hide and show it, in all charts of the page. */
export const legend = (names) =>
  `<div class="legend">${names
    .map(
      (name, i) => `<button type="button" aria-pressed="true" data-name="${text(name)}" style="${lineStyle(i)}">
<svg viewBox="0 0 26 8"><path class="line" d="M0 4H26"/></svg>${text(name)}</button>`,
    )
    .join("\n")}</div>`;

/** From numbers to places: `transform` is increasing, and places are even in what it gives. */
export function scale([from, to], [start, end], transform = (x) => x) {
  const [low, high] = [transform(from), transform(to)];
  return (x) => start + ((transform(x) - low) / (high - low)) * (end - start);
}

/** 1, 2 and 5 times powers of ten; powers alone where those would be too many. */
export function logTicks(from, to) {
  const powers = [];
  for (let power = Math.floor(Math.log10(from)); power <= Math.ceil(Math.log10(to)); power++) powers.push(power);
  const factors = to / from > 2e3 ? [1] : [1, 2, 5];
  return powers
    .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((tick) => tick >= from * 0.999 && tick <= to * 1.001);
}

const place = (number) => Math.round(number * 100) / 100;

/** A path through points. */
export const through = (points) => `M${points.map(([x, y]) => `${place(x)} ${place(y)}`).join("L")}`;

/** Places for labels that would like to stand at `wanted`: as near as may be, `gap` apart, and within the range. */
export function spread(wanted, gap, [top, bottom]) {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a] - wanted[b]);
  const places = [...wanted];
  order.forEach((each, i) => {
    places[each] = Math.max(wanted[each], i === 0 ? top : places[order[i - 1]] + gap);
  });
  [...order].reverse().forEach((each, i, all) => {
    places[each] = Math.min(places[each], i === 0 ? bottom : places[all[i - 1]] - gap);
  });
  return places;
}

/** Axes with their lines, numbers and titles. An axis: { title, ticks, show, at }, where `at` is its scale. */
export function axes({ left, right, top, bottom }, x, y) {
  return [
    ...y.ticks.map((tick) => `<path class="grid" d="M${left} ${place(y.at(tick))}H${right}"/>`),
    ...x.ticks.map((tick) => `<path class="grid" d="M${place(x.at(tick))} ${top}V${bottom}"/>`),
    `<path class="axis" d="M${left} ${top}V${bottom}H${right}"/>`,
    ...y.ticks.map(
      (tick) => `<text x="${left - 6}" y="${place(y.at(tick) + 4)}" text-anchor="end">${text(y.show(tick))}</text>`,
    ),
    ...x.ticks.map(
      (tick) => `<text x="${place(x.at(tick))}" y="${bottom + 16}" text-anchor="middle">${text(x.show(tick))}</text>`,
    ),
    `<text x="${(left + right) / 2}" y="${bottom + 34}" text-anchor="middle">${text(x.title)}</text>`,
    `<text x="${left - 42}" y="${top - 10}">${text(y.title)}</text>`,
  ].join("\n");
}

/**
 * A chart of lines with bands. x: { title, values, show }; y: { title, show, domain, ticks, transform }; series: a list of
 * { name, values, low, high }, one number for each value of x, drawn within the domain. x is logarithmic.
 */
export function lineChart({ title, x, y, series }) {
  const [width, height] = [600, 400];
  const frame = { left: 50, right: width - 84, top: 28, bottom: height - 42 };
  const domain = [x.values[0], x.values.at(-1)];
  const across = { ...x, ticks: logTicks(...domain), at: scale(domain, [frame.left, frame.right], Math.log) };
  const raw = scale(y.domain, [frame.bottom, frame.top], y.transform);
  // What is no number went astray: it stands with the largest.
  const within = (value) => {
    const at = Number.isNaN(value) ? frame.top : raw(value);
    return Math.max(frame.top, Math.min(frame.bottom, at));
  };
  const xs = x.values.map(across.at);
  const lines = series.map(({ values }) => values.map(within));
  const labels = spread(lines.map((ys) => ys.at(-1)), 14, [frame.top, frame.bottom]); // prettier-ignore
  const drawn = series.map(({ name, low, high }, i) => {
    const points = (values) => values.map((value, j) => [xs[j], within(value)]);
    const band = [...points(high), ...points(low).reverse()];
    const [end, label] = [lines[i].at(-1), labels[i]];
    return `<g class="series" data-name="${text(name)}" style="${lineStyle(i)}">
<path class="band" d="${through(band)}Z"/>
<path class="line" d="${through(lines[i].map((each, j) => [xs[j], each]))}"/>
<path class="leader" d="${through([[frame.right + 1, end], [frame.right + 10, label]])}"/>
<text class="label" x="${frame.right + 13}" y="${place(label + 4)}">${text(name)}</text></g>`; // prettier-ignore
  });
  // What the page's script shows at the pointer.
  const values = {
    head: x.values.map((value) => `${x.title} ${x.show(value)}`),
    x: xs.map(place),
    series: series.map(({ name, values }, i) => ({ name, style: lineStyle(i), y: lines[i].map(place), shown: values.map(y.show) })), // prettier-ignore
  };
  return `<figure class="chart" data-values="${text(JSON.stringify(values))}"><figcaption>${text(title)}</figcaption>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${text(title)}">
${axes(frame, across, { ...y, at: raw })}
${drawn.join("\n")}
<path class="cursor" d="M0 ${frame.top}V${frame.bottom}"/>
</svg><div class="values"></div></figure>`;
}
