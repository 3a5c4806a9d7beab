import "./browser.js";
import assert from "node:assert/strict";
import { test } from "node:test";
import { readersTime, timeLeft } from "../../static/src/lib/times.js";

process.env.TZ = "Asia/Shanghai";
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

for (const [milliseconds, text] of [
  [3 * DAY + 4 * HOUR + 59 * MINUTE, "3 d 4 h left"],
  [DAY, "1 d 0 h left"],
  [DAY - SECOND, "23 h 59 min left"],
  [HOUR - SECOND, "59 min left"],
  [10 * MINUTE, "10 min left"],
  [10 * MINUTE - 1, "9 min 59 s left"],
  [999, "0 min 0 s left"],
  [0, "closed"],
  [-DAY, "closed"],
])
  test(`${milliseconds} ms before a deadline`, () => assert.equal(timeLeft(milliseconds), text));

test("a reader in the zone shown, or in one with the same clocks, needs no second time", () => {
  const noon = new Date("2026-06-15T04:00:00Z");
  assert.equal(readersTime(noon, "Asia/Shanghai"), "");
  assert.equal(readersTime(noon, "Asia/Singapore"), "");
});

test("elsewhere the reader's own time is added, with the day where it is another one", () => {
  assert.equal(readersTime(new Date("2026-06-15T04:00:00Z"), "Europe/Madrid"), "your time 12:00");
  assert.equal(readersTime(new Date("2026-06-15T20:00:00Z"), "Europe/Madrid"), "your time 16 Jun, 04:00");
});

test("a zone that the browser does not know adds nothing", () => {
  assert.equal(readersTime(new Date(), "Mars/Olympus"), "");
});
