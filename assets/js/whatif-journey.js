/* Keeps the keyboard on the step that was moved, copied or left after a removal. */
(function () {
  "use strict";

  const { predictor } = window.dash_clientside;

  function idOf(target) {
    // As Dash writes the ids of several parts: by name, without blanks.
    const sorted = Object.fromEntries(Object.entries(target).sort());
    return JSON.stringify(sorted);
  }

  /* Put the focus on a step's button, { type, act, place }, once the steps are drawn anew. */
  predictor.focusStep = function (target) {
    if (!target) {
      return;
    }
    requestAnimationFrame(() => {
      const there = document.getElementById(idOf(target));
      // The first step can't go further up: then its next button is as near.
      const ready = there && there.disabled ? there.parentElement.querySelector("button:enabled") : there;
      ready?.focus();
    });
  };
})();
