/*
 * Draws parts of a page that only show something, from the description Dash would render them by.
 *
 * Every component of Dash looks at every change of the page: some hundreds of them, a table of sessions with
 * its links, take tenths of a second to come, and stop whatever somebody is doing for as long. Drawn here
 * they take milliseconds. Texts are put in as texts, never as markup.
 */
(function () {
  "use strict";

  const clientside = window.dash_clientside;
  const { predictor } = clientside;

  const NAMES = { className: "class", htmlFor: "for", tabIndex: "tabindex", colSpan: "colspan" };
  const LEFT_OUT = new Set(["children", "style", "n_clicks", "hidden"]);

  function drawn(part) {
    if (part === null || part === undefined) return [];
    if (Array.isArray(part)) return part.flatMap(drawn);
    if (typeof part !== "object") return [document.createTextNode(String(part))];
    const { type, props } = part;
    const made = document.createElement(type === "Link" ? "a" : type);
    for (const [name, value] of Object.entries(props)) {
      if (LEFT_OUT.has(name) || value === null || value === undefined || value === false) continue;
      made.setAttribute(NAMES[name] || name, value === true ? "" : String(value));
    }
    Object.assign(made.style, props.style || {});
    if (props.hidden) made.hidden = true;
    if (type === "Link") made.addEventListener("click", (event) => predictor.followLink(event, props.href));
    made.append(...drawn(props.children));
    return [made];
  }

  /* Draw a description into the element with this id; called by Dash. */
  predictor.drawComponent = function (described, id) {
    const place = document.getElementById(id);
    if (place && described) place.replaceChildren(...drawn(JSON.parse(described)));
    return clientside.no_update;
  };
})();
