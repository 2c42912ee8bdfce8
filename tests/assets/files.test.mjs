/* Files before they are sent: which are taken, what a dropped folder holds, how amounts are written. */
import assert from "node:assert/strict";
import { Blob, File } from "node:buffer";
import { test } from "node:test";
import { openPage } from "./page.mjs";

const { predictor } = openPage(["js/upload/10-files.js"], { given: { Blob, File } });
const { alike, count, dropped, duration, refusal, size, sizeOf } = predictor.uploads;
const RULES = { limit: 1000, accepted: [".csv", ".gz"] };

test("sizes and times are written as people read them", () => {
  assert.deepEqual([0, 999, 1000, 9_950, 12_345, 5e6, 3.2e12].map(size), ["0 bytes", "999 bytes", "1.0 kB", "9.9 kB", "12 kB", "5.0 MB", "3.2 TB"]);
  assert.equal(sizeOf(1.2e9, 3e9), "1.20 of 3.00 GB");
  assert.equal(sizeOf(5e6, 250e6), "5 of 250 MB");
  assert.deepEqual([0.2, 59.1, 60, 3599, 3600, 5000].map(duration), ["1 s", "60 s", "1 min", "60 min", "1 h 0 min", "1 h 24 min"]);
  assert.deepEqual([count(1, "file", "files"), count(1200, "file", "files")], ["1 file", "1,200 files"]);
});

test("what can't be read is refused with a remedy, before a byte is sent", async () => {
  const told = async (bytes, name) => (await refusal(new File([bytes], name), RULES))?.message ?? null;
  assert.equal(await told("", "a.csv"), "The file is empty.");
  assert.equal(await told("x".repeat(1001), "a.csv"), "The file is over this server's limit of 1.0 kB.");
  assert.equal(await told("a,b\n", "A.CSV"), null);
  assert.equal(await told("a,b\n", "visits.export"), null, "text with an ending of its own");
  assert.equal(await told("%PDF-1.7", "visits.pdf"), "This file type isn't supported.");
  assert.equal(await told(Buffer.of(1, 0, 2), "visits.bin"), "This file type isn't supported.");
  assert.equal(await told(Buffer.of(31, 139, 0), "visits.csv.gz"), null, "known endings are looked at by the server");
});

test("files with the same ending look like one export in parts", () => {
  const files = (...names) => names.map((name) => ({ name }));
  assert.equal(alike(files("01.csv.gz", "02.CSV.gz")), true);
  assert.equal(alike(files("01.csv", "02.csv.gz")), false);
});

test("of a dropped folder the files we read are taken, to any depth", async () => {
  const file = (name) => ({ isFile: true, name, file: (resolve) => resolve({ name }) });
  const folder = (name, ...entries) => {
    const batches = [entries.slice(0, 1), entries.slice(1), []];
    return { isDirectory: true, name, createReader: () => ({ readEntries: (resolve) => resolve(batches.shift()) }) };
  };
  const tree = folder("month", file("1.csv"), file("notes.doc"), file(".hidden.csv"), folder("more", file("2.CSV")));
  const items = [tree, file("chosen.doc")].map((entry) => ({ webkitGetAsEntry: () => entry }));
  const found = await dropped({ items, files: [] }, [".csv"]);
  assert.deepEqual([...found.files].map(({ name }) => name), ["1.csv", "2.CSV", "chosen.doc"]);
  assert.equal(found.left, 2);
});
