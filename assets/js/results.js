/* Cells of the table of sessions, and what makes it ask for its rows again. No cell runs code. */
(function () {
  "use strict";

  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  const clientside = window.dash_clientside;
  const { predictor } = clientside;

  /* A number with the separators that are set (the decimal sign, the sign between thousands). */
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  functions.PredictorSeparated = function (text, signs) {
    return text.replace(/[.,]/g, (sign) => (sign === "." ? signs[0] : signs[1]));
  };

  functions.PredictorShare = predictor.share;

  /* A link within the app: opened by the router, or by the browser where the reader wants a new tab. */
  cells.PredictorLink = function (props) {
    if (!props.value) {
      return null;
    }
    const open = (event) => predictor.followLink(event, props.value);
    return React.createElement("a", { href: props.value, onClick: open }, props.text);
  };

  /* A share in percent, with a bar of that length behind it. */
  cells.PredictorProbability = function (props) {
    if (props.value === null || props.value === undefined) {
      return props.valueFormatted || "–";
    }
    const bar = React.createElement("span", {
      className: "results-bar-fill",
      style: { width: Math.round(1000 * props.value) / 10 + "%" },
    });
    return React.createElement(
      "span",
      { className: "results-bar" },
      React.createElement("span", { className: "results-bar-track", "aria-hidden": "true" }, bar),
      React.createElement("span", { className: "results-bar-text" }, props.valueFormatted)
    );
  };

  /* A cell that is a link opens by Enter: the grid keeps the focus on its cells. */
  document.addEventListener("keydown", (event) => {
    const cell = event.key === "Enter" && event.target.closest?.(".ag-cell");
    const link = cell && event.target === cell && cell.querySelector("a");
    if (link) link.click();
  });

  /* On a phone the probability alone stays in place: two columns would leave no room for the others. */
  predictor.freeIds = function (grid) {
    if (window.dash_ag_grid && window.matchMedia("(max-width: 599.98px)").matches) {
      window.dash_ag_grid.getApiAsync(grid).then(function (api) {
        if (api && !api.isDestroyed()) {
          api.applyColumnState({ state: [{ colId: "session_id", pinned: null }] });
        }
      });
    }
    return clientside.no_update;
  };

  /* Show the columns that are chosen, and whatever the table is sorted or filtered by. Those that weren't there
     stand beside the ids, where they are seen: at their own place they may be out of sight at the right. */
  predictor.showColumns = function (chosen, offered, grid) {
    if (window.dash_ag_grid) {
      window.dash_ag_grid.getApiAsync(grid).then(function (api) {
        if (!api || api.isDestroyed()) return;
        const asked = new Set([...(chosen || []), ...Object.keys(api.getFilterModel())]);
        api.getColumnState().forEach((column) => column.sort && asked.add(column.colId));
        const fields = offered.map((option) => option.value);
        const added = fields.filter((field) => asked.has(field) && !api.getColumn(field)?.isVisible());
        api.setColumnsVisible(fields.filter((field) => asked.has(field)), true);
        api.setColumnsVisible(fields.filter((field) => !asked.has(field)), false);
        if (added.length) {
          api.moveColumns(added, api.getColumns().length - fields.length);
          api.ensureColumnVisible(added[0]);
        }
      });
    }
    return clientside.no_update;
  };

  /* Rows of other filters: forget those that are there and ask anew. */
  predictor.refreshSessions = function (query, grid) {
    if (window.dash_ag_grid && query !== undefined) {
      // The table may still be on its way; then it asks for its first rows only after this.
      window.dash_ag_grid.getApiAsync(grid).then(function (api) {
        if (api && !api.isDestroyed()) {
          api.paginationGoToFirstPage();
          api.purgeInfiniteCache();
        }
      });
    }
    return clientside.no_update;
  };
})();
