/*
 * Ties a field to the words beside it: what it is called, what describes it, and what is wrong with it.
 *
 * Dash's inputs take no aria attributes. A part with data-describes="<id of the field>" is read out with that
 * field; one that is a message besides (data-problem) makes the field invalid while it says something.
 *
 * A list of choices (dcc.Dropdown) says only what is chosen: the label's words are put before it. Tab
 * reaches it by a field beside it that screen readers can't see; 20-components.css takes that away, and Tab
 * reaches the list itself.
 */
(function () {
  "use strict";

  function tie() {
    const byField = new Map();
    for (const part of document.querySelectorAll("[data-describes]")) {
      const field = document.getElementById(part.dataset.describes);
      if (field) byField.set(field, [...(byField.get(field) || []), part]);
    }
    for (const [field, parts] of byField) {
      const ids = parts.filter((part) => part.id && part.textContent).map((part) => part.id).join(" ");
      const wrong = String(parts.some((part) => "problem" in part.dataset && part.textContent));
      if (field.getAttribute("aria-describedby") !== ids) field.setAttribute("aria-describedby", ids);
      if (field.getAttribute("aria-invalid") !== wrong) field.setAttribute("aria-invalid", wrong);
    }
  }

  let named = 0;

  function name() {
    for (const list of document.querySelectorAll("button.dash-dropdown")) {
      list.tabIndex = 0;
      const label = document.querySelector(`label[for="${CSS.escape(list.id)}"]`);
      if (!label) continue;
      label.id = label.id || `name-${(named += 1)}`;
      const said = list.getAttribute("aria-labelledby") || "";
      if (!said.split(" ").includes(label.id)) list.setAttribute("aria-labelledby", `${label.id} ${said}`.trim());
    }
  }

  /* What takes no label of its own: the knob of a slider has its group's name, a field for files its button's. */
  function nameFromAround() {
    for (const knob of document.querySelectorAll(".dash-slider-thumb:not([aria-label])")) {
      const group = knob.closest("[role=group][aria-label]");
      if (group) knob.setAttribute("aria-label", group.getAttribute("aria-label"));
    }
    for (const field of document.querySelectorAll("input[type=file]:not([aria-label])")) {
      const words = field.parentElement.textContent.trim();
      if (words) field.setAttribute("aria-label", words);
    }
  }

  let asked = false;
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      tie();
      name();
      nameFromAround();
    });
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
