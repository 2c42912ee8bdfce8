/* Draws every chart of a card with the template of the reader's theme, and again when that changes. */
(function () {
  "use strict";
  const told = JSON.parse(document.getElementById("charts").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  function draw() {
    const template = dark.matches && !window.matchMedia("print").matches ? told.dark : told.light;
    for (const [key, figure] of Object.entries(told.figures)) {
      const layout = Object.assign({}, figure.layout, { template: template, autosize: true });
      Plotly.react(key, figure.data, layout, { displayModeBar: false, responsive: true,
        showSendToCloud: false });
    }
  }
  draw();
  dark.addEventListener("change", draw);
})();
