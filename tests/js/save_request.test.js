import "./browser.js";
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { saveForm } from "../../static/src/lib/save_request.js";

const EMPTY = { version: null, saved_at: null, errors: {}, missing: "", conflict_url: "", error: "" };
const realFetch = globalThis.fetch;
let requests = [];

function answerWith(...answers) {
  requests = [];
  globalThis.fetch = async (url, options) => {
    requests.push({ url, ...options });
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  };
}

const json = (status, body) => new Response(JSON.stringify(body), { status });
const save = () => saveForm("/save", new URLSearchParams({ csrf_token: "old", summary: "Text" }));

afterEach(() => {
  globalThis.fetch = realFetch;
});

test("a saved form brings its next version, what is wrong and how much is missing", async () => {
  answerWith(json(200, {
    ...EMPTY, version: 4, saved_at: "2026-06-15T04:00:00+00:00", errors: { quote: "Too large." }, missing: "2 missing",
  }));
  const result = await save();
  assert.deepEqual({ ...result, savedAt: result.savedAt.toISOString() }, {
    state: "saved", version: 4, savedAt: "2026-06-15T04:00:00.000Z", errors: { quote: "Too large." }, missing: "2 missing",
  });
  const [{ url, method, headers, body }] = requests;
  assert.deepEqual([url, method, headers["X-Autosave"], body.get("summary")], ["/save", "POST", "1", "Text"]);
  assert.equal(headers.Accept, "application/json");
  assert.equal(headers["Content-Type"], undefined); // the browser names the form's own
});

test("a conflict leads to the page with both texts", async () => {
  answerWith(json(409, { ...EMPTY, version: 5, conflict_url: "/en/my/entries/E1", error: "Saved elsewhere." }));
  assert.deepEqual(await save(), { state: "conflict", conflictUrl: "/en/my/entries/E1" });
});

test("an entry that is closed refuses the text: no conflict, although the status is the same", async () => {
  answerWith(json(409, { ...EMPTY, error: "Entries closed." }));
  assert.deepEqual(await save(), { state: "refused", errors: {}, reason: "Entries closed." });
});

test("a refusal names the first field's error", async () => {
  answerWith(json(422, { ...EMPTY, errors: { "score-fit": "Off the scale." }, error: "Not saved." }));
  assert.deepEqual(await save(), { state: "refused", errors: { "score-fit": "Off the scale." }, reason: "Off the scale." });
});

test("an error page of the platform has one sentence", async () => {
  answerWith(json(413, { error: "Files go through the upload box.", title: "This is too large", reason: "" }));
  assert.deepEqual(await save(), { state: "refused", errors: {}, reason: "Files go through the upload box." });
});

for (const status of [429, 500, 503])
  test(`${status} is worth another try`, async () => {
    answerWith(json(status, { error: "Busy." }));
    assert.deepEqual(await save(), { state: "failed" });
  });

test("an answer of a proxy that is no JSON counts by its status", async () => {
  answerWith(new Response("<html>Bad gateway</html>", { status: 502 }), new Response("<html>", { status: 403 }));
  assert.deepEqual(await save(), { state: "failed" });
  assert.deepEqual(await save(), { state: "refused", errors: {}, reason: "HTTP 403" });
});

test("no answer means offline", async () => {
  answerWith(new TypeError("Failed to fetch"));
  assert.deepEqual(await save(), { state: "offline" });
});

test("an ended session is told by 401 and by a redirect to the sign-in page", async () => {
  answerWith(json(401, { error: "Over.", reason: "session" }), { type: "opaqueredirect" });
  assert.deepEqual(await save(), { state: "expired" });
  assert.deepEqual(await save(), { state: "expired" });
});

test("a token of an earlier session is renewed once, in the form as well", async () => {
  globalThis.DOMParser = class {
    parseFromString() {
      return { querySelector: () => ({ content: "new" }) };
    }
  };
  try {
    const expired = { error: "Expired.", reason: "csrf" };
    answerWith(json(400, expired), new Response("<html>"), json(200, { ...EMPTY, version: 2, saved_at: "2026-06-15T04:00:00Z" }));
    assert.equal((await save()).state, "saved");
    assert.equal(requests[2].body.get("csrf_token"), "new");
    answerWith(json(400, expired), new Response("<html>"), json(400, expired));
    assert.deepEqual(await save(), { state: "refused", errors: {}, reason: "Expired." });
    assert.equal(requests.length, 3);
  } finally {
    delete globalThis.DOMParser;
  }
});
