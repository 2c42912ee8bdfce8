/* The tables behind charts: drawn when they are opened, and anew when their data change. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage, until } from "./page.mjs";

const TABLE = { caption: "By day", columns: ["Day", "Sessions"], rows: [["<b>1</b>", "12"], ["2", "30"]], numeric: [1] };

function open() {
  const page = openPage(["js/tables.js"], {
    body: '<details class="chart-twin"><summary>Table</summary><div class="chart-table"></div></details>',
  });
  const twin = page.document.querySelector("details");
  return { ...page, twin, place: twin.querySelector("div") };
}

test("nothing is drawn until the table is opened", async () => {
  const { place, twin } = open();
  place.dataset.table = JSON.stringify(TABLE);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(place.querySelector("table"), null);
  twin.open = true;
  await until(() => place.querySelector("table"), "the table is drawn");
});

test("texts are texts, headings are headings, digits stand on the right", async () => {
  const { place, twin } = open();
  twin.open = true;
  place.dataset.table = JSON.stringify(TABLE);
  await until(() => place.querySelector("table"), "the table is drawn");
  const cells = [...place.querySelectorAll("tbody tr")].map((row) => [...row.cells].map((cell) => cell.textContent));
  assert.deepEqual(cells, TABLE.rows);
  assert.equal(place.querySelector("tbody b"), null);
  assert.equal(place.querySelector("caption").textContent, "By day");
  assert.deepEqual([...place.querySelectorAll("th")].map((cell) => [cell.scope, cell.className]), [["col", ""], ["col", "num"]]);
  assert.equal(place.querySelector("td.num").textContent, "12");
  const region = place.querySelector("[role=region]");
  assert.deepEqual([region.tabIndex, region.getAttribute("aria-label")], [0, "By day"]);
});

test("a table that is open follows its chart", async () => {
  const { place, twin } = open();
  twin.open = true;
  place.dataset.table = JSON.stringify(TABLE);
  await until(() => place.querySelector("table"), "the table is drawn");
  place.dataset.table = JSON.stringify({ ...TABLE, rows: [["3", "7"]] });
  await until(() => place.querySelectorAll("tbody tr").length === 1, "the table is drawn anew");
  assert.equal(place.querySelectorAll("table").length, 1);
});
