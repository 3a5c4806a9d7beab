import "./browser.js";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { allowStorage, forbidStorage, resetStorage } from "./browser.js";
import { enqueue, flush, waiting, withdraw } from "../../static/src/lib/send_queue.js";

const form = (name, press = "submit") => ({ sheet: `/en/judge/${name}`, url: `/en/judge/${name}/${press}`, fields: [["key", name]], name });
const names = () => waiting().map(({ name }) => name);

beforeEach(resetStorage);

test("forms wait in the order in which they were pressed", () => {
  assert.equal(enqueue(form("A")), true);
  enqueue(form("B"));
  assert.deepEqual(names(), ["A", "B"]);
});

test("a sheet waits once, with what was pressed last, at the end", () => {
  enqueue(form("A", "save"));
  enqueue(form("B"));
  enqueue(form("A", "submit"));
  assert.deepEqual(waiting().map(({ url }) => url), ["/en/judge/B/submit", "/en/judge/A/submit"]);
});

test("all are sent in order, and wait no longer", async () => {
  for (const name of ["A", "B", "C"]) enqueue(form(name));
  const order = [];
  const sent = await flush(async ({ name }) => (order.push(name), { state: "sent", next: `/next/${name}` }));
  assert.deepEqual(order, ["A", "B", "C"]);
  assert.deepEqual(sent.map(({ next }) => next), ["/next/A", "/next/B", "/next/C"]);
  assert.deepEqual(names(), []);
});

test("nothing overtakes what cannot be sent yet", async () => {
  for (const name of ["A", "B", "C"]) enqueue(form(name));
  const sent = await flush(async ({ name }) => ({ state: name === "B" ? "later" : "sent" }));
  assert.deepEqual(sent.map(({ name }) => name), ["A"]);
  assert.deepEqual(names(), ["B", "C"]);
});

test("what the server refuses is kept with its reason, is not sent again, and holds nothing up", async () => {
  for (const name of ["A", "B"]) enqueue(form(name));
  await flush(async ({ name }) => (name === "A" ? { state: "refused", reason: "Locked." } : { state: "sent" }));
  assert.deepEqual(waiting().map(({ name, refused }) => [name, refused]), [["A", "Locked."]]);
  const again = [];
  await flush(async ({ name }) => (again.push(name), { state: "sent" }));
  assert.deepEqual(again, []);
  withdraw("/en/judge/A");
  assert.deepEqual(names(), []);
});

test("where nothing can be kept, nobody is told that it waits", () => {
  forbidStorage();
  try {
    assert.equal(enqueue(form("A")), false);
    assert.deepEqual(waiting(), []);
  } finally {
    allowStorage();
  }
});
