/* A session that has run out: callbacks are answered with 401, and the page leads to the sign-in. What a role
   doesn't allow is answered with 403, and the page says so. */
(function () {
  "use strict";

  const original = window.fetch;
  window.fetch = async function (...request) {
    const answer = await original.apply(this, request);
    if (answer.status === 401 && new URL(answer.url).origin === location.origin) {
      location.assign("/sign-in?next=" + encodeURIComponent(location.pathname + location.search));
    }
    if (answer.status === 403 && new URL(answer.url).pathname === "/_dash-update-component") {
      say(await answer.clone().json());
    }
    return answer;
  };

  function say(error) {
    const area = document.getElementById("app-errors");
    if (!area) return;
    const alert = document.createElement("div");
    alert.className = "alert alert-danger app-error";
    alert.textContent = [error.message, error.remedy].filter(Boolean).join(" ");
    area.replaceChildren(alert);
  }
})();
