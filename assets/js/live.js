/* The Live page follows the shop: the server says when something has happened, the page asks what.
   Nothing is asked, and no line held, while the page is paused, hidden or left. */
(function () {
  "use strict";

  const LOOK = 1000;
  /* After so many milliseconds an answer that hasn't come won't; a line that was closed is tried again. */
  const PATIENCE = 10000;
  const STATES = { on: "Updating live", paused: "Paused", off: "Connection lost, trying again" };

  let line = null;
  let closed = 0;
  let lost = false;
  let asked = 0;
  /* Milliseconds by which the server's clock is ahead of this one's. */
  let ahead = 0;

  /* Whether an answer is still to come. */
  const waits = function () {
    const shown = document.querySelector("#live-now [data-shown]");
    return shown && Number(shown.dataset.shown) < asked && Date.now() - asked < PATIENCE;
  };

  const ask = function () {
    /* The last words of a line that is about to be closed come after the page has been left. */
    if (waits() || !document.getElementById("live-now")) return;
    asked = Date.now();
    window.dash_clientside.set_props("live-clock", { data: asked });
  };

  const open = function () {
    line = new EventSource(window.dash_clientside.predictor.ofProject("/api/live/ticks"));
    line.onmessage = function (event) {
      ahead = 1000 * Number(event.data) - Date.now();
      ask();
    };
    line.onopen = () => hear(false);
    line.onerror = () => hear(true);
  };

  const hear = function (isLost) {
    lost = isLost;
    tell();
  };

  const close = function () {
    if (line) line.close();
    line = null;
  };

  const tell = function () {
    const place = document.getElementById("live-line");
    if (!place) return;
    const paused = document.getElementById("live-pause").checked;
    const isOn = line && line.readyState === EventSource.OPEN;
    /* Once it says that it is paused, nothing changes any more. */
    if (paused && waits()) return;
    const state = paused ? "paused" : isOn ? "on" : lost ? "off" : place.dataset.state;
    if (state && place.textContent !== STATES[state]) {
      place.dataset.state = state;
      place.textContent = STATES[state];
    }
  };

  const words = function (seconds) {
    if (seconds < 120) return seconds + " s ago";
    if (seconds < 7200) return Math.floor(seconds / 60) + " min ago";
    if (seconds < 172800) return Math.floor(seconds / 3600) + " h ago";
    return Math.floor(seconds / 86400) + " days ago";
  };

  const count = function () {
    const now = (Date.now() + ahead) / 1000;
    document.querySelectorAll("#live-page [data-since]").forEach(function (place) {
      const text = words(Math.max(0, Math.floor(now - Number(place.dataset.since))));
      if (place.textContent !== text) place.textContent = text;
    });
  };

  const look = function () {
    const pause = document.getElementById("live-pause");
    const wanted = pause && !pause.checked && !document.hidden;
    if (line && line.readyState === EventSource.CLOSED) {
      close();
      closed = Date.now();
    }
    if (!wanted) close();
    else if (!line && Date.now() - closed > PATIENCE) open();
    tell();
    if (wanted) count();
  };

  document.addEventListener("visibilitychange", look);
  document.addEventListener("change", function (event) {
    if (event.target.id === "live-pause") look();
  });
  document.addEventListener("click", function (event) {
    const list = document.getElementById("live-list");
    const turns = event.target.closest("#live-previous, #live-next");
    /* The buttons stand below the list: its next page begins where this one did. */
    if (turns && list && list.getBoundingClientRect().top < 0) list.scrollIntoView();
  });
  window.setInterval(look, LOOK);
})();
