/* The tables that say what charts show. Each is drawn from its data when it is opened: a page of charts
   has thousands of cells, and nobody reads them all. Texts are put in as texts, never as markup. */
(function () {
  "use strict";

  function make(name, text, className) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function row(cells, name, numeric) {
    const line = make("tr");
    cells.forEach((text, place) => {
      const cell = make(name, text, numeric.includes(place) ? "num" : "");
      if (name === "th") cell.scope = "col";
      line.append(cell);
    });
    return line;
  }

  function draw(place) {
    const told = JSON.parse(place.dataset.table);
    const table = make("table", undefined, "table table-hover");
    const head = make("thead");
    const body = make("tbody");
    head.append(row(told.columns, "th", told.numeric));
    body.append(...told.rows.map((cells) => row(cells, "td", told.numeric)));
    table.append(make("caption", told.caption, "visually-hidden"), head, body);
    const scroll = make("div", undefined, "overflow-visible");
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
