/* The address as the place of a page's state: written quietly, told to the router where it must know. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "./page.mjs";

const open = (url = "http://localhost/results/1?a=1") => openPage(["js/address.js"], { url });

test("typing on in one field is one step back, another field is another", () => {
  const { window, predictor } = open();
  const before = window.history.length;
  for (const query of ["a=1&q=s", "a=1&q=sh", "a=1&q=shoe"]) {
    predictor.writeAddress({ pathname: "/results/1", query });
  }
  assert.equal(window.location.search, "?a=1&q=shoe");
  assert.equal(window.history.length, before + 1);
  predictor.writeAddress({ pathname: "/results/1", query: "a=2&q=shoe" });
  assert.equal(window.history.length, before + 2);
});

test("a page that has been left writes nothing, nor does one that has nothing new", () => {
  const { window, predictor } = open();
  const before = window.history.length;
  predictor.writeAddress({ pathname: "/results/2", query: "q=shoe" });
  predictor.writeAddress({ pathname: "/results/1", query: "a=1" });
  predictor.writeAddress(null);
  assert.equal(window.location.href, "http://localhost/results/1?a=1");
  assert.equal(window.history.length, before);
});

test("the hash stays, an empty query leaves no question mark", () => {
  const { window, predictor } = open("http://localhost/results/1?a=1#top");
  predictor.writeAddress({ pathname: "/results/1", query: "" });
  assert.equal(window.location.href, "http://localhost/results/1#top");
});

test("back to an address the router believes it is at already is told to it", () => {
  const { window, predictor, told } = open();
  predictor.writeAddress({ pathname: "/results/1", query: "a=2" });
  window.history.replaceState({}, "", "/results/1?a=1");
  window.dispatchEvent(new window.PopStateEvent("popstate"));
  assert.deepEqual(told, [["_pages_location", { search: "?a=1" }]]);
  // Without a quiet step in between, the router has seen to it itself.
  window.dispatchEvent(new window.PopStateEvent("popstate"));
  assert.equal(told.length, 1);
});

test("a link is opened by the router, or by the browser in a new tab", () => {
  const { window, predictor } = open();
  let routed = 0;
  let kept = 0;
  window.addEventListener("_dashprivate_pushstate", () => (routed += 1));
  window.scrollTo = () => {};
  const click = (more) => ({ button: 0, preventDefault: () => (kept += 1), ...more });
  predictor.followLink(click({ ctrlKey: true }), "/models");
  predictor.followLink(click({ button: 1 }), "/models");
  assert.deepEqual([window.location.pathname, routed, kept], ["/results/1", 0, 0]);
  predictor.followLink(click(), "/models?sort=name");
  assert.deepEqual([window.location.href, routed, kept], ["http://localhost/models?sort=name", 1, 1]);
});
