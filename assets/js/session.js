/* The id of a session in a table: a link to the session's own page. */
(function () {
  "use strict";

  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});

  cells.PredictorSession = function (props) {
    // Rows on their way have no data yet.
    if (!props.value || !props.data) {
      return props.value || null;
    }
    const link = { value: props.data.page, text: props.value };
    return React.createElement(cells.PredictorLink, link);
  };
})();
