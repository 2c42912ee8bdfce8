/* Something is being found for the page: its progress is shown, and the page opened again once it is there. */
(function () {
  "use strict";

  const EVERY = 1500;

  const look = async function () {
    const waiting = document.querySelector("[data-waits-for]");
    if (!waiting || document.hidden) {
      return;
    }
    let told;
    try {
      const answer = await fetch(waiting.dataset.waitsFor, { headers: { accept: "application/json" } });
      told = answer.ok ? await answer.json() : { share: 1 };
    } catch {
      // The server may be starting again; it is asked once more.
      return;
    }
    if (told.share >= 1) {
      waiting.removeAttribute("data-waits-for");
      window.location.reload();
      return;
    }
    const bar = waiting.querySelector("progress");
    const words = waiting.querySelector(".waiting-share");
    if (bar && words) {
      bar.value = told.share;
      words.textContent = Math.round(100 * told.share) + "%";
    }
  };

  window.setInterval(look, EVERY);
})();
