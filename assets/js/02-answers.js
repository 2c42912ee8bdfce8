/* What Dash leaves undone about the answers of callbacks.

   One that was overtaken changes nothing any more. Dash lets go of an answer once its callback has been asked again, but
   not where a callback fills a pattern of places (ALL): there each answer is shown as it comes, and one that came late
   would stay, with what it says of a form as it was before.

   One that never comes ends the callback all the same: what was switched off while it ran, as the button that was
   pressed, would stay so. */
(function () {
  "use strict";

  const CALLBACKS = "/_dash-update-component";
  const OK = 200;
  const NOTHING_NEW = 204;
  const NOBODY_THERE = 503;
  const asked = new Map();
  const shown = new Map();

  /* The callback that is asked for, if it fills a pattern of places. */
  function filled(options) {
    const { output } = JSON.parse(options.body);
    // Where places match each other, the same callback answers for each of them.
    return output.includes('["ALL"]') && !output.includes('["MATCH"]') ? output : null;
  }

  const sent = window.fetch;

  async function answered(...request) {
    try {
      return await sent.apply(window, request);
    } catch (error) {
      return new Response(String(error), { status: NOBODY_THERE });
    }
  }

  async function inTurn(output, ...request) {
    const turn = (asked.get(output) || 0) + 1;
    asked.set(output, turn);
    const answer = await answered(...request);
    if (answer.status !== OK) return answer;
    // Read to its end first: a later one may be over before.
    const read = await answer.json();
    if (turn < (shown.get(output) || 0)) return new Response(null, { status: NOTHING_NEW });
    shown.set(output, turn);
    answer.json = () => Promise.resolve(read);
    return answer;
  }

  window.fetch = function (resource, options) {
    if (typeof resource !== "string" || !resource.includes(CALLBACKS) || !options || !options.body) {
      return sent.call(this, resource, options);
    }
    const output = filled(options);
    return output ? inTurn(output, resource, options) : answered(resource, options);
  };
})();
