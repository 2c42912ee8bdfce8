/*
 * Ties a field to the words beside it: what describes it, and what is wrong with it.
 *
 * Dash's inputs take no aria attributes. A part with data-describes="<id of the field>" is read out with that
 * field; one that is a message besides (data-problem) makes the field invalid while it says something.
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

  let asked = false;
  new MutationObserver(() => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      tie();
    });
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
})();
