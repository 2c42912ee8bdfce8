/* Lists of choices: what is typed into an open one searches it, and a time zone of one's own is on top. */
(function () {
  "use strict";

  const clientside = window.dash_clientside;

  // Open, a list has the focus on what is chosen: a letter there says nothing, in the field above it searches.
  document.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey || event.altKey) return;
    const list = event.target.closest?.(".dash-dropdown-content");
    const search = list?.querySelector(".dash-dropdown-search");
    if (search && event.target !== search) search.focus();
  });

  /* The reader's own time zone second (components/shared/time_zones.py): the first is that none is chosen. */
  clientside.predictor.ownZoneFirst = function (id, options) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const found = (options || []).findIndex((option) => option.value === zone);
    if (found < 1) return clientside.no_update;
    const own = { ...options[found], label: `${options[found].label} (this computer's)` };
    const others = options.filter((_, place) => place !== found);
    return [others[0], own, ...others.slice(1)];
  };
})();
