/* The "?" marks beside figures, and the entry of the glossary an address names.
   A mark opens under the pointer, on a click and by keyboard; Escape, a click elsewhere or leaving it closes it. */
(function () {
  "use strict";

  const MARGIN = 8;
  let open = null;
  let pinned = false;

  function close() {
    if (!open) return;
    open.querySelector(".help-text").hidden = true;
    open.querySelector(".help-button").setAttribute("aria-expanded", "false");
    open = null;
    pinned = false;
  }

  /* Below the mark, or above it where there is no room; never beyond the window's sides. */
  function place(mark, text) {
    const at = mark.getBoundingClientRect();
    const size = text.getBoundingClientRect();
    const left = Math.min(at.left - MARGIN, window.innerWidth - size.width - MARGIN);
    const below = at.bottom + size.height + MARGIN <= window.innerHeight;
    text.style.left = `${Math.max(MARGIN, left)}px`;
    text.style.top = `${below ? at.bottom : at.top - size.height}px`;
  }

  function show(help) {
    if (open === help) return;
    close();
    const text = help.querySelector(".help-text");
    const mark = help.querySelector(".help-button");
    text.hidden = false;
    place(mark, text);
    mark.setAttribute("aria-expanded", "true");
    open = help;
  }

  const helpOf = (event) => (event.target instanceof Element ? event.target.closest(".help") : null);

  document.addEventListener("click", (event) => {
    const help = helpOf(event);
    if (!help) return close();
    if (!event.target.closest(".help-button")) return event.target.closest("a") && close();
    if (open === help && pinned) return close();
    show(help);
    pinned = true;
  });
  document.addEventListener("pointerover", (event) => {
    if (event.pointerType !== "mouse" || pinned) return;
    const help = helpOf(event);
    if (help) show(help);
    else close();
  });
  document.addEventListener("focusout", (event) => {
    if (open && open.contains(event.target) && event.relatedTarget && !open.contains(event.relatedTarget)) close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && open) {
      event.stopPropagation();
      const mark = open.querySelector(".help-button");
      if (open.contains(document.activeElement)) mark.focus();
      close();
    }
  }, true);
  window.addEventListener("scroll", close, { passive: true });
  window.addEventListener("resize", close);

  let marks = 0;

  /* Marks are described by their words, whose ids are given here: a figure may stand on a page several times. */
  function describe() {
    for (const help of document.querySelectorAll(".help:not([data-described])")) {
      const words = help.querySelector(".help-words");
      help.dataset.described = "";
      words.id = `help-${(marks += 1)}`;
      help.querySelector(".help-button").setAttribute("aria-describedby", words.id);
    }
  }

  /* Pages are drawn after their address is known, so the browser can't go to the entry itself. */
  let shown = "";
  new MutationObserver(() => {
    describe();
    const wanted = window.location.pathname.endsWith("/help") ? window.location.hash.slice(1) : "";
    const entry = wanted && document.getElementById(wanted);
    if (!wanted || !entry) {
      if (!wanted) shown = "";
      return;
    }
    if (shown === wanted) return;
    shown = wanted;
    for (const other of document.querySelectorAll(".glossary-here")) other.classList.remove("glossary-here");
    entry.classList.add("glossary-here");
    entry.scrollIntoView({ block: "center" });
    entry.focus({ preventScroll: true });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
