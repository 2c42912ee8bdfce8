/* The tracker for shops: nothing before consent, nothing lost with the line, nothing twice but with the same id. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { JSDOM } from "jsdom";
import { until } from "./page.mjs";

const SCRIPT = readFileSync(new URL("../../assets/tracker.js", import.meta.url), "utf8");

/* Open a page with the tracker; ``answers`` are statuses of requests in order ("lost": no line, "hangs": none yet), the last for all others. */
function open({ answers = [200], gpc, attributes = {}, storage = {}, forbidden = false } = {}) {
  const { window } = new JSDOM("<!doctype html><body>", { url: "https://shop.example/a", runScripts: "outside-only" });
  const sent = [];
  const beacons = [];
  const left = [...answers];
  const tag = window.document.createElement("script");
  tag.src = "https://predictor.example/assets/tracker.js";
  Object.assign(tag.dataset, { key: "wk_1", ...attributes });
  Object.defineProperty(window.document, "currentScript", { value: tag });
  Object.defineProperty(window.navigator, "globalPrivacyControl", { value: gpc });
  window.navigator.sendBeacon = (url, text) => beacons.push({ url, body: JSON.parse(text) });
  window.fetch = async (url, { body, ...more }) => {
    const status = left.length > 1 ? left.shift() : left[0];
    sent.push({ url, body: JSON.parse(body), ...more });
    if (status === "lost") throw new TypeError("Failed to fetch");
    if (status === "hangs") return new Promise(() => {});
    return { status };
  };
  for (const [name, value] of Object.entries(storage)) window.localStorage.setItem(name, value);
  if (forbidden) Object.defineProperty(window, "localStorage", { get: () => { throw new Error("SecurityError"); } });
  window.eval(SCRIPT);
  const types = () => sent.flatMap((request) => request.body.events.map((event) => event.event_type));
  const leave = () => window.dispatchEvent(new window.Event("pagehide"));
  return { window, live: window.shopLive, sent, beacons, types, leave };
}

test("it is smaller than 4 kB as it is sent", () => {
  assert.ok(gzipSync(SCRIPT).length < 4096, `${gzipSync(SCRIPT).length} bytes`);
});

test("before consent nothing is stored or sent, and after a no nothing is left", async () => {
  const { window, live, sent, beacons, leave } = open({ attributes: { cookie: "" } });
  live.track("cart_add", { product_id: "A" });
  live.identify("ann");
  leave();
  assert.deepEqual([window.localStorage.length, window.document.cookie, sent, beacons], [0, "", [], []]);
  live.consent(true);
  assert.ok(window.localStorage.length > 0 && window.document.cookie.startsWith("shop-live-id="));
  live.consent(false);
  live.track("search");
  leave();
  assert.deepEqual([window.localStorage.length, window.document.cookie, sent, beacons], [0, "", [], []]);
  window.close();
});

test("a no in another tab holds here: what is on its way is stopped, and nothing follows", async () => {
  const { window, live, sent, beacons, leave } = open({ answers: ["hangs"] });
  live.consent(true);
  live.identify("ann");
  await until(() => sent.length === 1, "a request");
  window.localStorage.clear();
  window.dispatchEvent(new window.Event("storage"));
  assert.equal(sent[0].signal.aborted, true);
  live.track("cart_add");
  leave();
  assert.deepEqual([window.localStorage.length, beacons, sent.length], [0, [], 1]);
  window.close();
});

test("a page that slept through the no in another tab finds it before it stores or sends", () => {
  const { window, live, sent, beacons, leave } = open();
  live.consent(true);
  for (const what of [() => live.track("search"), () => live.identify("ann"), () => live.decide(() => {}), leave]) {
    window.localStorage.clear();
    what();
    assert.deepEqual([window.localStorage.length, beacons, sent], [0, [], []]);
    live.consent(true);
  }
  window.close();
});

test("where storage is full the page remembers: one visitor, all events, and a no that holds", async () => {
  const { window, live, sent, types, beacons, leave } = open();
  window.Storage.prototype.setItem = () => { throw new Error("QuotaExceededError"); };
  live.consent(true);
  live.track("search");
  live.identify("ann");
  await until(() => types().length === 3, "three events");
  assert.equal(new Set(sent.flatMap((request) => request.body.events.map((event) => event.visitor_id))).size, 1);
  live.track("checkout");
  live.consent(false);
  live.track("checkout");
  leave();
  assert.deepEqual([window.localStorage.length, beacons, types().length], [0, [], 3]);
  window.close();
});

test("with Global Privacy Control even a yes is a no", () => {
  const { window, live, beacons, leave } = open({ gpc: true });
  live.consent(true);
  live.track("search");
  leave();
  assert.deepEqual([window.localStorage.length, beacons], [0, []]);
});

test("after a yes events go out together, without a preflight, and without a cookie", async () => {
  const { window, live, sent, types } = open();
  live.consent(true);
  live.track("product_view", { product_id: "A", price: 39.9 });
  await until(() => types().length === 2, "two events");
  const [{ url, body, headers, credentials, keepalive }] = sent;
  assert.equal(url, "https://predictor.example/api/live/events");
  assert.deepEqual([{ ...headers }, credentials, keepalive], [{ "Content-Type": "text/plain" }, "omit", true]);
  assert.deepEqual([body.write_key, types()], ["wk_1", ["page_view", "product_view"]]);
  const [first, second] = body.events;
  assert.equal(first.visitor_id, second.visitor_id);
  assert.notEqual(first.event_id, second.event_id);
  assert.deepEqual([second.product_id, second.price, second.page], ["A", 39.9, "https://shop.example/a"]);
  assert.equal(window.document.cookie, "");
  await until(() => window.localStorage.getItem("shop-live-queue") === null, "an empty queue");
  window.close();
});

test("what a lost line or a busy server didn't take comes again with the same ids; what is refused doesn't", async () => {
  await Promise.all([["lost", 2], [503, 2], [429, 2], [401, 1]].map(async ([status, times]) => {
    const { window, live, sent } = open({ answers: [status, 200] });
    live.consent(true);
    await until(() => sent.length === times && window.localStorage.getItem("shop-live-queue") === null, `${status}`);
    assert.equal(new Set(sent.map((request) => request.body.events[0].event_id)).size, 1);
    window.close();
  }));
});

test("at the end of a page the rest goes out, and waits for the next page all the same", async () => {
  const { window, live, beacons, leave } = open({ answers: ["lost"] });
  live.consent(true);
  live.track("cart_add");
  leave();
  const [{ body }] = beacons;
  assert.deepEqual(body.events.map((event) => event.event_type), ["page_view", "cart_add"]);
  const storage = { "shop-live-queue": window.localStorage.getItem("shop-live-queue") };
  window.close();
  const next = open({ storage });
  next.live.consent(true);
  await until(() => next.types().length === 3, "both pages' events");
  assert.equal(next.sent[0].body.events[1].event_id, body.events[1].event_id);
  next.window.close();
});

test("who signs in is known from then on; forbidden storage stops nothing", async () => {
  const { window, live, types, sent } = open({ forbidden: true });
  live.consent(true);
  live.identify("ann");
  live.track("checkout");
  await until(() => types().length === 3, "three events");
  const users = sent.flatMap((request) => request.body.events.map((event) => event.user_id));
  assert.deepEqual(users, [undefined, "ann", "ann"]);
  window.close();
});
