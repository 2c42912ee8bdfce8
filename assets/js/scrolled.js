/*
 * Rows of links that are wider than a phone begin where the open one is: the reader sees where they are.
 * That there is more to either side, 20-components.css shows by a shade.
 */
(function () {
  "use strict";

  const ROWS = ".side-nav, .nav-underline, .nav-pills";
  const shown = new WeakMap();

  function reveal() {
    for (const row of document.querySelectorAll(ROWS)) {
      const open = row.querySelector(".active");
      if (!open || shown.get(row) === open || row.scrollWidth <= row.clientWidth) continue;
      shown.set(row, open);
      const from = row.getBoundingClientRect().left - row.scrollLeft;
      const place = open.getBoundingClientRect();
      row.scrollLeft = place.left - from - (row.clientWidth - place.width) / 2;
    }
  }

  let asked = false;
  function ask() {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      reveal();
    });
  }
  new MutationObserver(ask).observe(document.documentElement, { childList: true, subtree: true });
  window.addEventListener("resize", ask);
})();
