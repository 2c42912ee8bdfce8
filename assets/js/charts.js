/* Lays the chart template of the current theme over every chart, when it is drawn and when the theme
   changes. Dash draws all charts through window.Plotly, so that is where the template is put in:
   charts made or updated by callbacks get it as well, without anybody thinking of it. */
(function () {
  "use strict";

  const template = () => window.predictorChartTemplates[window.predictorTheme.current()];
  let library;

  function themed(figure) {
    // The figure is Dash's own state and may be frozen: it is copied, not changed.
    return { ...figure, layout: { ...figure.layout, template: template() } };
  }

  function wrap(plotly) {
    if (!plotly || plotly.predictorThemed) return plotly;
    for (const name of ["react", "newPlot"]) {
      const draw = plotly[name];
      plotly[name] = (target, figure, ...rest) =>
        Array.isArray(figure)
          ? draw(target, figure, { ...rest[0], template: template() }, ...rest.slice(1))
          : draw(target, themed(figure), ...rest);
    }
    plotly.predictorThemed = true;
    return plotly;
  }

  library = wrap(window.Plotly);
  Object.defineProperty(window, "Plotly", {
    configurable: true,
    get: () => library,
    set: (plotly) => {
      library = wrap(plotly);
    },
  });

  window.addEventListener("predictor:theme", () => {
    for (const chart of document.querySelectorAll(".js-plotly-plot")) {
      library.relayout(chart, { template: template() });
    }
  });
})();
