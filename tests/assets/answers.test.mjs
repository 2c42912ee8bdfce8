/* Answers of callbacks: one that was overtaken is none, and one that never comes is one. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { openPage } from "./page.mjs";

const ADDRESS = "/_dash-update-component";
const PATTERN = '..answer.children...{"field":["ALL"],"type":"message"}.children..';
const MATCHED = '..answer.children...{"field":["ALL"],"type":["MATCH"]}.children..';

/* A page whose server answers when the test says so: with the status and the text it is given. */
function open() {
  const waiting = [];
  const fetch = () =>
    new Promise((resolve) => waiting.push((text, status = 200) => resolve(new Response(status === 200 ? JSON.stringify(text) : null, { status }))));
  const { window } = openPage(["js/02-answers.js"], { given: { fetch, Response } });
  const ask = (output) => window.fetch(ADDRESS, { method: "POST", body: JSON.stringify({ output }) });
  return { ask, waiting, window };
}

const says = async (asking) => {
  const answer = await asking;
  return answer.status === 200 ? answer.json() : answer.status;
};

test("an answer that comes after a later one's says nothing new", async () => {
  const { ask, waiting } = open();
  const [first, second] = [ask(PATTERN), ask(PATTERN)];
  waiting[1]("as it is now");
  assert.equal(await says(second), "as it is now");
  waiting[0]("as it was");
  assert.equal(await says(first), 204);
});

test("answers that come in turn are all shown, and one that says nothing overtakes none", async () => {
  const { ask, waiting } = open();
  const asking = [ask(PATTERN), ask(PATTERN), ask(PATTERN)];
  waiting[2](null, 204);
  assert.equal(await says(asking[2]), 204);
  waiting[0]("one");
  assert.equal(await says(asking[0]), "one");
  waiting[1]("two");
  assert.equal(await says(asking[1]), "two");
});

test("a mistake is passed on, however late", async () => {
  const { ask, waiting } = open();
  const asking = [ask(PATTERN), ask(PATTERN)];
  waiting[1]("as it is now");
  await asking[1];
  waiting[0](null, 500);
  assert.equal(await says(asking[0]), 500);
});

test("callbacks that Dash keeps in turn, or that answer for one place each, are left alone", async () => {
  for (const output of ["answer.children", MATCHED]) {
    const { ask, waiting } = open();
    const asking = [ask(output), ask(output)];
    waiting[1]("second");
    await asking[1];
    waiting[0]("first");
    assert.equal(await says(asking[0]), "first");
  }
});

test("what is no callback goes by", async () => {
  const { waiting, window } = open();
  const asking = window.fetch("/api/me");
  waiting[0]("me");
  assert.equal(await says(asking), "me");
});

test("a callback that nobody answers comes to an end", async () => {
  for (const output of [PATTERN, "answer.children"]) {
    const fetch = () => Promise.reject(new TypeError("Failed to fetch"));
    const { window } = openPage(["js/02-answers.js"], { given: { fetch, Response } });
    const asking = window.fetch(ADDRESS, { method: "POST", body: JSON.stringify({ output }) });
    assert.equal(await says(asking), 503);
    await assert.rejects(window.fetch("/api/me"));
  }
});
