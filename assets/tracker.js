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
  let pause = SOON, timer = 0, sending = null, allowed = false, memory = {};

  // Storage may be forbidden or full: then the page itself remembers, as long as it lives.
  const read = (name) => {
    if (name in memory) return memory[name];
    try { return localStorage.getItem(name); } catch { return null; }
  };
  const write = (name, value) => {
    delete memory[name];
    try {
      if (value === null) localStorage.removeItem(name);
      else localStorage.setItem(name, value);
    } catch { memory[name] = value; }
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

  const known = () => cookie() || read(ID);
  const visitor = () => {
    const id = known() || random();
    write(ID, id);
    keepCookie(id, 31536000);
    return id;
  };
  const withdraw = () => {
    allowed = false;
    clearTimeout(timer);
    if (sending) sending.abort();
    for (const name of [ID, QUEUE, USER]) write(name, null);
    memory = {};
    keepCookie("", 0);
  };
  // A no in another tab holds here too, also of a page that slept meanwhile: who has no id any more has said it.
  const may = () => {
    if (allowed && !known()) withdraw();
    return allowed;
  };

  async function flush() {
    if (!may() || sending) return;
    const events = queue().slice(0, TOGETHER), line = new AbortController();
    if (!events.length) return;
    sending = line;
    let again = true;
    try {
      const text = body(events);
      // Plain text needs no leave to be sent to another site, so none has to be asked for first.
      const answer = await fetch(url, {
        method: "POST", body: text, keepalive: text.length < BEACON, credentials: "omit",
        headers: { "Content-Type": "text/plain" }, signal: line.signal,
      });
      again = answer.status === 429 || answer.status >= 500;
    } catch { /* no line: the events wait */ }
    sending = null;
    if (!may()) return;
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
    const events = may() ? queue().slice(0, TOGETHER) : [];
    if (!events.length) return;
    const text = body(events);
    if (text.length < BEACON) navigator.sendBeacon(url, text);
  };

  const track = (type, fields = {}) => {
    if (!may()) return;
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
      if (!yes || refused) return withdraw();
      if (may()) return;
      visitor();
      allowed = true;
      track("page_view");
    },
    track,
    // Calls back with the rules that apply to the visitor: [{firing, rule, name, content, first}].
    async decide(callback) {
      if (!may()) return;
      const asked = new URLSearchParams({ visitor: visitor(), write_key: tag.dataset.key });
      try {
        const answer = await fetch(`${server}decision?${asked}`, { credentials: "omit" });
        if (answer.ok && may()) callback((await answer.json()).decisions);
      } catch { /* no line: no decision */ }
    },
    identify(user) {
      if (!may()) return;
      write(USER, String(user));
      track("other");
    },
  };
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && leave());
  addEventListener("online", () => later(0));
  addEventListener("storage", may);
})();
