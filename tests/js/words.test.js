import assert from "node:assert/strict";
import { test } from "node:test";
import { inLanguage } from "./browser.js";

process.env.TZ = "Asia/Shanghai";
const en = await inLanguage("en", "words");
const zh = await inLanguage("zh-Hans", "words");
const ko = await inLanguage("ko", "words");
const NOON = new Date("2026-06-15T04:00:00Z");
const DAY_LATER = new Date("2026-06-16T04:00:00Z");

test("a text without a translation stays English", () => {
  assert.equal(en.t("Close"), "Close");
  assert.notEqual(zh.t("Close"), "Close");
  assert.equal(zh.t("No such text"), "No such text");
});

test("slots are filled, and a missing value leaves nothing", () => {
  assert.equal(en.t("Saved %(when)s", { when: "now" }), "Saved now");
  assert.equal(en.t("%(a)s and %(b)s", { a: 0 }), "0 and ");
});

test("a stamp has the date unless it is today", () => {
  assert.equal(en.stamp(NOON, NOON), "12:00 (UTC+8)");
  assert.equal(en.stamp(NOON, DAY_LATER), "15 Jun, 12:00 (UTC+8)");
  assert.equal(zh.stamp(NOON, DAY_LATER), "6月15日 12:00 (UTC+8)");
  assert.equal(ko.stamp(NOON, DAY_LATER), "6월 15일 12:00 (UTC+8)");
});

for (const [zone, text] of [
  ["UTC", "04:00 (UTC)"], ["America/New_York", "00:00 (UTC-4)"], ["Asia/Kolkata", "09:30 (UTC+5:30)"],
])
  test(`a stamp in ${zone}`, () => {
    process.env.TZ = zone;
    try {
      assert.equal(en.stamp(NOON, NOON), text);
    } finally {
      process.env.TZ = "Asia/Shanghai";
    }
  });

test("sizes count in thousands", () => {
  assert.deepEqual([0, 999, 1000, 20_000_000, 2_500_000_000, 5e12].map(en.bytes),
    ["0 B", "999 B", "1.0 kB", "20.0 MB", "2.5 GB", "5,000.0 GB"]);
});
