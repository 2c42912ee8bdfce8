/* Pages for the tests of assets/js: a document without a browser, with our scripts run in it as Dash would. */
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const ROOT = new URL("../../", import.meta.url);

/*
 * Open a page and run scripts of assets/ in it.
 *
 * ``given`` are globals that stand in for what jsdom lacks or a test wants to watch. What pages tell Dash is found
 * in ``told``, as [id, properties].
 */
export function openPage(scripts, { url = "http://localhost/", body = "", given = {} } = {}) {
  const { window } = new JSDOM("<!doctype html><body>" + body, { url, runScripts: "outside-only", pretendToBeVisual: true });
  const told = [];
  window.dash_clientside = { no_update: "no update", set_props: (id, props) => told.push([id, structuredClone(props)]) };
  for (const [name, value] of Object.entries(given)) {
    Object.defineProperty(window, name, { value, configurable: true, writable: true });
  }
  for (const script of ["js/00-base.js", ...scripts]) {
    window.eval(readFileSync(new URL("assets/" + script, ROOT), "utf8"));
  }
  return { window, document: window.document, predictor: window.dash_clientside.predictor, told };
}

/* Return as soon as a condition holds; the limit is only there so that a test that fails comes to an end. */
export async function until(condition, what = String(condition)) {
  const limit = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error("never came true: " + what);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
