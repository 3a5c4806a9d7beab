import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { widthWithin } from "../../static/src/lib/desk.js";

test("the scores are as wide as wanted, as far as the entry keeps room", () => {
  assert.equal(widthWithin(448, 1200), 448);
  assert.equal(widthWithin(100, 1200), 320);
  assert.equal(widthWithin(1100, 1200), 880);
  assert.equal(widthWithin(448.6, 1200), 449);
});
