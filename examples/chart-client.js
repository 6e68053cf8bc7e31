/** Runs in the page: values at the pointer, and a legend that picks and hides lines. */
for (const figure of document.querySelectorAll("figure.chart")) {
  const { head, x, series } = JSON.parse(figure.dataset.values);
  const svg = figure.querySelector("svg");
  const cursor = figure.querySelector(".cursor");
  const values = figure.querySelector(".values");
  const show = (visible) => {
    cursor.style.visibility = values.style.visibility = visible ? "visible" : "hidden";
  };
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect();
    const at = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    let nearest = 0;
    for (let i = 0; i < x.length; i++) if (Math.abs(x[i] - at) < Math.abs(x[nearest] - at)) nearest = i;
    cursor.setAttribute("transform", "translate(" + x[nearest] + ")");
    const table = document.createElement("table");
    const visible = series.filter(({ name }) => !figure.querySelector(`.off[data-name="${name}"]`));
    for (const { name, style, shown } of visible.sort((a, b) => a.y[nearest] - b.y[nearest])) {
      const row = table.insertRow();
      row.setAttribute("style", style);
      row.insertCell().append(document.createElement("b"), name);
      row.insertCell().textContent = shown[nearest];
    }
    values.replaceChildren(head[nearest], table);
    // Beside the cursor, on the side where there is room.
    const place = (x[nearest] / svg.viewBox.baseVal.width) * box.width;
    values.style.left = (place < box.width / 2 ? place + 12 : place - values.offsetWidth - 12) + "px";
    show(true);
  });
  svg.addEventListener("pointerleave", () => show(false));
}

const seriesOf = (name) => document.querySelectorAll(`.series[data-name="${name}"]`);
const pick = (name) => {
  document.body.classList.toggle("picked", name !== null);
  for (const each of document.querySelectorAll(".series")) each.classList.toggle("on", each.dataset.name === name);
};
for (const button of document.querySelectorAll(".legend button")) {
  const { name } = button.dataset;
  button.addEventListener("pointerenter", () => pick(name));
  button.addEventListener("focus", () => pick(name));
  button.addEventListener("pointerleave", () => pick(null));
  button.addEventListener("blur", () => pick(null));
  button.addEventListener("click", () => {
    const shown = button.getAttribute("aria-pressed") === "false";
    button.setAttribute("aria-pressed", String(shown));
    for (const each of seriesOf(name)) each.classList.toggle("off", !shown);
  });
}
for (const each of document.querySelectorAll(".chart .series")) {
  each.addEventListener("pointerenter", () => pick(each.dataset.name));
  each.addEventListener("pointerleave", () => pick(null));
}
