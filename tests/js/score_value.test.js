import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, typed, withHalf } from "../../static/src/lib/score_value.js";

const HALVES = { min: 0, max: 10, step: 0.5 };
const HUNDRED = { min: 0, max: 100, step: 1 };

test("a value fits within the ends of the scale and on one of its steps", () => {
  assert.deepEqual([0, 7.5, 10].map((value) => fits(value, HALVES)), [true, true, true]);
  assert.deepEqual([-0.5, 7.3, 10.5, NaN, Infinity].map((value) => fits(value, HALVES)), [false, false, false, false, false]);
  assert.equal(fits(0.3, { min: 0, max: 1, step: 0.1 }), true); // 0.3 / 0.1 is not exactly 3
});

test("a second digit makes 10 of 1", () => {
  assert.equal(typed("1", "0", HALVES), "10");
});

test("a digit that cannot follow replaces what is there", () => {
  assert.deepEqual([typed("5", "6", HALVES), typed("4", "9", HALVES), typed("10", "8", HALVES)], ["6", "9", "8"]);
  assert.deepEqual([typed("", "7", HALVES), typed("7.5", "3", HALVES), typed("0", "5", HALVES)], ["7", "3", "5"]);
});

test("a scale to 100 takes up to three digits", () => {
  assert.deepEqual([typed("8", "5", HUNDRED), typed("10", "0", HUNDRED), typed("85", "3", HUNDRED)], ["85", "100", "3"]);
});

test("half a point is added where the scale has it", () => {
  assert.equal(withHalf(7, HALVES), 7.5);
  assert.deepEqual([withHalf(7.5, HALVES), withHalf(10, HALVES), withHalf(null, HALVES), withHalf(7, HUNDRED)], [null, null, null, null]);
});
