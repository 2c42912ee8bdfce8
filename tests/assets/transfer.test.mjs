/* One file on its way: in parts with checksums, on from where it was after whatever stopped it. */
import assert from "node:assert/strict";
import { Blob, File } from "node:buffer";
import { webcrypto } from "node:crypto";
import { test } from "node:test";
import { openPage, until } from "./page.mjs";
import { Clock, Server } from "./tus_server.mjs";

const PART = 16 * 1024 * 1024;
const SCRIPTS = ["00-vendor/tus.min.js", "js/upload/10-files.js", "js/upload/20-transfer.js"];
const BYTES = Buffer.alloc(PART + 1000, "session,visit\n");

function exportOf(bytes = BYTES, name = "visits.csv") {
  return new File([bytes], name, { lastModified: 1 });
}

/* A file whose parts are read in a way of the test's own. */
function exportReadBy(arrayBuffer) {
  const file = exportOf();
  const slice = file.slice.bind(file);
  file.slice = (...range) => Object.assign(slice(...range), { arrayBuffer });
  return file;
}

/* A page of somebody who uploads; ``kept`` is what an earlier page has left in the browser. */
function open(server = new Server(), { kept = {}, file = exportOf() } = {}) {
  const clock = new Clock();
  const given = {
    Blob, File, crypto: webcrypto, DOMException, XMLHttpRequest: server.XMLHttpRequest, fetch: server.fetch,
    setTimeout: clock.setTimeout, clearTimeout: clock.clearTimeout,
  };
  const { window, predictor } = openPage(SCRIPTS, { given });
  for (const [key, value] of Object.entries(kept)) window.localStorage.setItem(key, value);
  const states = [];
  const { Transfer, unfinished } = predictor.uploads;
  const transfer = new Transfer(file, "batch", ({ state }) => states.at(-1) === state || states.push(state));
  return { server, clock, window, transfer, states, Transfer, unfinished };
}

const reached = (transfer, state) => until(() => transfer.state === state, "the transfer is " + state);

test("a file arrives in parts of 16 MB, each with its checksum", async () => {
  const { server, transfer, states } = open();
  transfer.start();
  await reached(transfer, "sent");
  assert.deepEqual(server.log, ["POST", "PATCH 0", "PATCH " + PART]);
  assert.ok(server.content("1").equals(BYTES));
  assert.equal(transfer.id(), "1");
  assert.deepEqual(states, ["waiting", "sending", "sent"]);
  const metadata = server.uploads.get("1").metadata.split(",").map((pair) => pair.split(" "));
  assert.equal(Buffer.from(Object.fromEntries(metadata).filename, "base64").toString(), "visits.csv");
});

test("after a lost line it goes on behind what the server has", async () => {
  const { server, transfer } = open();
  server.next = [null, null, "lost"];
  transfer.start();
  await reached(transfer, "away");
  assert.deepEqual([transfer.note, transfer.there, transfer.sent], ["Waiting for the server.", PART, PART]);
  transfer.hurry();
  await reached(transfer, "sent");
  assert.deepEqual(server.log.slice(3), ["HEAD", "PATCH " + PART]);
  assert.ok(server.content("1").equals(BYTES));
});

test("it tries again by itself, later each time, and soon again once something has arrived", async () => {
  const { server, clock, transfer } = open();
  server.next = [null, ...Array(7).fill("lost")];
  transfer.start();
  for (const seconds of [1, 2, 4, 8, 15, 30, 30]) {
    await reached(transfer, "away");
    clock.pass(1000 * seconds - 1);
    assert.equal(transfer.state, "away");
    // The eighth time the first part arrives, and the line is lost behind it.
    if (server.requests.length === 8) server.next = [null, null, "lost"];
    clock.pass(1);
    assert.equal(transfer.state, "sending");
  }
  await reached(transfer, "away");
  assert.equal(transfer.there, PART);
  clock.pass(1000);
  await reached(transfer, "sent");
});

test("a page that was closed goes on with the same file, and begins another anew", async () => {
  const first = open();
  first.server.next = [null, null, "lost"];
  first.transfer.start();
  await reached(first.transfer, "away");
  const kept = { ...first.window.localStorage };
  assert.equal(Object.keys(kept).length, 1);

  const again = open(first.server, { kept });
  const [found] = await again.unfinished();
  assert.deepEqual([found.name, found.size, found.sent], ["visits.csv", BYTES.length, PART]);
  again.server.requests.length = 0;
  again.transfer.start();
  await reached(again.transfer, "sent");
  assert.deepEqual(again.server.log, ["HEAD", "PATCH " + PART]);
  again.transfer.settle();
  assert.equal(again.window.localStorage.length, 0);

  const other = open(first.server, { kept, file: exportOf(Buffer.from("other"), "visits.csv") });
  other.server.requests.length = 0;
  other.transfer.start();
  await reached(other.transfer, "sent");
  assert.deepEqual(other.server.log, ["POST", "PATCH 0"]);
});

test("a server that can't answer how far it is doesn't make it begin anew", async () => {
  const { server, transfer } = open();
  server.next = [null, null, "lost", 503];
  transfer.start();
  await reached(transfer, "away");
  transfer.hurry();
  await until(() => server.next.length === 0);
  await reached(transfer, "away");
  transfer.hurry();
  await reached(transfer, "sent");
  assert.deepEqual(server.log.slice(3), ["HEAD", "HEAD", "PATCH " + PART]);
  assert.equal(server.uploads.size, 1);
});

test("an upload the server has thrown away is sent from the start", async () => {
  const { server, transfer, window } = open();
  server.next = [null, null, "lost"];
  transfer.start();
  await reached(transfer, "away");
  server.uploads.delete("1");
  server.uploads.set("other", {});
  transfer.hurry();
  await reached(transfer, "sent");
  assert.deepEqual(server.log.slice(3), ["HEAD", "POST", "PATCH 0", "PATCH " + PART]);
  assert.deepEqual(Object.keys(window.localStorage), ["upload:/api/tus/2"]);
});

const ANSWERS = [
  [460, "away", "A part arrived damaged and is being sent again."],
  [401, "away", "You have been signed out."],
  [423, "away", "Another part is still being written."],
  [429, "away", "Waiting for the server."],
  [500, "away", "Waiting for the server."],
  [{ status: 507, text: '{"message": "The disk is full: 3 MB are free."}' }, "away", "The disk is full: 3 MB are free."],
  [507, "away", "The server's disk is full."],
];
for (const [answer, state, note] of ANSWERS) {
  test("an answer of " + (answer.status ?? answer) + " is told and waited for", async () => {
    const { server, transfer } = open();
    server.next = [null, answer];
    transfer.start();
    await reached(transfer, state);
    assert.equal(transfer.note, note);
    transfer.hurry();
    await reached(transfer, "sent");
    assert.ok(server.content("1").equals(BYTES));
  });
}

test("a refusal ends it, in the server's words", async () => {
  const { server, transfer } = open();
  const told = { message: "The file is too large.", remedy: "Split it." };
  server.next = [{ status: 413, text: JSON.stringify(told) }];
  transfer.start();
  await reached(transfer, "failed");
  assert.deepEqual({ ...transfer.error }, told);
});

test("a file that changed after it was chosen ends it", async () => {
  const file = exportReadBy(() => Promise.reject(new DOMException("gone", "NotReadableError")));
  const { transfer, server } = open(new Server(), { file });
  transfer.start();
  await reached(transfer, "failed");
  assert.equal(transfer.error.message, "The file changed or moved after it was chosen.");
  assert.deepEqual(server.log, ["POST"]);
});

test("silence for a minute counts as a lost line", async () => {
  const { server, clock, transfer } = open();
  server.next = [null, "silent"];
  transfer.start();
  await until(() => server.log.length === 2);
  const { request } = server.requests[1];
  clock.pass(59_000);
  request.upload.dispatchEvent(new Event("progress"));
  clock.pass(59_000);
  assert.deepEqual([transfer.state, request.aborted], ["sending", undefined]);
  clock.pass(1_000);
  await reached(transfer, "away");
  assert.equal(request.aborted, true);
  transfer.hurry();
  await reached(transfer, "sent");
});

test("paused, nothing more is sent; resumed, it goes on", async () => {
  const { server, transfer } = open();
  server.next = [null, null, "silent"];
  transfer.start();
  await until(() => server.log.length === 3);
  transfer.pause();
  assert.deepEqual([transfer.state, transfer.sent], ["paused", PART]);
  assert.equal(server.requests[2].request.aborted, true);
  transfer.start();
  await reached(transfer, "sent");
  assert.deepEqual(server.log.slice(3), ["HEAD", "PATCH " + PART]);
});

test("a part whose checksum is still being found is not sent after a pause", async () => {
  let found;
  const file = exportReadBy(() => new Promise((resolve) => (found = resolve)));
  const { server, transfer } = open(new Server(), { file });
  transfer.start();
  await until(() => found);
  transfer.pause();
  found(new ArrayBuffer(8));
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(server.log, ["POST"]);
});

test("cancelled, it is taken off the server and forgotten", async () => {
  const { server, transfer, window } = open();
  server.next = [null, null, "silent"];
  transfer.start();
  await until(() => server.log.length === 3);
  transfer.cancel();
  await until(() => server.uploads.size === 0);
  assert.equal(transfer.state, "cancelled");
  assert.equal(window.localStorage.length, 0);
});

test("two files are sent at a time, the third when one of them is through", async () => {
  const { server, transfer, Transfer } = open();
  server.next = ["silent", "silent"];
  const others = ["b.csv", "c.csv"].map((name) => new Transfer(exportOf(Buffer.from(name), name), "batch", () => {}));
  for (const one of [transfer, ...others]) one.start();
  await until(() => server.log.length === 2);
  assert.deepEqual([transfer, ...others].map((one) => one.state), ["sending", "sending", "waiting"]);
  transfer.cancel();
  await reached(others[1], "sent");
});

test("two tabs don't take turns in one upload", async () => {
  const first = open();
  first.server.next = [null, null, "lost"];
  first.transfer.start();
  await reached(first.transfer, "away");
  const second = open(first.server, { kept: { ...first.window.localStorage } });
  // The browser's own locks, as the first tab holds one.
  second.window.navigator.locks = {
    request: async (_name, _options, act) => act(null),
    query: async () => ({ held: [{ name: "upload:" + first.transfer.url }] }),
  };
  assert.deepEqual([...(await second.unfinished())], []);
  second.server.requests.length = 0;
  second.transfer.start();
  await reached(second.transfer, "sent");
  assert.equal(second.server.log[0], "POST");
});
