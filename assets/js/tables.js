/* The tables that say what charts show. Each is drawn from its data when it is opened: a page of charts
   has thousands of cells, and nobody reads them all. Texts are put in as texts, never as markup. */
(function () {
  "use strict";

  const { element } = window.dash_clientside.predictor;

  function row(cells, name, numeric) {
    const line = element("tr");
    cells.forEach((text, place) => {
      const cell = element(name, numeric.includes(place) ? "num" : "", text);
      if (name === "th") cell.scope = "col";
      line.append(cell);
    });
    return line;
  }

  function draw(place) {
    const told = JSON.parse(place.dataset.table);
    const table = element("table", "table table-hover");
    const head = element("thead");
    const body = element("tbody");
    head.append(row(told.columns, "th", told.numeric));
    body.append(...told.rows.map((cells) => row(cells, "td", told.numeric)));
    table.append(element("caption", "visually-hidden", told.caption), head, body);
    const scroll = element("div", "overflow-visible");
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", told.caption);
    scroll.append(table);
    place.replaceChildren(scroll);
  }

  function drawOpen(twin) {
    const place = twin && twin.open ? twin.querySelector(".chart-table[data-table]") : null;
    if (place) draw(place);
  }

  document.addEventListener(
    "toggle",
    (event) => {
      if (event.target.matches && event.target.matches(".chart-twin")) drawOpen(event.target);
    },
    true
  );
  // A table that is open while its chart changes.
  new MutationObserver((changes) => {
    for (const change of changes) drawOpen(change.target.closest(".chart-twin"));
  }).observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["data-table"] });
})();
