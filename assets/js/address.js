/*
 * The address as the place of a page's state.
 *
 * Dash's router renders a page anew whenever the address changes. That is right for links, and wrong
 * while somebody types into a form or points at a chart: the page would be replaced under their hands.
 * So such pages write the address quietly, and this file sees to it that links and the back button
 * still lead where the address says.
 */
(function () {
  "use strict";

  const clientside = window.dash_clientside;
  const { predictor } = clientside;

  // What the router has rendered last, and whether the address was written quietly since then.
  let rendered = { pathname: location.pathname, search: location.search };
  let quiet = false;
  // What the last quiet step changed: typing on in one field is one step back, not ten.
  let lastStep = null;

  function changedNames(before, after) {
    const one = new URLSearchParams(before);
    const other = new URLSearchParams(after);
    const names = new Set([...one.keys(), ...other.keys()]);
    return [...names].filter((name) => one.get(name) !== other.get(name)).sort().join(",");
  }

  function arrived() {
    const here = { pathname: location.pathname, search: location.search };
    const unseen = here.pathname === rendered.pathname && here.search === rendered.search;
    if (unseen && quiet) {
      // The router believes it is here already: tell it again.
      clientside.set_props("_pages_location", { search: location.search });
    }
    rendered = here;
    quiet = false;
    lastStep = null;
  }

  window.addEventListener("popstate", arrived);
  window.addEventListener("_dashprivate_pushstate", arrived);

  /* Write a page's state, { pathname, query }, without rendering the page anew. */
  predictor.writeAddress = function (state) {
    if (!state || state.pathname !== location.pathname) {
      return;
    }
    const search = state.query ? "?" + state.query : "";
    const step = changedNames(location.search, search);
    if (!step) {
      return;
    }
    const target = location.pathname + search + location.hash;
    if (step === lastStep) {
      history.replaceState(history.state, "", target);
    } else {
      history.pushState({}, "", target);
    }
    lastStep = step;
    quiet = true;
  };

  /* Open an address, { pathname, query }, as a link would. */
  predictor.openAddress = function (state) {
    if (!state) {
      return;
    }
    history.pushState({}, "", state.pathname + (state.query ? "?" + state.query : ""));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
  };
})();
