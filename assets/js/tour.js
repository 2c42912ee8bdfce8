/* The tour: opens once by itself, on a first visit to home; afterwards from the page of help alone. */
(function () {
  "use strict";

  const KEY = "predictor-tour";
  const LEFT = "left";

  function read() {
    try {
      return window.localStorage.getItem(KEY);
    } catch {
      return LEFT; // Without a memory it would come back on every visit.
    }
  }

  function keep(value) {
    try {
      window.localStorage.setItem(KEY, value);
    } catch {
      // It is only for now, then.
    }
  }

  let opener = null;
  let step = 0;

  const tour = () => document.getElementById("tour");
  const steps = () => [...tour().querySelectorAll(".tour-step")];

  function point(page) {
    for (const link of document.querySelectorAll(".side-nav .nav-link")) {
      link.classList.toggle("tour-here", page !== null && link.getAttribute("href") === page);
    }
  }

  /* What is open at the foot of the window takes nothing from the page, which ends above it. */
  function makeRoom() {
    const root = document.documentElement;
    root.classList.toggle("tour-open", !tour().hidden);
    root.style.setProperty("--tour-height", `${tour().offsetHeight}px`);
  }

  function show(wanted) {
    step = Math.max(0, Math.min(wanted, steps().length - 1));
    steps().forEach((part, place) => (part.hidden = place !== step));
    tour().setAttribute("aria-labelledby", `tour-title-${step + 1}`);
    document.getElementById("tour-back").hidden = step === 0;
    document.getElementById("tour-next").querySelector("span").textContent =
      step === steps().length - 1 ? "Done" : "Next";
    tour().hidden = false;
    makeRoom();
    point(steps()[step].dataset.page);
    keep(String(step));
    tour().focus({ preventScroll: true });
  }

  function close() {
    const within = tour().contains(document.activeElement);
    tour().hidden = true;
    makeRoom();
    point(null);
    keep(LEFT);
    if (within) ((opener && opener.isConnected && opener) || document.getElementById("main")).focus({ preventScroll: true });
    opener = null;
  }

  window.addEventListener("resize", () => tour() && makeRoom());
  document.addEventListener("click", (event) => {
    const pressed = event.target instanceof Element ? event.target.closest("button") : null;
    if (!pressed) return;
    if (pressed.id === "tour-start") {
      opener = pressed;
      show(0);
    } else if (pressed.id === "tour-close") close();
    else if (pressed.id === "tour-back") show(step - 1);
    else if (pressed.id === "tour-next") {
      if (step === steps().length - 1) close();
      else show(step + 1);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !tour() || tour().hidden) return;
    if (tour().contains(document.activeElement) || document.activeElement === document.body) close();
  });

  /* Once the frame is drawn: begin on home, or go on where it was left open by a reload. */
  const drawn = new MutationObserver(() => {
    if (!tour()) return;
    drawn.disconnect();
    const kept = read();
    if (kept === null ? window.location.pathname === "/" : kept !== LEFT) show(Number(kept) || 0);
  });
  drawn.observe(document.documentElement, { childList: true, subtree: true });
})();
