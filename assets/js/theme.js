/* Light or dark: what was chosen here before, else what the system prefers.
   Loaded in the head of the page, so that the first paint is in the right theme. */
(function () {
  "use strict";
  if (window.predictorTheme) return;

  const KEY = "predictor-theme";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      const kept = window.localStorage.getItem(KEY);
      return kept === "light" || kept === "dark" ? kept : null;
    } catch {
      return null; // Storage is switched off: follow the system.
    }
  }

  function current() {
    return root.getAttribute("data-bs-theme") === "dark" ? "dark" : "light";
  }

  function apply(theme) {
    if (root.getAttribute("data-bs-theme") === theme) return;
    root.setAttribute("data-bs-theme", theme);
    window.dispatchEvent(new CustomEvent("predictor:theme", { detail: theme }));
  }

  function choose(theme) {
    try {
      window.localStorage.setItem(KEY, theme);
    } catch {
      // Not kept; the choice still holds for this page.
    }
    apply(theme);
  }

  const follow = () => apply(chosen() ?? (system.matches ? "dark" : "light"));

  window.predictorTheme = { current, choose };
  follow();
  system.addEventListener("change", follow);
  window.addEventListener("storage", (event) => event.key === KEY && follow());
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("#shell-theme")) choose(current() === "dark" ? "light" : "dark");
  });
})();
