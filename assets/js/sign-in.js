/* A session that has run out: callbacks are answered with 401, and the page leads to the sign-in. */
(function () {
  "use strict";

  const original = window.fetch;
  window.fetch = async function (...request) {
    const answer = await original.apply(this, request);
    if (answer.status === 401 && new URL(answer.url).origin === location.origin) {
      location.assign("/sign-in?next=" + encodeURIComponent(location.pathname + location.search));
    }
    return answer;
  };
})();
