// Pointing at the curves of a line, or tapping them, shows the value of each take there.
(() => {
  "use strict";
  const WIDE = 10000, TALL = 100, PAD = 3;  // units of a row's picture, as plot.py draws it
  const numbers = (line) => line.getAttribute("points").split(/[\s,]+/).map(Number);
  const curve = (line) => {
    const flat = numbers(line);
    const points = [];
    for (let n = 0; n + 1 < flat.length; n += 2) points.push([flat[n], flat[n + 1]]);
    return { take: Number(line.getAttribute("class").match(/take(\d)/)[1]), points };
  };
  const share = (points, x) => {
    const next = points.findIndex((point) => point[0] >= x);
    if (next < 0 || points[0][0] > x) return null;
    const [x1, y1] = points[next], [x0, y0] = points[Math.max(next - 1, 0)];
    const y = x1 > x0 ? y0 + (y1 - y0) * (x - x0) / (x1 - x0) : y1;
    return (TALL - PAD - y) / (TALL - 2 * PAD);
  };
  const textOf = (value, viewers) => {
    if (value === null) return tr("not read");
    return viewers ? tr("{number} of 10", { number: Math.round(value * 10) }) : `${Math.round(value * 100)} %`;
  };
  for (const figure of document.querySelectorAll(".compared figure")) {
    const drawing = figure.querySelector("svg"), readout = figure.querySelector(".readout");
    const cursor = drawing.querySelector(".cursor");
    const curves = [...drawing.querySelectorAll("polyline.stroke")].map(curve);
    const takes = [...new Set(curves.map(({ take }) => take))];
    const { viewers, whole } = figure.dataset;
    const show = (event) => {
      const box = drawing.getBoundingClientRect();
      const part = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      const texts = takes.map((take) => {
        const values = curves.filter((drawn) => drawn.take === take).map(({ points }) => share(points, part * WIDE));
        return `${tr("take {number}", { number: take })}: ${textOf(values.find((value) => value !== null) ?? null, viewers === "yes")}`;
      });
      const where = whole ? `${(part * Number(whole)).toFixed(1)} s` : `${Math.round(part * 100)} %`;
      readout.textContent = `${where} – ${texts.join(", ")}`;
      cursor.setAttribute("x1", `${part * 100}%`);
      cursor.setAttribute("x2", `${part * 100}%`);
      cursor.classList.add("on");
    };
    drawing.addEventListener("pointermove", show);
    drawing.addEventListener("pointerdown", show);
  }
})();
