/* Our own tracker, for the shop's pages: sends what visitors do to POST /api/live/events (docs/live.md).
 *
 *   <script src="https://predictor.example/assets/tracker.js" data-key="wk_..." defer></script>
 *   <script type="module">
 *     shopLive.consent(true);                                // nothing is stored or sent before this
 *     shopLive.track("cart_add", { product_id: "A1", price: 39.9, quantity: 1 });
 *   </script>
 *
 *   shopLive.decide((rules) => rules.forEach((rule) => show(rule.name, rule.content)));
 *
 * Global Privacy Control counts as a no. The visitor's id lies in local storage, in a cookie only with
 * data-cookie. Events wait in local storage until they are confirmed, so a lost line loses nothing; sent
 * twice, they count once by their id.
 */
(() => {
  "use strict";
  const tag = document.currentScript;
  if (!tag || !tag.dataset.key) return;
  const server = (tag.dataset.host || new URL(tag.src).origin) + "/api/live/", url = server + "events";
  const ID = "shop-live-id", QUEUE = "shop-live-queue", USER = "shop-live-user";
  const MOST = 200, TOGETHER = 50, SOON = 1000, LATEST = 60000, BEACON = 60000;
  const refused = navigator.globalPrivacyControl === true;
  let pause = SOON, timer = 0, sending = false, allowed = false, memory = {};

  // Storage may be forbidden: then the page itself remembers, as long as it lives.
  const read = (name) => {
    try { return localStorage.getItem(name); } catch { return memory[name] ?? null; }
  };
  const write = (name, value) => {
    memory[name] = value;
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, value);
    } catch { /* it is in memory */ }
  };
  const inCookie = "cookie" in tag.dataset;
  const cookie = () => inCookie && (document.cookie.match(/(?:^|; )shop-live-id=([^;]+)/) || [])[1];
  const keepCookie = (value, seconds) => {
    if (inCookie) document.cookie = `${ID}=${value}; path=/; max-age=${seconds}; SameSite=Lax`;
  };
  const hex = (n) => n.toString(16).padStart(2, "0");
  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), hex).join("");
  const queue = () => {
    try { return JSON.parse(read(QUEUE)) || []; } catch { return []; }
  };
  const keep = (events) => write(QUEUE, events.length ? JSON.stringify(events.slice(-MOST)) : null);
  const body = (events) => JSON.stringify({ write_key: tag.dataset.key, sent_at: new Date().toISOString(), events });
  const later = (milliseconds) => {
    clearTimeout(timer);
    timer = setTimeout(flush, milliseconds);
  };

  const visitor = () => {
    const id = cookie() || read(ID) || random();
    write(ID, id);
    keepCookie(id, 31536000);
    return id;
  };

  async function flush() {
    const events = queue().slice(0, TOGETHER);
    if (!allowed || sending || !events.length) return;
    sending = true;
    let again = true;
    try {
      const text = body(events);
      // Plain text needs no leave to be sent to another site, so none has to be asked for first.
      const answer = await fetch(url, {
        method: "POST", body: text, keepalive: text.length < BEACON, credentials: "omit",
        headers: { "Content-Type": "text/plain" },
      });
      again = answer.status === 429 || answer.status >= 500;
    } catch { /* no line: the events wait */ }
    sending = false;
    if (!allowed) return;
    if (again) {
      pause = Math.min(pause * 2, LATEST);
      later(pause);
      return;
    }
    const sent = new Set(events.map((event) => event.event_id));
    keep(queue().filter((event) => !sent.has(event.event_id)));
    pause = SOON;
    if (queue().length) later(0);
  }

  // At its end a page hears no answer: what goes out here goes out again with the next page.
  const leave = () => {
    const events = queue().slice(0, TOGETHER);
    if (!allowed || !events.length) return;
    const text = body(events);
    if (text.length < BEACON) navigator.sendBeacon(url, text);
  };

  const track = (type, fields = {}) => {
    if (!allowed) return;
    const user = read(USER);
    const event = {
      page: location.href, ...fields, event_type: type, event_id: random(), visitor_id: visitor(),
      timestamp: new Date().toISOString(),
    };
    if (user) event.user_id = user;
    keep([...queue(), event]);
    if (!sending) later(pause === SOON ? SOON : pause);
  };

  window.shopLive = {
    consent(yes) {
      if (yes && !refused) {
        if (allowed) return;
        allowed = true;
        track("page_view");
        return;
      }
      allowed = false;
      clearTimeout(timer);
      for (const name of [ID, QUEUE, USER]) write(name, null);
      memory = {};
      keepCookie("", 0);
    },
    track,
    // Calls back with the rules that apply to the visitor: [{firing, rule, name, content, first}].
    async decide(callback) {
      if (!allowed) return;
      const asked = new URLSearchParams({ visitor: visitor(), write_key: tag.dataset.key });
      try {
        const answer = await fetch(`${server}decision?${asked}`, { credentials: "omit" });
        if (answer.ok && allowed) callback((await answer.json()).decisions);
      } catch { /* no line: no decision */ }
    },
    identify(user) {
      if (!allowed) return;
      write(USER, String(user));
      track("other");
    },
  };
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  addEventListener("online", () => later(0));
})();
