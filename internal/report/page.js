"use strict";
// Shows the values of the epoch under the pointer in the captions of the charts.
for (const svg of document.querySelectorAll("svg[data-chart]")) {
  const chart = JSON.parse(svg.dataset.chart);
  if (!chart.e || !chart.e.length) continue;
  const figure = svg.closest("figure"), rule = svg.querySelector(".rule");
  const at = figure.querySelector(".at"), outputs = [...figure.querySelectorAll("output")];
  const last = outputs.map((o) => o.textContent);
  svg.addEventListener("pointermove", (event) => {
    const box = svg.getBoundingClientRect(), x = (event.clientX - box.left) / box.width * svg.viewBox.baseVal.width;
    let i = 0;
    chart.x.forEach((v, k) => { if (Math.abs(v - x) < Math.abs(chart.x[i] - x)) i = k; });
    rule.setAttribute("transform", "translate(" + chart.x[i] + ")");
    rule.style.visibility = "visible";
    at.textContent = "epoch " + chart.e[i];
    outputs.forEach((o, k) => { o.textContent = chart.t[k][i]; });
  });
  svg.addEventListener("pointerleave", () => {
    rule.style.visibility = "hidden";
    at.textContent = "";
    outputs.forEach((o, k) => { o.textContent = last[k]; });
  });
}
