import "./browser.js";
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { allowStorage, forbidStorage, resetStorage } from "./browser.js";
import { dropDraft, keepDraft, lostDraft, textOf, typedFields } from "../../static/src/lib/drafts.js";

const URL_A = "/en/my/entries/E1/autosave";
const FIELDS = [["csrf_token", "t1"], ["version", "3"], ["key", "k"], ["summary", "Typed & kept"], ["support", "a"], ["support", "b"]];
const STORED = textOf([["summary", "Stored"]]);

beforeEach(resetStorage);

test("what is new on every page is no text of the person", () => {
  assert.deepEqual(typedFields(FIELDS).map(([name]) => name), ["summary", "support", "support"]);
  assert.equal(textOf(FIELDS), "summary=Typed+%26+kept&support=a&support=b");
});

test("a copy that never arrived is offered, with all values of a field", () => {
  keepDraft(URL_A, { fields: FIELDS, version: 3 });
  const draft = lostDraft(URL_A, { text: STORED, version: 3 });
  assert.deepEqual(draft.fields, typedFields(FIELDS));
  assert.ok(Math.abs(draft.at - Date.now()) < 5000);
  assert.ok(lostDraft(URL_A, { text: STORED, version: 9 })); // saved by somebody else: still not this text
});

test("each form has its own copy", () => {
  keepDraft(URL_A, { fields: FIELDS, version: 3 });
  assert.equal(lostDraft("/en/judge/J1", { text: STORED, version: 3 }), null);
});

test("a dropped copy is not offered", () => {
  keepDraft(URL_A, { fields: FIELDS, version: 3 });
  dropDraft(URL_A);
  assert.equal(lostDraft(URL_A, { text: STORED, version: 3 }), null);
});

test("a copy that reads like the form has arrived, and is dropped", () => {
  keepDraft(URL_A, { fields: FIELDS, version: 3 });
  assert.equal(lostDraft(URL_A, { text: textOf(FIELDS), version: 3 }), null);
  assert.equal(lostDraft(URL_A, { text: STORED, version: 3 }), null);
});

test("a copy that was submitted has arrived once the version has risen, even if the server tidied the text", () => {
  keepDraft(URL_A, { fields: FIELDS, version: 3, submitted: true });
  assert.ok(lostDraft(URL_A, { text: STORED, version: 3 }));
  assert.equal(lostDraft(URL_A, { text: STORED, version: 4 }), null);
  assert.equal(lostDraft(URL_A, { text: STORED, version: 3 }), null);
});

test("a copy that can't be read is none", () => {
  for (const broken of ["", "{", "null", "[]", '"text"', '{"at":1}']) {
    localStorage.setItem(`opencall:draft:${URL_A}`, broken);
    assert.equal(lostDraft(URL_A, { text: STORED, version: 3 }), null);
  }
});

test("where storage is forbidden nothing is kept and nothing fails", () => {
  forbidStorage();
  try {
    keepDraft(URL_A, { fields: FIELDS, version: 3 });
    assert.equal(lostDraft(URL_A, { text: STORED, version: 3 }), null);
    dropDraft(URL_A);
  } finally {
    allowStorage();
  }
});
