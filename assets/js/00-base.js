/* What the other scripts share: elements, links within the app, files that are chosen.
   Dash calls our functions by their names in ``window.dash_clientside.predictor``. */
(function () {
  "use strict";

  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const predictor = (clientside.predictor = clientside.predictor || {});

  predictor.element = function (tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  /* A share in percent that isn't rounded to nothing or everything, as core/base/written.py::percent writes it. */
  predictor.share = function (share) {
    if (share === 0 || share === 1) return 100 * share + "%";
    if (share < 0.0005) return "<0.1%";
    return share >= 0.9995 ? ">99.9%" : (100 * share).toFixed(1) + "%";
  };

  /* Open a link within the app by the router, or by the browser where the reader wants a new tab. */
  predictor.followLink = function (event, href) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button) return;
    event.preventDefault();
    predictor.openAddress({ pathname: href });
    window.scrollTo(0, 0);
  };

  /* Ask for one file. The input is made anew, so that a file can be chosen again after it was mended. */
  predictor.chooseFile = function (accept, read) {
    const input = document.createElement("input");
    input.type = "file";
    input.accept = accept;
    input.addEventListener("change", () => input.files[0] && read(input.files[0]));
    input.click();
  };
})();
