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

  /* Once it has stopped, the page is opened again as it is once it is there. */
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-waits-for] .waiting-stop");
    if (button) {
      button.disabled = true;
      fetch(button.closest("[data-waits-for]").dataset.waitsFor, { method: "DELETE" }).then(look, function () {
        button.disabled = false;
      });
    }
  });

  window.setInterval(look, EVERY);
})();
